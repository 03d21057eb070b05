"""A relay's restarts and end, and version 0 beside version 1: sections 6.5, 6.6, 6.7, 6.10."""

import asyncio
import secrets
import signal
import struct
import uuid

import codec
from lab import *


@case("6.6", alone=True)
async def restart(lab):
    """what was stored, taken and failed survives SIGKILL and restart; leases do not"""
    relay = await lab.own_relay()
    connection, mailbox, outbox = await lab.connect(relay), box(), secrets.token_bytes(16)
    stream = send_stream(connection, outbox, opening=9)
    for number in range(1, 6):
        put(stream, number, codec.message(mailbox, b"%d" % number))
    same(await receipts(stream, range(1, 6)), ["stored"] * 5)
    there = await receiver(connection, mailbox)
    await take(there, 5)
    there.nack(1)
    await take(there, 1)
    there.ack(2, 3)
    await answers(there, {2, 3})
    await relay.stop(signal.SIGKILL)
    connection.vanish()
    await relay.start()

    connection = await lab.connect(relay)
    again = send_stream(connection, outbox, opening=1, tried=5, age=3_600_000)
    for number in range(1, 7):
        put(again, number, codec.message(mailbox, b"%d" % number))
    same(await receipts(again, range(1, 7)), ["duplicate"] * 5 + ["stored"])
    told = await there.attach(connection)
    same((told.resumed, told.next, told.held), (0, 7, 0), "SUBSCRIBED")
    there.ack(2, 4)
    came = {d.payload(): d for d in await take(there, 4)}
    same(set(came), {b"1", b"4", b"5", b"6"}, "deliveries")
    same(came[b"1"].failures, 1, "failures of what was nacked")
    same({came[p].failures for p in (b"4", b"5", b"6")}, {0}, "other failures")
    same({d.deliveries for d in came.values()}, {1}, "deliveries count anew in this run")
    same(await answers(there, {2, 4}), {2: "LEASE_LOST", 4: "LEASE_LOST"}, "older acks")


@case("6.5", alone=True)
async def drain(lab):
    """SIGTERM: GOAWAY, SENDs and new streams are refused as draining, acks are carried out"""
    relay = await lab.own_relay()
    connection, mailbox = await lab.connect(relay), box()
    await stored(connection, mailbox, b"1", b"2")
    there = await receiver(connection, mailbox)
    await take(there, 2)
    stream = send_stream(connection)
    put(stream, 1, codec.message(box(), b"hi"))
    same(await receipts(stream, [1]), ["stored"])
    relay.process.send_signal(signal.SIGTERM)
    told = await asyncio.wait_for(connection.goaway, 10)
    same(code_of(told.code), "draining", "the code of GOAWAY")
    check(told.within_millis <= 60_000, f"{told}")
    there.ack(1)
    put(stream, 2, codec.message(mailbox, b"late"))
    late = send_stream(connection)
    same(await answers(there, {1}), {1: "ACKED"})
    same(await receipts(stream, [2]), ["draining"])
    await refuses(late, "draining")
    await closes(connection, "draining", timeout=30)
    same(await asyncio.wait_for(relay.process.wait(), 30), 0, "the relay's exit code")
    await relay.start()
    connection = await lab.connect(relay)
    there = await receiver(connection, mailbox)
    same((await there.delivery()).payload(), b"2", "what was not acked")
    same((await there.event("CAUGHT_UP")).last, 1)


def old_text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def old_envelope(id, sender, recipient, timestamp, ttl, payload):
    texts = b"".join(old_text(text) for text in (id, sender, recipient))
    return texts + struct.pack("<QIQ", timestamp, ttl, len(payload)) + payload


async def old_request(connection, request):
    """A request of version 0 and all of its answer."""
    stream_id = connection._quic.get_next_available_stream_id()
    answer, whole = b"", asyncio.get_running_loop().create_future()

    class Bytes:
        def _received(self, data, end):
            nonlocal answer
            answer += data
            if end and not whole.done():
                whole.set_result(None)

        def _over(self, why):
            if not whole.done():
                whole.set_exception(why)

    connection.streams[stream_id] = Bytes()
    connection._quic.send_stream_data(stream_id, request, True)
    connection._transmit_soon()
    await asyncio.wait_for(whole, 10)
    return answer


def old_fetched(answer):
    envelopes = []
    while answer[:4] != bytes(4):
        length = int.from_bytes(answer[:4], "big")
        envelopes.append(answer[4 : 4 + length])
        answer = answer[4 + length :]
    return envelopes


@case("6.10")
async def from_version_0(lab):
    """an envelope of version 0 comes to version 1 with its id, sender, time and payload"""
    old, connection, mailbox = await lab.dial(alpn=["qight"]), await lab.connect(), box()
    there = await receiver(connection, mailbox)
    known = str(uuid.uuid4())
    for id in (known, known.upper(), "number 7", ""):
        envelope = old_envelope(id, "alice", mailbox, 1_760_000_000, 60, b"\x00hi")
        request = b"SEND" + struct.pack(">I", len(envelope)) + envelope
        same(await old_request(old, request), b"OK\n", "answer")
        came = await there.delivery()
        read = codec.Envelope.decode(came.envelope)
        body = codec.Body.decode(read.body)
        same((read.mailbox, read.ttl_millis), (mailbox, 60_000), "header")
        same((body.sender, body.payload), ("alice", b"\x00hi"), "body")
        same(codec.id_of(read), id, "id")
        same(dict(body.headers)["qight-timestamp"], b"1760000000", "timestamp")
        same(("qight-id" in dict(body.headers)), id != known, "the header of the id")
        check(came.left_millis <= 60_000, "left_millis")


@case("6.10")
async def to_version_0(lab):
    """an envelope of version 1 comes to version 0, its TTL rounded up to seconds"""
    old, connection, mailbox = await lab.dial(alpn=["qight"]), await lab.connect(), box()
    sent = [("0e9b1f3a-6a0c-4b57-8d2e-3f1c5a7b9d10", 1500), ("number 7", 60_000)]
    stream = send_stream(connection)
    for number, (id, ttl) in enumerate(sent, 1):
        ttl += 60_000
        envelope = codec.message(
            mailbox, b"hi", "bob", id, ttl, headers=[("x", b"y")], timestamp=1_760_000_000
        )
        put(stream, number, envelope)
    same(await receipts(stream, [1, 2]), ["stored"] * 2)
    came = old_fetched(await old_request(old, b"FETCH " + mailbox.encode() + b"\n"))
    expected = [
        old_envelope(id, "bob", mailbox, 1_760_000_000, -(-(ttl + 60_000) // 1000), b"hi")
        for id, ttl in sent
    ]
    same(came, expected, "envelopes")
    there = await receiver(connection, mailbox)
    same((await there.event("CAUGHT_UP")).last, 0, "what version 0 has leased")
    old.quit(1)
    same(len(await take(there, 2)), 2, "what version 0 gave back")


@case("6.7")
async def modes_of_version_0(lab):
    """version 0 counts as shared: it and an exclusive receiver keep each other out"""
    old, connection = await lab.dial(alpn=["qight"]), await lab.connect()
    mailbox, other = box(), box()
    await stored(connection, mailbox, b"1")
    await stored(connection, other, b"2")
    there = await receiver(connection, mailbox, exclusive=True)
    await take(there, 1)
    answer = await old_request(old, b"FETCH " + mailbox.encode() + b"\n")
    check(answer.startswith(b"ERROR: mode_conflict: "), f"{answer}")
    same(len(old_fetched(await old_request(old, b"FETCH " + other.encode() + b"\n"))), 1)
    there.add(other)
    same(code_of((await there.event("NOT_ADDED")).code), "mode_conflict", "while it holds leases")
    await old_request(old, b"HELLO done\n")
    there.add(other)
    while (told := await there.event("ADDED", "NOT_ADDED")).mailbox != 2:
        pass
    same(told.frame, "ADDED", "after version 0 let go")
