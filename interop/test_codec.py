"""The codec against every case of docs/vectors/v1-*.txt."""

import hashlib
import unittest
from pathlib import Path

import codec
from codec import Body, Envelope, Refused

VECTORS = Path(__file__).parents[1] / "docs" / "vectors"


def cases(name):
    for block in (VECTORS / name).read_text("utf-8").split("\n\n"):
        lines = [line.partition(" ") for line in block.splitlines() if line[:1] != "#"]
        if lines:
            yield {name: value for name, _, value in lines}


def number(case, name):
    return codec.Reader(bytes.fromhex(case[name]), "malformed_frame").varint()


def generated(case):
    count = int(case["payload.generated"])
    return (bytes(range(251)) * (count // 251 + 1))[:count]


class FrameVectors(unittest.TestCase):
    def test_frames(self):
        for case in cases("v1-frames.txt"):
            with self.subTest(case["case"]):
                whole = bytes.fromhex(case["whole"])
                fields = [v for k, v in case.items() if k not in ("case", "only", "whole")]
                self.assertEqual(whole.hex(), "".join(fields))
                if number(case, "type") >= 64:
                    self.assertEqual([], self.read(whole))
                    continue
                name = codec.NAMES[number(case, "type")]
                values = self.values(case, name)
                self.assertEqual([codec.Frame(name, **values)], self.read(whole))
                if "only" not in case:
                    self.assertEqual(whole.hex(), codec.encode(name, **values).hex())

    def test_frames_byte_for_byte(self):
        """However the stream is cut into pieces, the same frames come out."""
        wholes = [bytes.fromhex(case["whole"]) for case in cases("v1-frames.txt")]
        frames = codec.Frames()
        singly = [f for whole in wholes for byte in whole for f in frames.feed(bytes([byte]))]
        self.assertEqual(self.read(b"".join(wholes)), singly)

    def read(self, data):
        frames = codec.Frames()
        read = list(frames.feed(data))
        frames.end()
        return read

    def values(self, case, name):
        layout = codec.FIELDS[name]
        if name == "RECEIPT":
            layout = layout + codec.DETAILS[number(case, "outcome")]
        return {field: self.value(case, field, kind) for field, kind in layout}

    def value(self, case, field, kind):
        data = bytes.fromhex(case[field])
        if kind == "ranges":
            return codec.read_ranges(codec.Reader(data, "malformed_frame"))
        if kind == "varints":
            counted = bytes.fromhex(case[f"{field}.count"]) + data
            return codec.read_field(codec.Reader(counted, "malformed_frame"), field, kind)
        if kind == "sentence":
            return "".join(" " if codec.has_control(x) else x for x in data.decode())
        if kind in ("string", "name", "reason"):
            return data.decode()
        if kind.isdigit() or kind in ("rest", "token", "grant", "key_or_none"):
            return data
        return number(case, field)


class EnvelopeVectors(unittest.TestCase):
    def test_envelopes(self):
        for case in cases("v1-envelopes.txt"):
            with self.subTest(case["case"]):
                if "error" in case:
                    with self.assertRaises(Refused) as refused:
                        self.write(case)
                    self.assertEqual(case["error"], refused.exception.code)
                    continue
                if "whole.sha256" in case:
                    whole = self.write(case)
                    self.assertEqual(case["whole.sha256"], hashlib.sha256(whole).hexdigest())
                else:
                    whole = bytes.fromhex(case["whole"])
                    if case.get("only") != "read":
                        self.assertEqual(whole.hex(), self.write(case).hex())
                self.compare(case, Envelope.decode(whole))

    def test_ids(self):
        for case in cases("v1-envelopes.txt"):
            if case["case"].startswith("id-"):
                with self.subTest(case["case"]):
                    envelope = Envelope.decode(bytes.fromhex(case["whole"]))
                    text = codec.id_of(envelope)
                    body = Body.decode(envelope.body)
                    written = codec.message(
                        envelope.mailbox, body.payload, body.sender, text, timestamp=1760000000
                    )
                    self.assertEqual(case["whole"], written.hex())

    def write(self, case):
        text = lambda name: bytes.fromhex(case[name]).decode()
        raw = lambda name: bytes.fromhex(case[name])
        if "ciphertext" in case:
            body = raw("encapsulated_key") + raw("ciphertext")
        else:
            count = number(case, "headers.count")
            headers = [
                (text(f"header.{i}.name"), raw(f"header.{i}.value")) for i in range(1, count + 1)
            ]
            payload = generated(case) if "payload.generated" in case else raw("payload")
            body = Body(text("sender"), headers, payload).encode()
        return Envelope(
            text("mailbox"),
            raw("id"),
            number(case, "ttl_millis"),
            body,
            raw("flags")[0],
            number(case, "not_before_millis"),
            raw("collapse_key"),
            raw("signature") if "signature" in case else b"",
        ).encode()

    def compare(self, case, envelope):
        raw = lambda name: bytes.fromhex(case[name])
        self.assertEqual(raw("version"), bytes([envelope.version]))
        self.assertEqual(raw("flags"), bytes([envelope.flags]))
        self.assertEqual(raw("mailbox"), envelope.mailbox.encode())
        self.assertEqual(raw("id"), envelope.id)
        self.assertEqual(number(case, "ttl_millis"), envelope.ttl_millis)
        self.assertEqual(number(case, "not_before_millis"), envelope.not_before_millis)
        self.assertEqual(raw("collapse_key"), envelope.collapse_key)
        self.assertEqual(case.get("signature", ""), envelope.signature.hex())
        if "ciphertext" in case:
            self.assertEqual(case["encapsulated_key"] + case["ciphertext"], envelope.body.hex())
            return
        body = Body.decode(envelope.body)
        self.assertEqual(raw("sender"), body.sender.encode())
        self.assertEqual(number(case, "headers.count"), len(body.headers))
        for i, (name, value) in enumerate(body.headers, 1):
            self.assertEqual(raw(f"header.{i}.name"), name.encode())
            self.assertEqual(raw(f"header.{i}.value"), value)
        payload = generated(case) if "payload.generated" in case else raw("payload")
        self.assertTrue(payload == body.payload)


class RefusedVectors(unittest.TestCase):
    def test_refused(self):
        readers = {"frame": self.frame, "envelope": Envelope.decode, "body": self.body}
        for case in cases("v1-refused.txt"):
            for data in inputs(case):
                with self.subTest(case["case"], bytes=data.hex()[:80]):
                    if case["kind"].endswith("-stream"):
                        self.frame(data)  # each frame is good by itself
                        continue
                    with self.assertRaises(Refused) as refused:
                        readers[case["kind"]](data)
                    self.assertEqual(case["error"], refused.exception.code)

    def frame(self, data):
        frames = codec.Frames()
        list(frames.feed(data))
        frames.end()

    def body(self, data):
        Body.decode(Envelope.decode(data).body)


def inputs(case):
    """The bytes of a refused case, or each of its beginnings."""
    if "bytes" in case:
        return [bytes.fromhex(case["bytes"])]
    whole = bytes.fromhex(case["every-beginning"])
    return [whole[:n] for n in range(1 if case["kind"] == "frame" else 0, len(whole))]


if __name__ == "__main__":
    unittest.main()
