"""Grants: section 6.13, and the proof of 6.5 that they begin with."""

import asyncio
import hashlib
import secrets
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import codec
from codec import sized, varint
from lab import *

DAY_MILLIS = 86_400_000


def raw(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def box_of(key):
    return "key:" + raw(key).hex()


def sign(key, words, statement):
    return key.sign(words.encode() + b"\0" + statement)


def grant_of(owner, key, ends=None, envelopes=100, millis=1000, burst=100, largest=1000):
    now = int(time.time() * 1000)
    numbers = (now - 60_000, ends or now + DAY_MILLIS, envelopes, millis, burst, largest)
    body = b"\1" + raw(owner) + raw(key) + secrets.token_bytes(16)
    body += b"".join(varint(number) for number in numbers)
    return body + sign(owner, "qight/1 grant", body)


class Known:
    """A connection, and what is signed on it."""

    async def open(self, lab, identity=None):
        self.connection = await lab.dial()
        self.control = self.connection.open()
        claim = b"" if identity is None else raw(identity)
        self.control.send("HELLO", client_id="grants", features=0, identity=claim, token=b"")
        welcome = await self.control.next("WELCOME")
        certificate = x509.load_pem_x509_certificate(Path(lab.relay.certificate).read_bytes())
        spki = certificate.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        texts = (welcome.service_name.encode(), b"qight/1", b"grants")
        self.statement = welcome.nonce + hashlib.sha256(spki).digest()
        self.statement += b"".join(sized(text) for text in texts)
        if identity is not None:
            self.control.send("PROVE", signature=sign(identity, "qight/1 prove", self.statement))
            await self.control.next("PROVED")
        return self

    def sender(self):
        """A SEND stream and the id of its outbox."""
        outbox = secrets.token_bytes(16)
        return send_stream(self.connection, outbox), outbox

    def proof(self, key, outbox, grant):
        return sign(key, "qight/1 use-grant", self.statement + outbox + grant)

    async def kept(self, frame, **fields):
        """What REVOKE or DEMAND came to."""
        self.control.send(frame, request=7, **fields)
        kept = await self.control.next("KEPT")
        same(kept.request, 7, "request")
        return code_of(kept.code) if kept.code else "kept"


@case("6.13")
async def grant_is_used(lab):
    """where grants are demanded, a stranger is refused, the grant's key and the owner are not"""
    owner, key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    mailbox, grant = box_of(owner), grant_of(owner, key)
    there = await Known().open(lab, owner)
    same(await there.kept("DEMAND", grants=1), "kept")
    here = await Known().open(lab)
    stream, outbox = here.sender()
    put(stream, 1, codec.message(mailbox, b"1"))
    stream.send("GRANT", grant=grant, proof=here.proof(key, outbox, grant))
    put(stream, 2, codec.message(mailbox, b"2"))
    put(stream, 3, codec.message(mailbox, bytes(1000)))
    same(await receipts(stream, [1, 2, 3]), ["not_allowed", "stored", "envelope_size"])
    own, _ = there.sender()
    put(own, 1, codec.message(mailbox, b"3"))
    same(await receipts(own, [1]), ["stored"])
    same(await there.kept("DEMAND", grants=0), "kept")
    stranger, _ = here.sender()
    put(stranger, 1, codec.message(mailbox, b"4"))
    same(await receipts(stranger, [1]), ["stored"])


@case("6.13")
async def proof_of_a_grant_is_for_its_stream(lab):
    """a proof for another outbox, of another connection, or by another key ends the stream"""
    owner, key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    grant = grant_of(owner, key)
    here, there = await Known().open(lab), await Known().open(lab)
    for signer, by, other_outbox in ((here, key, True), (there, key, False), (here, owner, False)):
        stream, outbox = here.sender()
        signed_for = secrets.token_bytes(16) if other_outbox else outbox
        stream.send("GRANT", grant=grant, proof=signer.proof(by, signed_for, grant))
        same(code_of((await stream.next("ERROR")).code), "not_proved", "the stream's end")


@case("6.13")
async def grant_is_taken_back(lab):
    """a revoked grant is of no use on an open stream; only its owner's signature revokes it"""
    owner, key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    mailbox, grant = box_of(owner), grant_of(owner, key)
    id, ends = grant[65:81], int(time.time() * 1000) + DAY_MILLIS
    here, there = await Known().open(lab), await Known().open(lab, owner)
    stream, outbox = here.sender()
    stream.send("GRANT", grant=grant, proof=here.proof(key, outbox, grant))
    statement = id + varint(ends)
    for number, signature, answer, outcome in (
        (1, sign(key, "qight/1 revoke", statement), "not_proved", "stored"),
        (2, sign(owner, "qight/1 grant", statement), "not_proved", "stored"),
        (3, sign(owner, "qight/1 revoke", statement), "kept", "not_allowed"),
    ):
        same(await there.kept("REVOKE", grant=id, ends_millis=ends, signature=signature), answer)
        put(stream, number, codec.message(mailbox, b"hi"))
        same(await receipts(stream, [number]), [outcome])
    same(await here.kept("DEMAND", grants=1), "not_proved")


@case("6.13")
async def rate_of_a_grant(lab):
    """what comes too early is rate_limited, and told when to come again"""
    owner, key = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    mailbox, grant = box_of(owner), grant_of(owner, key, envelopes=1, millis=1000, burst=2)
    here = await Known().open(lab)
    stream, outbox = here.sender()
    stream.send("GRANT", grant=grant, proof=here.proof(key, outbox, grant))
    for number in (1, 2, 3):
        put(stream, number, codec.message(mailbox, b"hi"))
    same(await receipts(stream, [1, 2]), ["stored"] * 2)
    refused = await stream.next("RECEIPT")
    same(word(refused), "rate_limited")
    check(0 < refused.after_millis <= 1001, f"after {refused.after_millis} ms")
    await asyncio.sleep(refused.after_millis / 1000 + 0.05)
    put(stream, 3, codec.message(mailbox, b"hi"))
    same(await receipts(stream, [3]), ["stored"])
