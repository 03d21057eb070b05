"""Leases and subscriptions that outlive their stream: section 6.7."""

import asyncio
import secrets

from connection import RelayError
from codec import VARINT_MAX
from lab import *


@case("6.7")
async def nack(lab):
    """NACK gives it out again at once or after its delay, and counts a failure"""
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
    """a lease that ends by time counts a failure, and a late ack still removes"""
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
