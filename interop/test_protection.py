"""Signed and sealed envelopes against docs/vectors/v1-protected.txt and v1-unreadable.txt."""

import unittest

import codec
from codec import Body, Envelope
from protection import Forged, Identity, NotOpened, Refused, read, write
from test_codec import cases, number

REASONS = {"forged": Forged, "not opened": NotOpened, "malformed": Refused}


class ProtectionVectors(unittest.TestCase):
    def test_protected(self):
        for case in cases("v1-protected.txt"):
            with self.subTest(case["case"]):
                raw = lambda name: bytes.fromhex(case.get(name, ""))
                identity = lambda name: Identity(raw(name)) if name in case else None
                sender, recipient = identity("sender_secret"), identity("recipient_secret")
                whole = raw("whole")
                body = self.body(case, "inside." if recipient else "")
                envelope = Envelope(
                    raw("mailbox").decode(), raw("id"), number(case, "ttl_millis"), b""
                )
                written = write(
                    envelope,
                    body,
                    sender,
                    recipient is not None,
                    "pad" in case,
                    raw("ephemeral_secret"),
                )
                self.assertEqual(whole.hex(), written.hex())
                message = read(whole, recipient)
                self.assertEqual(body, message.body)
                self.assertEqual(sender is not None, message.verified)
                self.assertEqual(recipient is not None, message.sealed)

    def test_every_bit_counts(self):
        for case in cases("v1-protected.txt"):
            whole = bytes.fromhex(case["whole"])
            secret = case.get("recipient_secret", "00" * 32)
            for bit in range(0, 8 * len(whole), 7):
                changed = bytearray(whole)
                changed[bit // 8] ^= 1 << bit % 8
                with self.subTest(case["case"], bit=bit):
                    with self.assertRaises((Forged, NotOpened, Refused)):
                        read(bytes(changed), Identity(bytes.fromhex(secret)))

    def test_unreadable(self):
        for case in cases("v1-unreadable.txt"):
            with self.subTest(case["case"]):
                reader = Identity(bytes.fromhex(case["reader_secret"]))
                with self.assertRaises(REASONS[case["reason"]]):
                    read(bytes.fromhex(case["bytes"]), reader)

    def body(self, case, inside):
        text = lambda name: bytes.fromhex(case[inside + name]).decode()
        raw = lambda name: bytes.fromhex(case[inside + name])
        count = number(case, inside + "headers.count")
        headers = [
            (text(f"header.{i}.name"), raw(f"header.{i}.value")) for i in range(1, count + 1)
        ]
        return Body(text("sender"), headers, raw("payload"))


if __name__ == "__main__":
    unittest.main()
