"""FETCH streams: sections 6.7 and 6.10."""

import codec
from connection import RelayError
from codec import VARINT_MAX
from lab import *


@case("6.7")
async def subscribed(lab):
    """SUBSCRIBED grants the lease within its limits, and counts on after known"""
    connection = await lab.connect()
    limits = connection.welcome
    wishes = [
        (0, limits.lease_millis_min),
        (30_000, 30_000),
        (VARINT_MAX, limits.lease_millis_max),
    ]
    for wish, granted in wishes:
        told = await fetch_stream(connection, lease_millis=wish).next("SUBSCRIBED")
        same((told.resumed, told.lease_millis, told.next, told.held), (0, granted, 1, 0))
    fetch = fetch_stream(connection, known=500)
    told = await fetch.next("SUBSCRIBED")
    same((told.resumed, told.next, told.held), (0, 501, 0))
    fetch.send("ACK", deliveries=[(3, 4), (500, 500)])
    lost = []
    while len(lost) < 3:
        frame = await fetch.next("LEASE_LOST")
        same(frame.answers, 43, "answers")
        lost += codec.numbers_of(frame.deliveries)
    same(sorted(lost), [3, 4, 500], "LEASE_LOST")
    fetch.send("ACK", deliveries=[(501, 501)])
    await refuses(fetch, "bad_number")


@case("6.7")
async def add(lab):
    """ADDED tells how many wait; NOT_ADDED why not; CAUGHT_UP comes once"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1", b"2")
    there = await receiver(connection)
    refused = [
        ("", "invalid_mailbox"),
        ("a" * 256, "invalid_mailbox"),
        ("a\nb", "invalid_mailbox"),
        ("a\u0085b", "invalid_mailbox"),
        ("key:" + "00" * 32, "invalid_mailbox"),
    ]
    for name, code in refused:
        number = there.add(name)
        told = await there.event("NOT_ADDED", "ADDED")
        same((told.frame, told.mailbox), ("NOT_ADDED", number), repr(name))
        same(code_of(told.code), code, f"the code for {name!r}")
    number = there.add(mailbox)
    told = await there.event("ADDED")
    same((told.mailbox, told.waiting), (number, 2))
    told = await there.event("CAUGHT_UP")
    same((told.mailbox, told.last), (number, 2))
    there.add(mailbox)
    same(code_of((await there.event("NOT_ADDED")).code), "wrong_state", "the same mailbox again")
    other = await receiver(connection, mailbox)
    same((await other.event("CAUGHT_UP")).last, 0, "last, where all is leased to another")
    there.stream.send("REMOVE", mailbox=0)  # was not added: passed over
    there.stream.send("ADD", mailbox=2**30 - 1, name=box())
    same((await there.event("ADDED")).mailbox, 2**30 - 1)
    there.stream.send("ADD", mailbox=5, name=box())
    try:
        while True:
            await there.event()
    except RelayError as error:
        same(error.code, "bad_number")


@case("6.7")
async def waiting_counts_leased(lab):
    """ADDED counts what is leased to another too"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1", b"2", b"3")
    first = await receiver(connection, mailbox)
    await take(first, 3)
    other = await receiver(connection)
    other.add(mailbox)
    same((await other.event("ADDED")).waiting, 3, "waiting")


@case("6.7")
async def live(lab):
    """what comes later is delivered as it comes, with its bytes and the time left"""
    connection, sender, mailbox = await lab.connect(), await lab.connect(), box()
    there = await receiver(connection, mailbox)
    stream = send_stream(sender)
    for number in range(1, 51):
        envelope = codec.message(mailbox, b"%d" % number)
        put(stream, number, envelope)
        came = await there.delivery(timeout=5)
        same((came.number, came.deliveries, came.failures), (number, 1, 0), "DELIVER")
        same(came.envelope, envelope, "envelope")
        check(HOUR - 60_000 < came.left_millis <= HOUR, f"{came.left_millis} ms left")


@case("6.7")
async def acks(lab):
    """each number of each ACK is answered once, and again when acked again"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, *[b"hi"] * 10)
    there = await receiver(connection, mailbox)
    await take(there, 10)
    there.ack(1, 2, 3, 5)
    same(await answers(there, {1, 2, 3, 5}), dict.fromkeys([1, 2, 3, 5], "ACKED"))
    there.stream.send("ACK", deliveries=[(1, 2), (3, 4)])  # ranges may touch
    same(await answers(there, {1, 2, 3, 4}), dict.fromkeys([1, 2, 3, 4], "ACKED"))
    there.stream.finish()
    await ended_after(there)
    other = await receiver(connection, mailbox)
    same(len(await take(other, 5)), 5, "deliveries of what was not acked")
    same((await other.event("CAUGHT_UP")).last, 5)


@case("6.7")
async def never_delivered(lab):
    """ACK, NACK and EXTEND of what was never delivered are bad_number, however much they name"""
    connection, mailbox = await lab.connect(), box()
    for frame, extra in (
        ("ACK", {}),
        ("NACK", dict(delay_millis=0, dead=0, reason="")),
        ("EXTEND", dict(lease_millis=1000)),
    ):
        for ranges in ([(1, 1)], [(1, VARINT_MAX)], [(VARINT_MAX, VARINT_MAX)]):
            fetch = fetch_stream(connection)
            fetch.send(frame, deliveries=ranges, **extra)
            await refuses(fetch, "bad_number")
    await stored(connection, mailbox, b"hi")
    there = await receiver(connection, mailbox)
    await take(there, 1)
    there.stream.send("ACK", deliveries=[(1, 2)])
    try:
        while True:
            await there.event()
    except RelayError as error:
        same(error.code, "bad_number")
    await unharmed(connection)


@case("6.7")
async def credit(lab):
    """no more is delivered than the credit allows; ACK, NACK and CREDIT make room"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, *[b"%d" % n for n in range(10)])
    there = await receiver(connection, mailbox, credit=(3, 1_000_000))
    await take(there, 3)
    await nothing_comes(there.deliveries, 0.5)
    there.ack(2)
    await answers(there, {2})
    await take(there, 1)
    await nothing_comes(there.deliveries, 0.3)
    there.set_credit(0, 1_000_000)
    there.ack(1, 3)
    await answers(there, {1, 3})
    await nothing_comes(there.deliveries, 0.5)
    there.set_credit(VARINT_MAX, VARINT_MAX)
    await take(there, 6)
    same((await there.event("CAUGHT_UP")).last, 10)
    there.set_credit(1, 1)
    # Streams have no order among them: this answer tells that the credit was taken.
    there.stream.send("ACK", deliveries=[(1, 1)])
    await answers(there, {1})
    await stored(connection, mailbox, b"large", b"larger")
    await nothing_comes(there.deliveries, 0.3)
    there.ack(*range(4, 11))
    same((await there.delivery()).payload(), b"large", "one is always possible")
    await nothing_comes(there.deliveries, 0.3)
    await unharmed(connection)


@case("6.7")
async def credit_bytes(lab):
    """the bytes of envelopes count too, and an ack twice gives them back once"""
    connection, mailbox = await lab.connect(), box()
    one = len(codec.message(mailbox, bytes(1000)))
    await stored(connection, mailbox, *[bytes(1000)] * 10)
    there = await receiver(connection, mailbox, credit=(100, 3 * one))
    await take(there, 3)
    await nothing_comes(there.deliveries, 0.3)
    there.ack(1)
    await answers(there, {1})
    there.stream.send("ACK", deliveries=[(1, 1)])
    await answers(there, {1})
    await take(there, 1)
    await nothing_comes(there.deliveries, 0.5)
    none = await receiver(connection, credit=(5, 0))
    other = box()
    await stored(connection, other, b"x")
    none.add(other)
    await none.event("ADDED")
    await nothing_comes(none.deliveries, 0.3)
    same(none.events.qsize(), 0, "CAUGHT_UP before what waits was delivered")


@case("6.7")
async def credit_once(lab):
    """of NACK and a later ACK of one number, only the first gives its credit back"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, *[b"hi"] * 5)
    there = await receiver(connection, mailbox, credit=(2, 100_000))
    await take(there, 2)
    there.nack(1, delay_millis=60_000)
    await take(there, 1)
    there.ack(1)
    same(await answers(there, {1}), {1: "LEASE_LOST"})
    there.nack(1)
    await nothing_comes(there.deliveries, 0.5)


@case("6.7")
async def caught_up_without_credit(lab):
    """CAUGHT_UP needs no credit where nothing is to be delivered"""
    connection = await lab.connect()
    there = await receiver(connection, box(), credit=(0, 0))
    same((await there.event("CAUGHT_UP")).last, 0)


@case("6.7")
async def remove(lab):
    """after REMOVED nothing comes; what was delivered may be acked"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1", b"2")
    there = await receiver(connection, mailbox)
    await take(there, 2)
    there.remove(mailbox)
    told = await there.event("REMOVED")
    same((told.mailbox, told.code), (0, 0), "REMOVED")
    there.stream.send("REMOVE", mailbox=0)
    await stored(connection, mailbox, b"3")
    await nothing_comes(there.deliveries, 0.4)
    there.ack(1)
    same(await answers(there, {1}), {1: "ACKED"})
    there.add(mailbox)
    told = await there.event("ADDED", "REMOVED")
    same((told.frame, told.waiting), ("ADDED", 2))
    same(payloads(await take(there, 1)), [b"3"], "deliveries to the same one again")
    there.stream.send("REMOVE", mailbox=9)
    try:
        while True:
            await there.event()
    except RelayError as error:
        same(error.code, "bad_number")


@case("6.7")
async def ends_in_order(lab):
    """a stream that ends in order gives all back at once, and the subscription is forgotten"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, *[b"%d" % n for n in range(1, 6)])
    there = await receiver(connection, mailbox)
    await take(there, 5)
    there.ack(2)
    there.stream.finish()
    same(await answers(there, {2}), {2: "ACKED"})
    await ended_after(there)
    other = await receiver(connection, mailbox)
    came = await take(other, 4)
    same(payloads(came), [b"1", b"3", b"4", b"5"], "deliveries")
    same({(d.deliveries, d.failures) for d in came}, {(2, 0)}, "counts")
    told = await there.attach(connection)
    same((told.resumed, told.next, told.held), (0, 6, 0), "SUBSCRIBED")


@case("6.7")
async def exclusive(lab):
    """a new exclusive receiver takes the mailbox, and modes do not mix"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1", b"2")
    first = await receiver(connection, mailbox, exclusive=True)
    await take(first, 2)
    shared = await receiver(connection)
    shared.add(mailbox)
    same(code_of((await shared.event("NOT_ADDED")).code), "mode_conflict", "shared to exclusive")
    second = await receiver(await lab.connect(), mailbox, exclusive=True)
    told = await first.event("REMOVED", "LEASE_LOST")
    same((told.frame, code_of(told.code)), ("REMOVED", "taken_over"), "to the older")
    came = await take(second, 2)
    same(payloads(came), [b"1", b"2"], "deliveries")
    same({(d.deliveries, d.failures) for d in came}, {(2, 0)}, "counts")
    first.ack(1)
    same(await answers(first, {1}), {1: "LEASE_LOST"})
    second.remove(mailbox)
    await second.event("REMOVED")
    shared.add(mailbox)
    await shared.event("ADDED")
    third = await receiver(connection, exclusive=True)
    third.add(mailbox)
    same(code_of((await third.event("NOT_ADDED")).code), "mode_conflict", "exclusive to shared")


@case("6.7")
async def sharing(lab):
    """shared receivers get each envelope once among them"""
    connection, mailbox = await lab.connect(), box()
    share = (30, 100_000)
    receivers = [await receiver(await lab.connect(), mailbox, credit=share) for _ in range(3)]
    await stored(connection, mailbox, *[b"%d" % n for n in range(90)])
    came = [d for there in receivers for d in await take(there, 30)]
    same(len(set(payloads(came))), 90, "different payloads")


@case("6.7")
async def giant_ranges(lab):
    """the widest ranges are answered as ranges, without harm"""
    connection = await lab.connect()
    most = 2**61
    fetch = fetch_stream(connection, known=most, hold=1)
    fetch.send("HOLD", deliveries=[(1, most)])
    told = await fetch.next("SUBSCRIBED")
    same((told.resumed, told.next, told.held), (0, most + 1, 0), "SUBSCRIBED")
    fetch.send("EXTEND", deliveries=[(1, most)], lease_millis=1000)
    told = await fetch.next("LEASE_LOST")
    same((told.deliveries, told.answers), ([(1, most)], 46), "LEASE_LOST")
    fetch.send("NACK", deliveries=[(1, most)], delay_millis=0, dead=1, reason="")
    fetch.send("ACK", deliveries=[(1, most)])
    told = await fetch.next("LEASE_LOST")
    same((told.deliveries, told.answers), ([(1, most)], 43), "LEASE_LOST")
    await unharmed(connection)


@case("6.7")
async def turns(lab):
    """a mailbox with a deep backlog does not hold up another of the same subscription"""
    connection, deep, shallow = await lab.connect(), box(), box()
    await stored(connection, deep, *[b"deep"] * 500)
    await stored(connection, shallow, *[b"shallow"] * 5)
    there = await receiver(connection, deep, shallow, credit=(5, 100_000))
    came = []
    while came.count(b"shallow") < 5:
        delivery = await there.delivery()
        came.append(delivery.payload())
        there.ack(delivery.number)
    check(len(came) <= 60, f"the other mailbox waited for {len(came)} deliveries")


@case("6.7")
async def order_given_back(lab):
    """what is given back without a failure comes before what was stored after it"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, *[b"%d" % n for n in range(1, 7)])
    there = await receiver(connection, mailbox, credit=(3, 100_000))
    await take(there, 3)
    there.stream.finish()
    await ended_after(there)
    other = await receiver(connection, mailbox)
    same(payloads(await take(other, 6)), [b"%d" % n for n in range(1, 7)], "order")
