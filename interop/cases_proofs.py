"""6.14: receipts that the relay signs, and proofs, to and from the Java client."""

import hashlib
import json
import time

import proofs
from lab import *

SIGNED_RECEIPTS = 1


async def signing(lab):
    """A relay that signs receipts, and the address of the key that it does it with."""
    file, address = await keygen(lab)
    return await lab.own_relay("--receipt-key", file), address


async def asking(lab, relay):
    connection = await lab.dial(relay)
    welcome = await connection.hello("interop", features=SIGNED_RECEIPTS)
    same(welcome.features & SIGNED_RECEIPTS, SIGNED_RECEIPTS, "features")
    return connection


async def pipelined(connection, envelopes):
    """The receipts for these, which are sent together; each with the leaves that it signs."""
    stream = send_stream(connection)
    for number, envelope in enumerate(envelopes, 1):
        put(stream, number, envelope)
    signed, first = [], 1
    while first <= len(envelopes):
        frame = await stream.next("RECEIPT")
        same((frame.first, word(frame)), (first, "signed"), "the receipt")
        same(len(frame.deadlines), frame.more + 1, "how many deadlines")
        about = envelopes[first - 1 : first + frame.more]
        leaves = [
            proofs.leaf_of(envelope, deadline, frame.durability)
            for envelope, deadline in zip(about, frame.deadlines, strict=True)
        ]
        signed.append((frame, leaves))
        first += frame.more + 1
    return signed


async def five_together(lab, relay):
    """One receipt for five envelopes. The relay may answer each alone, so this tries again."""
    connection = await asking(lab, relay)
    for _ in range(20):
        envelopes = [codec.message(box(), b"%d" % i, ttl_millis=HOUR) for i in range(5)]
        signed = await pipelined(connection, envelopes)
        for frame, leaves in signed:
            root = proofs.root_of(leaves)
            proofs.verify(frame.relay_key, len(leaves), root, frame.signature)
        if len(signed) == 1:
            return envelopes, *signed[0]
    raise Failed("no receipt spoke of all that was sent together")


@case("6.14", alone=True)
async def signed_receipts(lab):
    """a receipt that was asked for is signed by the relay's key, over all that it speaks of"""
    relay, address = await signing(lab)
    began = time.time() * 1000
    _, frame, leaves = await five_together(lab, relay)
    same("key:" + frame.relay_key.hex(), address, "the relay's key")
    for deadline in frame.deadlines:
        left = deadline - HOUR - began
        check(-1000 < left < 60_000, f"a deadline {left} ms off")
    for wrong in (leaves[:4], leaves[::-1], [*leaves[:4], leaves[0]]):
        try:
            root = proofs.root_of(wrong)
            proofs.verify(frame.relay_key, len(wrong), root, frame.signature)
        except proofs.NotSigned:
            continue
        raise Failed("the signature is not over the leaves in their order")


@case("6.14", alone=True)
async def unsigned_receipts(lab):
    """nothing is signed for who has not asked, by a relay without a key, or for a duplicate"""
    relay, _ = await signing(lab)
    unasked = await lab.dial(relay)
    same((await unasked.hello("interop")).features, 0, "features")
    await stored(unasked, box(), b"hi")
    keyless = await lab.dial()
    welcome = await keyless.hello("interop", features=SIGNED_RECEIPTS)
    same(welcome.features, 0, "features of a relay that has no key")
    await stored(keyless, box(), b"hi")
    asked, outbox = await asking(lab, relay), secrets.token_bytes(16)
    envelope = codec.message(box(), b"hi")
    for opening, outcome in ((1, "signed"), (2, "duplicate")):
        stream = send_stream(asked, outbox, opening)
        put(stream, 1, envelope)
        same(await receipts(stream, [1]), [outcome])


@case("6.14", alone=True)
async def proof_from_java(lab):
    """the proof that `qight send --proof` keeps verifies here, and no changed one does"""
    relay, address = await signing(lab)
    file, named = Path(relay.folder.name) / "sent.proof", str(uuid.uuid4())
    send = ("send", "--id", named, "--proof", str(file), "bob", "hello")
    await qight(lab, *send, relay=relay)
    text = file.read_text().strip()
    proof = proofs.Proof.read(text)
    same("key:" + proof.relay_key.hex(), address, "the relay's key")
    same((proof.mailbox, str(uuid.UUID(bytes=proof.id))), ("bob", named))
    subscription = await receiver(await lab.connect(relay), "bob")
    delivery = await subscription.delivery()
    same(proof.digest, hashlib.sha256(delivery.envelope).digest(), "digest")
    for at in range(len(proofs.TEXT_PREFIX), len(text), 7):
        other = "A" if text[at] != "A" else "B"
        try:
            proofs.Proof.read(text[:at] + other + text[at + 1 :])
        except (proofs.NotSigned, codec.Refused, ValueError):
            continue
        raise Failed(f"a proof with another letter at {at} verifies")


@case("6.14", alone=True)
async def proof_to_java(lab):
    """`qight verify` takes the proofs made here of one receipt for five, and no false one"""
    relay, address = await signing(lab)
    envelopes, frame, leaves = await five_together(lab, relay)
    texts = [
        proofs.proof_text(frame.relay_key, leaves, index, frame.signature) for index in range(5)
    ]
    file = Path(relay.folder.name) / "made.proof"
    file.write_text("\n".join(texts) + "\n")
    printed, _ = await qight(lab, "verify", str(file), "--by", address, "--json")
    told = [json.loads(line)["sha256"] for line in printed.splitlines()]
    same(told, [hashlib.sha256(envelope).hexdigest() for envelope in envelopes], "digests")
    same([proofs.Proof.read(text).digest.hex() for text in texts], told, "digests read here")
    later = proofs.leaf_of(envelopes[4], frame.deadlines[4] + 1, frame.durability)
    forged = proofs.proof_text(frame.relay_key, [*leaves[:4], later], 4, frame.signature)
    file.write_text(forged + "\n")
    await qight(lab, "verify", str(file), "--by", address, exit_code=1)
