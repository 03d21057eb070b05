"""6.5, 6.9: a key proved, envelopes signed and sealed, to and from the Java client."""

import json
import secrets

import client
from lab import *
from protection import Forged, Identity, prove, read, write
from test_codec import cases as vectors

ALICE = Identity(secrets.token_bytes(32))


async def claiming(lab, identity):
    connection = await lab.dial()
    await connection.hello("interop", identity=identity.key)
    return connection


async def proved(lab, identity):
    connection = await claiming(lab, identity)
    await prove(connection, identity, "interop")
    return connection


async def send(connection, *envelopes):
    stream = send_stream(connection)
    for number, envelope in enumerate(envelopes, 1):
        put(stream, number, envelope)
    stream.finish()
    same(await receipts(stream, range(1, len(envelopes) + 1)), ["stored"] * len(envelopes))


def drawn(mailbox, payload, sender=""):
    return codec.parts(mailbox, payload, sender)


@case("6.5")
async def proved_key(lab):
    """who proves a key reads its mailbox"""
    bob = Identity(secrets.token_bytes(32))
    connection = await proved(lab, bob)
    await stored(await lab.connect(), bob.address, b"hi")
    subscription = await receiver(connection, bob.address)
    same((await subscription.delivery()).payload(), b"hi", "payload")


@case("6.5")
async def other_key(lab):
    """a key's mailbox is not_proved without a proof, and not_allowed with another's"""
    bob = Identity(secrets.token_bytes(32))
    for connection, code in (
        (await lab.connect(), "not_proved"),
        (await proved(lab, ALICE), "not_allowed"),
    ):
        subscription = client.Subscription()
        await subscription.attach(connection)
        subscription.add(bob.address)
        frame = await subscription.event("NOT_ADDED")
        same(code_of(frame.code), code)


@case("6.5")
async def false_proof(lab):
    """a PROVE by another key closes the connection with not_proved"""
    connection = await claiming(lab, Identity(secrets.token_bytes(32)))
    asyncio.create_task(prove(connection, ALICE, "interop"))
    lost = await asyncio.wait_for(connection.closed, 10)
    same(lost.code, "not_proved")


@case("6.9")
async def opens_from_java(lab):
    """what the Java client sealed and signed opens here, and verifies"""
    file, alice = await keygen(lab)
    bob = Identity(secrets.token_bytes(32))
    for options in ((), ("--pad",)):
        await qight(lab, "send", "--identity", file, *options, bob.address, "from Java")
    connection = await proved(lab, bob)
    subscription = await receiver(connection, bob.address)
    for _ in range(2):
        delivery = await subscription.delivery()
        message = read(delivery.envelope, bob)
        same((message.verified, message.sealed), (True, True))
        same((message.body.sender, message.body.payload), (alice, b"from Java"))
        subscription.ack(delivery.number)


@case("6.9")
async def sent_to_java(lab):
    """what is sealed, signed and padded here is opened and verified by the Java client"""
    file, carol = await keygen(lab)
    connection = await lab.connect()
    for padded in (False, True):
        envelope, body = drawn(carol, b"from Python", ALICE.address)
        await send(connection, write(envelope, body, ALICE, sealed=True, padded=padded))
    printed, _ = await qight(
        lab, "subscribe", "--identity", file, "--max", "2", "--json", carol
    )
    for line in printed.splitlines():
        told = json.loads(line)
        same((told["authenticity"], told["sealed"]), ("verified", True))
        same((told["sender"], told["payload"]), (ALICE.address, "from Python"))


@case("6.9")
async def forged_to_java(lab):
    """the Java client puts a forged envelope aside, and goes on"""
    file, carol = await keygen(lab)
    envelope, body = drawn(carol, b"false", Identity(bytes(32)).address)
    forged = write(envelope, body, ALICE, sealed=True)
    envelope, body = drawn(carol, b"true", ALICE.address)
    await send(await lab.connect(), forged, write(envelope, body, ALICE, sealed=True))
    printed, said = await qight(lab, "fetch", "--identity", file, carol)
    same(printed, f"verified {ALICE.address}: true\n")
    check("forged" in said, said)


def secret_of(one):
    return bytes.fromhex(one["reader_secret"])


@case("vectors")
async def unreadable(lab):
    """v1-unreadable.txt: the relay looks into none of them, and delivers them as they came"""
    waiting = {}
    for one in vectors("v1-unreadable.txt"):
        data = bytes.fromhex(one["bytes"])
        # Those for another's mailbox, or a name's, are not given to this reader at all.
        if codec.Envelope.decode(data).mailbox == Identity(secret_of(one)).address:
            waiting.setdefault(secret_of(one), []).append(data)
    sender = await lab.connect()
    for secret, envelopes in waiting.items():
        reader = Identity(secret)
        await send(sender, *envelopes)
        subscription = await receiver(await proved(lab, reader), reader.address)
        for envelope in envelopes:
            delivery = await subscription.delivery()
            same(delivery.envelope, envelope)
            subscription.ack(delivery.number)
