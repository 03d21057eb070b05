"""FETCH streams: sections 6.7 and 6.10."""

import asyncio
import secrets

import codec
from client import Ended, RelayError
from codec import VARINT_MAX
from lab import *


HOUR = 3_600_000


def numbers(deliveries):
    return [delivery.number for delivery in deliveries]


def payloads(deliveries):
    return [delivery.payload() for delivery in deliveries]


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
        ("key:" + "00" * 32, "not_supported"),
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


async def ended_after(subscription):
    try:
        while True:
            await subscription.event()
    except Ended:
        pass


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
        await there.event("ACKED")
    except RelayError as error:
        same(error.code, "bad_number")
    await unharmed(connection)


@case("6.7")
async def nack(lab):
    """NACK gives it out again at once or after its delay, under a new number, and counts a failure"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"hi")
    there = await receiver(connection, mailbox)
    await take(there, 1)
    there.nack(1)
    again = await there.delivery()
    same((again.number, again.deliveries, again.failures), (2, 2, 1), "DELIVER")
    loop = asyncio.get_running_loop()
    began = loop.time()
    there.nack(2, delay_millis=700)
    again = await there.delivery()
    same((again.number, again.deliveries, again.failures), (3, 3, 2), "DELIVER")
    check(loop.time() - began >= 0.65, f"after {loop.time() - began:.2f} s")
    there.ack(1, 2)
    same(await answers(there, {1, 2}), {1: "LEASE_LOST", 2: "LEASE_LOST"}, "acks after NACK")
    there.ack(3)
    same(await answers(there, {3}), {3: "ACKED"})


@case("6.7")
async def dead(lab):
    """NACK as dead, and five failures, take it out of the mailbox"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1", b"2")
    there = await receiver(connection, mailbox)
    await take(there, 2)
    there.nack(1, dead=True, reason="cannot be read")
    for failure in range(1, 5):
        there.nack(there.known)
        again = await there.delivery()
        same((again.payload(), again.failures), (b"2", failure), "DELIVER")
    there.nack(there.known)
    await nothing_comes(there.deliveries, 0.7)
    other = await receiver(connection)
    other.add(mailbox)
    same((await other.event("ADDED")).waiting, 0, "waiting")
    there.nack(there.known)  # once more: passed over
    there.ack(1)
    same(await answers(there, {1}), {1: "LEASE_LOST"})


@case("6.7")
async def delayed_counts(lab):
    """CAUGHT_UP does not wait for what is delayed, and ADDED counts it"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1")
    there = await receiver(connection, mailbox)
    await take(there, 1)
    there.nack(1, delay_millis=VARINT_MAX)
    await asyncio.sleep(0.3)
    other = await receiver(connection)
    other.add(mailbox)
    same((await other.event("ADDED")).waiting, 1, "waiting")
    same((await other.event("CAUGHT_UP")).last, 0)


@case("6.7", slow=True)
async def leases(lab):
    """a lease that ends by time: LEASE_LOST, a failure, given out again, and a late ack still counts"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"hi")
    there = await receiver(connection, mailbox, lease_millis=1000)
    loop = asyncio.get_running_loop()
    began = loop.time()
    await take(there, 1)
    lost = await there.event("LEASE_LOST")
    same((lost.deliveries, lost.answers), ([(1, 1)], 0), "LEASE_LOST")
    check(loop.time() - began >= 0.9, f"after {loop.time() - began:.2f} s")
    again = await there.delivery()
    same((again.number, again.deliveries, again.failures), (2, 2, 1), "DELIVER")
    there.ack(1)
    same(await answers(there, {1}), {1: "ACKED"}, "the ack for the older number")
    there.ack(2)
    same(await answers(there, {2}), {2: "LEASE_LOST"}, "the ack for what is gone")
    other = await receiver(connection)
    other.add(mailbox)
    same((await other.event("ADDED")).waiting, 0, "waiting")


@case("6.7", slow=True)
async def lease_of_another(lab):
    """an ack comes too late when another receiver holds it, and gives its credit back"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"hi")
    first = await receiver(connection, mailbox, lease_millis=1000, credit=(1, 1000))
    await take(first, 1)
    other = await receiver(await lab.connect(), mailbox)
    again = await other.delivery()
    same((again.number, again.deliveries, again.failures), (1, 2, 1), "DELIVER")
    first.ack(1)
    same(await answers(first, {1}), {1: "LEASE_LOST"})
    other.ack(1)
    same(await answers(other, {1}), {1: "ACKED"})
    other.remove(mailbox)
    await other.event("REMOVED")
    await stored(connection, mailbox, b"more")
    same(payloads(await take(first, 1)), [b"more"], "the ack gave its credit back")


@case("6.7", slow=True)
async def extend(lab):
    """EXTEND makes a lease longer; where it has ended, the answer is LEASE_LOST"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1", b"2")
    there = await receiver(connection, mailbox, lease_millis=1000)
    await take(there, 2)
    there.extend(1, lease_millis=20_000)
    lost = await there.event("LEASE_LOST")
    same((lost.deliveries, lost.answers), ([(2, 2)], 0), "LEASE_LOST")
    await take(there, 1)
    there.extend(1, 2, lease_millis=VARINT_MAX)
    while (told := await there.event("LEASE_LOST")).answers == 0:
        pass
    same((told.deliveries, told.answers), ([(2, 2)], 46), "LEASE_LOST as an answer")
    await asyncio.sleep(2)
    there.ack(1)
    same(await answers(there, {1}), {1: "ACKED"})


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


@case("6.7", slow=True)
async def credit_after_lease(lab):
    """a lease that ends gives no credit back, NACK of it then does"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1", b"2")
    there = await receiver(connection, mailbox, lease_millis=1000, credit=(1, 100_000))
    await take(there, 1)
    same((await there.event("LEASE_LOST")).answers, 0, "answers")
    await nothing_comes(there.deliveries, 1)
    there.nack(1)
    same((await there.delivery()).number, 2, "delivery number")


@case("6.7", slow=True)
async def shorten(lab):
    """EXTEND may also make a lease shorter, down to the relay's least"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1")
    there = await receiver(connection, mailbox, lease_millis=HOUR, credit=(1, 100_000))
    await take(there, 1)
    there.extend(1, lease_millis=0)
    same((await there.event("LEASE_LOST")).answers, 0, "answers")


@case("6.7", slow=True)
async def silent_holder(lab):
    """when no PONG comes at a lease's end, the connection is lost, and no failure is counted"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"hi")
    gone = await lab.connect()
    there = await receiver(gone, mailbox, lease_millis=2000)
    await take(there, 1)
    gone.vanish()
    other = await receiver(connection, mailbox)
    again = await other.delivery(timeout=60)
    same((again.deliveries, again.failures), (2, 0), "counts")


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
async def held(lab):
    """HOLD after a lost connection: what is held stays leased, the rest is given out again"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, *[b"%d" % n for n in range(1, 11)])
    there = await receiver(connection, mailbox)
    await take(there, 10)
    there.ack(1, 2)
    await answers(there, {1, 2})
    connection.quit(99)
    connection = await lab.connect()
    there.held -= {7, 8}
    told = await there.attach(connection)
    same((told.resumed, told.next), (1, 11), "SUBSCRIBED")
    same(sorted(there.still_held), [3, 4, 5, 6, 9, 10], "HELD")
    again = await take(there, 2)
    same(payloads(again), [b"7", b"8"], "what was not held")
    same(numbers(again), [11, 12], "delivery numbers")
    same({(d.deliveries, d.failures) for d in again}, {(2, 0)}, "counts")
    there.ack(1, 3, 4, 7)
    told = await answers(there, {1, 3, 4, 7})
    same({n: told[n] for n in (1, 3, 4)}, dict.fromkeys([1, 3, 4], "ACKED"))
    there.ack(5, 6, 9, 10, 11, 12)
    await answers(there, {5, 6, 9, 10, 11, 12})
    await nothing_comes(there.deliveries, 0.3)


@case("6.7")
async def held_counts_for_credit(lab):
    """on a new stream what HELD lists is counted for the credit, and nothing else"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, *[b"hi"] * 10)
    there = await receiver(connection, mailbox, credit=(4, 100_000))
    await take(there, 4)
    connection.quit(0)
    there.held -= {4}
    await there.attach(await lab.connect())
    same(sorted(there.still_held), [1, 2, 3], "HELD")
    same(numbers(await take(there, 1)), [5], "delivery number")
    await nothing_comes(there.deliveries, 0.5)


@case("6.7")
async def journey(lab):
    """fifteen lost connections with deliveries and acks under way: all acked once, none failed"""
    mailbox, wanted = box(), {b"%d" % n for n in range(300)}
    sender = await lab.connect()
    await stored(sender, mailbox, *sorted(wanted))
    there = await receiver(await lab.connect(), mailbox, credit=(40, 100_000))
    done = {}
    for turn in range(15):
        for _ in range(15):
            try:
                delivery = await there.delivery(timeout=0.5)
            except TimeoutError:
                break
            same(delivery.failures, 0, "failures")
            check(done.get(delivery.payload(), 0) not in there.acked, "acked, and came again")
            done[delivery.payload()] = delivery.number
            there.ack(delivery.number)
        connection = there.stream.connection
        connection.vanish() if turn % 3 else connection.quit(99)
        await there.attach(await lab.connect())
    while len(done) < len(wanted) or there.acking:
        while there.acking and there.deliveries.empty():
            await there.event("ACKED", "LEASE_LOST", "ADDED", "CAUGHT_UP")
        if len(done) < len(wanted) or there.deliveries.qsize():
            delivery = await there.delivery()
            same(delivery.failures, 0, "failures")
            done[delivery.payload()] = delivery.number
            there.ack(delivery.number)
    same(set(done), wanted, "payloads")
    same(there.stream.connection.closed.done(), False, "closed")


@case("6.7")
async def takeover(lab):
    """a newer stream takes over the leases, the older ends with taken_over"""
    connection, mailbox, id = await lab.connect(), box(), secrets.token_bytes(16)
    await stored(connection, mailbox, b"1", b"2", b"3")
    older = fetch_stream(connection, id, opening=5)
    await older.next("SUBSCRIBED")
    older.send("ADD", mailbox=0, name=mailbox)
    for _ in range(5):
        await older.next("ADDED", "DELIVER", "CAUGHT_UP")
    other = await lab.connect()
    for opening in (5, 4, 0):
        await refuses(fetch_stream(other, id, opening=opening), "taken_over")
    older.send("ACK", deliveries=[(1, 1)])
    await older.next("ACKED")
    newer = fetch_stream(other, id, opening=6, known=3, hold=1)
    newer.send("HOLD", deliveries=[(1, 2)])
    told = await newer.next("SUBSCRIBED")
    same((told.resumed, told.next, told.held), (1, 4, 1), "SUBSCRIBED")
    same((await newer.next("HELD")).deliveries, [(2, 2)], "HELD")
    await refuses(older, "taken_over")
    newer.send("ADD", mailbox=0, name=mailbox)
    same((await newer.next("ADDED")).waiting, 2, "waiting")
    again = await newer.next("DELIVER")
    same((again.delivery, again.deliveries, again.failures), (4, 2, 0), "DELIVER")
    await unharmed(connection)


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
async def exclusive_after_loss(lab):
    """leases of an exclusive receiver whose connection was lost end for the next exclusive one"""
    connection, mailbox, other_box = await lab.connect(), box(), box()
    await stored(connection, mailbox, b"1", b"2")
    await stored(connection, other_box, b"3", b"4")
    lost = await lab.connect()
    first = await receiver(lost, mailbox, other_box, exclusive=True)
    await take(first, 4)
    lost.quit(99)
    second = await receiver(connection, mailbox, exclusive=True)
    came = await take(second, 2)
    same({(d.payload(), d.failures) for d in came}, {(b"1", 0), (b"2", 0)}, "deliveries")
    # Its stream has ended, so it is no receiver any more, though its leases run on.
    shared = await receiver(connection, other_box)
    same((await shared.event("CAUGHT_UP")).last, 0, "what is leased to the lost one")


@case("6.2")
async def lost_streams(lab):
    """a FETCH stream that is reset, or ended by ERROR, counts as lost: its leases wait for it"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1", b"2")
    there = await receiver(connection, mailbox)
    await take(there, 2)
    there.stream.send("ACK", deliveries=[(1, 7)])
    try:
        while True:
            await there.event()
    except RelayError as error:
        same(error.code, "bad_number")
    told = await there.attach(connection)
    same((told.resumed, sorted(there.still_held)), (1, [1, 2]), "after ERROR")
    there.stream.reset(1)
    told = await there.attach(connection)
    same((told.resumed, sorted(there.still_held)), (1, [1, 2]), "after a reset")
    there.stream.stop(1)
    await asyncio.sleep(0.2)
    told = await there.attach(connection)
    same((told.resumed, sorted(there.still_held)), (1, [1, 2]), "after STOP_SENDING")
    there.ack(1, 2)
    same(await answers(there, {1, 2}), {1: "ACKED", 2: "ACKED"})


@case("6.7")
async def sharing(lab):
    """shared receivers get each envelope once among them"""
    connection, mailbox = await lab.connect(), box()
    receivers = [await receiver(await lab.connect(), mailbox, credit=(30, 100_000)) for _ in range(3)]
    await stored(connection, mailbox, *[b"%d" % n for n in range(90)])
    came = [d for there in receivers for d in await take(there, 30)]
    same(len(set(payloads(came))), 90, "different payloads")


@case("6.6")
async def deadline(lab):
    """at its deadline a leased envelope is gone: no LEASE_LOST unasked, and acks come too late"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"hi", ttl_millis=1000)
    there = await receiver(connection, mailbox, lease_millis=10_000)
    check(1 <= (await there.delivery()).left_millis <= 1000, "left_millis")
    await there.event("CAUGHT_UP")
    await asyncio.sleep(1.5)
    same(there.events.qsize(), 0, "frames at the deadline")
    there.ack(1)
    same(await answers(there, {1}), {1: "LEASE_LOST"})


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
async def hold_rules(lab):
    """HOLD frames follow SUBSCRIBE at once: fewer, more or higher ones are refused"""
    connection = await lab.connect()
    early = fetch_stream(connection, known=5, hold=2)
    early.send("HOLD", deliveries=[(1, 1)])
    early.send("ADD", mailbox=0, name=box())
    await refuses(early, "wrong_state")
    late = fetch_stream(connection, known=5, hold=1)
    late.send("HOLD", deliveries=[(1, 1)])
    late.send("HOLD", deliveries=[(2, 2)])
    await refuses(late, "wrong_state")
    high = fetch_stream(connection, known=5, hold=1)
    high.send("HOLD", deliveries=[(1, 6)])
    await refuses(high, "bad_number")


@case("6.7")
async def known_beyond(lab):
    """where known is above what the relay gave out, numbers go on above it"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"1")
    there = await receiver(connection, mailbox)
    await take(there, 1)
    there.known = 100
    told = await there.attach(connection)
    same((told.resumed, told.next, there.still_held), (1, 101, [1]), "SUBSCRIBED")
    await stored(connection, mailbox, b"2")
    same(numbers(await take(there, 1)), [101], "delivery number")
    there.stream.send("ACK", deliveries=[(50, 50)])
    same(await answers(there, {50}), {50: "LEASE_LOST"}, "what was never given out")


@case("6.7", slow=True)
async def hold_in_time(lab):
    """HOLD frames that do not follow within 10 s end the stream with request_timeout"""
    connection = await lab.connect()
    fetch = fetch_stream(connection, known=5, hold=1)
    frame = await fetch.next(timeout=25)
    same((frame.frame, code_of(getattr(frame, "code", 0))), ("ERROR", "request_timeout"))


@case("6.7", slow=True)
async def lost_connection(lab):
    """leases of a lost connection run on for 30 s, then end without a failure"""
    connection, mailbox = await lab.connect(), box()
    await stored(connection, mailbox, b"hi")
    there = await receiver(connection, mailbox, lease_millis=60_000)
    await take(there, 1)
    brief = await receiver(connection, other_box := box(), lease_millis=5_000)
    await stored(connection, other_box, b"brief")
    await take(brief, 1)
    loop = asyncio.get_running_loop()
    connection.quit(99)
    began = loop.time()
    connection = await lab.connect()
    sooner = await receiver(connection, other_box)
    later = await receiver(connection, mailbox)
    again = await sooner.delivery(timeout=15)
    same((again.deliveries, again.failures), (2, 0), "counts at the lease's own end")
    check(3 <= loop.time() - began <= 15, f"after {loop.time() - began:.1f} s")
    again = await later.delivery(timeout=45)
    same((again.deliveries, again.failures), (2, 0), "counts")
    check(28 <= loop.time() - began <= 45, f"after {loop.time() - began:.1f} s")
    await asyncio.sleep(1)
    told = await there.attach(await lab.connect())
    same((told.resumed, told.next), (0, 2), "SUBSCRIBED")


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
