"""Proofs of relays and of receivers against docs/vectors/v1-proofs.txt."""

import hashlib
import unittest

import codec
import proofs
from protection import Identity
from test_codec import cases, number

RECEIVERS = "secret.receiver"


def raw(case, name):
    return bytes.fromhex(case[name])


def leaves(case):
    return [raw(case, name) for name in case if name.startswith("leaf.")]


def read(case, text):
    return (proofs.DeliveryProof if RECEIVERS in case else proofs.Proof).read(text)


class ProofVectors(unittest.TestCase):
    def test_what_they_say(self):
        for case in cases("v1-proofs.txt"):
            with self.subTest(case["case"]):
                proof = read(case, case["text"])
                self.assertEqual(raw(case, "mailbox").decode(), proof.mailbox)
                self.assertEqual(raw(case, "id"), proof.id)
                self.assertEqual(raw(case, "digest"), proof.digest)
                digest = hashlib.sha256(raw(case, "envelope")).digest()
                self.assertEqual(digest, proof.digest)
                envelope = codec.Envelope.decode(raw(case, "envelope"))
                self.assertEqual((envelope.mailbox, envelope.id), (proof.mailbox, proof.id))

    def test_who_signed_and_when(self):
        for case in cases("v1-proofs.txt"):
            with self.subTest(case["case"]):
                proof = read(case, case["text"])
                if RECEIVERS in case:
                    self.assertEqual(Identity(raw(case, RECEIVERS)).key, proof.receiver_key)
                    self.assertEqual(raw(case, "receiver"), proof.receiver_key)
                    self.assertEqual(number(case, "signed_millis"), proof.signed)
                else:
                    self.assertEqual(Identity(raw(case, "secret.relay")).key, proof.relay_key)
                    self.assertEqual(raw(case, "relay"), proof.relay_key)
                    self.assertEqual(number(case, "deadline_millis"), proof.deadline)
                    self.assertEqual(number(case, "durability"), proof.durability)

    def test_trees(self):
        for case in cases("v1-proofs.txt"):
            if RECEIVERS in case:
                continue
            with self.subTest(case["case"]):
                together, index = leaves(case), number(case, "index")
                self.assertEqual(raw(case, "root"), proofs.root_of(together))
                self.assertEqual(number(case, "count"), len(together))
                said = [case[name] for name in case if name.startswith("path.") and name[5] != "c"]
                self.assertEqual(said, [h.hex() for h in proofs.path_of(together, index)])
                leaf = proofs.leaf_of(
                    raw(case, "envelope"),
                    number(case, "deadline_millis"),
                    number(case, "durability"),
                )
                self.assertEqual(together[index], leaf)
                made = proofs.proof_text(
                    raw(case, "relay"), together, index, raw(case, "signature")
                )
                self.assertEqual(case["text"], made)

    def test_text_and_bytes(self):
        for case in cases("v1-proofs.txt"):
            prefix = proofs.DELIVERY_PREFIX if RECEIVERS in case else proofs.TEXT_PREFIX
            with self.subTest(case["case"]):
                self.assertEqual(raw(case, "whole"), proofs.bytes_of(case["text"], prefix))

    def test_every_letter_counts(self):
        for case in cases("v1-proofs.txt"):
            text = case["text"]
            # The last letter has bits that stand for nothing.
            for at in range(text.index(":") + 1, len(text) - 1):
                other = "A" if text[at] != "A" else "B"
                with self.subTest(case["case"], at=at):
                    with self.assertRaises((proofs.NotSigned, codec.Refused, ValueError)):
                        read(case, text[:at] + other + text[at + 1 :])

    def test_no_kind_is_another(self):
        for case in cases("v1-proofs.txt"):
            _, coded = case["text"].split(":")
            for kind, prefix in (
                (proofs.Proof, proofs.DELIVERY_PREFIX),
                (proofs.DeliveryProof, proofs.TEXT_PREFIX),
                (
                    proofs.Proof if RECEIVERS in case else proofs.DeliveryProof,
                    proofs.TEXT_PREFIX if RECEIVERS in case else proofs.DELIVERY_PREFIX,
                ),
            ):
                with self.subTest(case["case"], kind=kind.__name__):
                    with self.assertRaises(codec.Refused):
                        kind.read(prefix + coded)


if __name__ == "__main__":
    unittest.main()
