"""SEND streams: sections 6.3, 6.6 and 6.9."""

import asyncio
import secrets

import codec
from client import Outbox
from codec import VARINT_MAX, Envelope, encode
from lab import *
from test_codec import cases as vectors
from test_codec import inputs


@case("6.6")
async def pipelined(lab):
    """2,000 SENDs without waiting get their receipts in order, and arrive in order"""
    connection, mailbox = await lab.connect(), box()
    stream = send_stream(connection)
    payloads = [str(number).encode() for number in range(1, 2001)]
    for number, payload in enumerate(payloads, 1):
        put(stream, number, codec.message(mailbox, payload))
    stream.finish()
    same(set(await receipts(stream, range(1, 2001))), {"stored"})
    try:
        raise Failed(f"{await stream.next()} after the last receipt")
    except Ended:
        pass
    there = await receiver(connection, mailbox, credit=(3000, 3_000_000))
    came = await take(there, 2000)
    same([d.payload() for d in came], payloads, "deliveries")
    same([d.number for d in came], list(range(1, 2001)), "delivery numbers")


@case("6.6")
async def same_durability(lab):
    """stored and duplicate name the durability of WELCOME or a stronger one"""
    connection = await lab.connect()
    stream = send_stream(connection)
    put(stream, 1, codec.message(box(), b"hi"))
    receipt = await stream.next("RECEIPT")
    same((receipt.outcome, receipt.durability), (0, connection.welcome.durability))


@case("6.6")
async def once(lab):
    """a number sent again on a newer stream is duplicate, also where it could not be stored now"""
    connection, mailbox, outbox = await lab.connect(), box(), secrets.token_bytes(16)
    brief = codec.message(mailbox, b"1", ttl_millis=200)
    first = send_stream(connection, outbox, opening=5)
    for number in (1, 2, 4):
        put(first, number, brief if number == 1 else codec.message(mailbox, b"%d" % number))
    same(await receipts(first, [1, 2, 4]), ["stored"] * 3)
    first.finish()
    await asyncio.sleep(0.3)
    again = send_stream(await lab.connect(), outbox, opening=6, tried=4, age=1000)
    put(again, 1, brief)
    put(again, 2, codec.message(mailbox, b"2"))
    put(again, 3, codec.message(mailbox, b"3"))
    put(again, 4, b"no envelope at all")
    put(again, 5, codec.message(mailbox, b"5"))
    same(
        await receipts(again, [1, 2, 3, 4, 5]),
        ["duplicate", "duplicate", "stored", "duplicate", "stored"],
    )
    there = await receiver(connection, mailbox)
    same([d.payload() for d in await take(there, 4)], [b"2", b"4", b"3", b"5"], "deliveries")
    await nothing_comes(there.deliveries, 0.5)


@case("6.6")
async def reconnecting(lab):
    """an outbox that loses its connection ten times stores each envelope once, and in order"""
    outbox, mailbox = Outbox(), box()
    for turn in range(10):
        connection = await lab.connect()
        outbox.attach(connection)
        for _ in range(100):
            outbox.send(codec.message(mailbox, b"%d" % (outbox.last + 1)))
        await asyncio.sleep(0.02 * (turn % 3))
        connection.vanish() if turn % 2 else connection.quit(99)
    connection = await lab.connect()
    outbox.attach(connection)
    for number in range(1, 1001):
        check(word(await outbox.receipt(number)) in ("stored", "duplicate"), f"number {number}")
    same(outbox.unsettled, {}, "unsettled")
    there = await receiver(connection, mailbox, credit=(2000, 2_000_000))
    came = [d.payload() for d in await take(there, 1000)]
    same(came, [b"%d" % n for n in range(1, 1001)], "deliveries")


@case("6.6")
async def numbers(lab):
    """numbers may be left out; one that goes back, comes twice or is 0 is bad_number"""
    connection = await lab.connect()
    for sent in ([3, 7, 7], [5, 4], [0], [VARINT_MAX, 1]):
        stream, mailbox = send_stream(connection), box()
        for number in sent:
            put(stream, number, codec.message(mailbox, b"hi"))
        owed = await refuses(stream, "bad_number")
        total = sum(frame.more + 1 for frame in owed)
        same({word(frame) for frame in owed} | {"stored"}, {"stored"}, "what was owed")
        same(total, len(sent) - 1, "receipts before ERROR")
    await unharmed(connection)


@case("6.6")
async def opening(lab):
    """the stream with the larger opening takes over, one with no larger is taken_over itself"""
    connection, other = await lab.connect(), await lab.connect()
    outbox, mailbox = secrets.token_bytes(16), box()
    first = send_stream(connection, outbox, opening=10)
    put(first, 1, codec.message(mailbox, b"1"))
    same(await receipts(first, [1]), ["stored"])
    for smaller in (10, 9, 0):
        await refuses(send_stream(other, outbox, opening=smaller), "taken_over")
    put(first, 2, codec.message(mailbox, b"2"))
    same(await receipts(first, [2]), ["stored"])
    second = send_stream(other, outbox, opening=11, tried=2, age=100)
    put(second, 2, codec.message(mailbox, b"2"))
    put(second, 3, codec.message(mailbox, b"3"))
    same(await receipts(second, [2, 3]), ["duplicate", "stored"])
    await refuses(first, "taken_over")
    third = send_stream(other, outbox, opening=VARINT_MAX, tried=3, age=100)
    await refuses(second, "taken_over")
    third.finish()
    await refuses(send_stream(other, outbox, opening=VARINT_MAX), "taken_over")
    await unharmed(connection)


@case("6.6")
async def taken_over_after_receipts(lab):
    """the older stream gets its receipts before taken_over, and nothing is stored twice"""
    connection, other = await lab.connect(), await lab.connect()
    outbox, mailbox = secrets.token_bytes(16), box()
    first = send_stream(connection, outbox, opening=1)
    for number in range(1, 501):
        put(first, number, codec.message(mailbox, b"%d" % number))
    second = send_stream(other, outbox, opening=2, tried=500, age=100)
    for number in range(1, 501):
        put(second, number, codec.message(mailbox, b"%d" % number))
    words = set(await receipts(second, range(1, 501)))
    check(words <= {"stored", "duplicate"}, f"{words}")
    owed = await refuses(first, "taken_over")
    check({word(frame) for frame in owed} <= {"stored", "duplicate"}, "receipts of the older")
    there = await receiver(connection, mailbox, credit=(1000, 1_000_000))
    came = [d.payload() for d in await take(there, 500)]
    same(came, [b"%d" % n for n in range(1, 501)], "deliveries")
    await nothing_comes(there.deliveries, 0.5)


@case("6.6")
async def unknown_outbox(lab):
    """an unknown outbox that was tried 5 minutes ago or longer ends in outcome_unknown"""
    connection = await lab.connect()
    for age in (300_000, HOUR, VARINT_MAX):
        mailbox = box()
        stream = send_stream(connection, tried=3, age=age)
        put(stream, 3, codec.message(mailbox, b"hi"))
        same(await refuses(stream, "outcome_unknown"), [], "what was carried out")
        there = await receiver(connection, mailbox)
        same((await there.event("CAUGHT_UP")).last, 0, "deliveries")
    for tried, age in ((3, 299_999), (0, HOUR)):
        stream = send_stream(connection, tried=tried, age=age)
        put(stream, 3, codec.message(box(), b"hi"))
        same(await receipts(stream, [3]), ["stored"])


@case("6.6")
async def far_back(lab):
    """only the 65,536 numbers up to the highest taken are told apart"""
    connection, mailbox, outbox = await lab.connect(), box(), secrets.token_bytes(16)
    first = send_stream(connection, outbox, opening=1)
    for number in (1, 100_000):
        put(first, number, codec.message(mailbox, b"hi"))
    same(await receipts(first, [1, 100_000]), ["stored"] * 2)
    again = send_stream(connection, outbox, opening=2, tried=100_000, age=100)
    numbers = [1, 2, 34_464, 34_465, 99_999, 100_000, 100_001]
    for number in numbers:
        put(again, number, codec.message(mailbox, b"hi"))
    same(
        await receipts(again, numbers),
        ["outcome_unknown"] * 3 + ["stored"] * 2 + ["duplicate", "stored"],
    )


@case("6.6")
async def remembering(lab):
    """any remember_millis is brought within the relay's limits"""
    connection = await lab.connect()
    for millis in (0, VARINT_MAX):
        stream = send_stream(connection, remember=millis)
        put(stream, 1, codec.message(box(), b"hi"))
        same(await receipts(stream, [1]), ["stored"])


@case("6.6")
async def refusals(lab):
    """what is wrong with one envelope refuses it alone, in the order of the checks"""
    connection = await lab.connect()
    good = Envelope.decode(codec.message("bob", b"hi"))

    def changed(**fields):
        return Envelope(**(good.__dict__ | {"clear": b""} | fields))

    def raw(**fields):
        """Not checked by our own codec."""
        mailbox = fields.pop("raw_mailbox").encode()
        return good.encode().replace(b"\x03bob", codec.sized(mailbox))

    key = "key:" + "00" * 32
    longest = connection.welcome.ttl_millis_max
    tries = [
        (b"", "envelope_size"),
        (b"\x01", "malformed_envelope"),
        (raw(raw_mailbox=""), "malformed_envelope"),
        (raw(raw_mailbox="a" * 256), "malformed_envelope"),
        (raw(raw_mailbox="a\nb"), "invalid_mailbox"),
        (raw(raw_mailbox="a\u0085b"), "invalid_mailbox"),
        (changed(mailbox=key).encode(), "invalid_mailbox"),
        (changed(mailbox="key:bob").encode(), "invalid_mailbox"),
        (changed(flags=codec.LIVE_ONLY, ttl_millis=0).encode(), "not_supported"),
        (changed(not_before_millis=1).encode(), "not_supported"),
        (changed(collapse_key=b"x").encode(), "not_supported"),
        (changed(ttl_millis=longest + 1).encode(), "invalid_ttl"),
        (changed(ttl_millis=longest, mailbox=box()).encode(), "stored"),
    ]
    stream = send_stream(connection)
    for number, (envelope, _) in enumerate(tries, 1):
        put(stream, number, envelope)
    same(await receipts(stream, range(1, len(tries) + 1)), [expected for _, expected in tries])


@case("6.6")
async def ages(lab):
    """the deadline is the arrival plus TTL minus age: at or past it is expired"""
    connection, mailbox = await lab.connect(), box()
    stream = send_stream(connection)
    for number, age in enumerate((1000, 1001, VARINT_MAX, 0), 1):
        put(stream, number, codec.message(mailbox, b"hi", ttl_millis=1000), age=age)
    put(stream, 5, codec.message(mailbox, b"old", ttl_millis=HOUR), age=HOUR - 60_000)
    same(await receipts(stream, range(1, 6)), ["expired"] * 3 + ["stored"] * 2)
    await asyncio.sleep(1.2)
    there = await receiver(connection, mailbox)
    old = await there.delivery()
    same(old.payload(), b"old", "what is left after the TTL of the other")
    check(30_000 < old.left_millis <= 60_000, f"{old.left_millis} ms left")


@case("6.6")
async def refused_is_no_wait(lab):
    """a refusal that is not retryable does not hold up later numbers for the mailbox"""
    connection, mailbox = await lab.connect(), box()
    stream = send_stream(connection)
    put(stream, 1, codec.message(mailbox, b"hi", ttl_millis=1), age=5)
    put(stream, 2, codec.message(mailbox, b"hi"))
    same(await receipts(stream, [1, 2]), ["expired", "stored"])
    put(stream, 1, codec.message(mailbox, b"hi"))
    await refuses(stream, "bad_number")


@case("6.6")
async def full_mailbox(lab):
    """mailbox_full, after_refused, GIVE_UP, sending again, and window_exceeded"""
    connection, mailbox, elsewhere = await lab.connect(), box(), box()
    stream, hi = send_stream(connection), codec.message(mailbox, b"hi")
    window = connection.welcome.send_envelopes
    last = 0
    while last < 100_000:
        numbers = range(last + 1, min(last + window, 100_000) + 1)
        stream.write(b"".join(encode("SEND", number=n, age_millis=0, envelope=hi) for n in numbers))
        same(set(await receipts(stream, numbers, timeout=60)), {"stored"})
        last = numbers[-1]
    full = range(100_001, 100_004)
    for number in full:
        put(stream, number, hi)
    put(stream, 100_004, codec.message(elsewhere, b"hi"))
    same(
        await receipts(stream, range(100_001, 100_005)),
        ["mailbox_full", "after_refused", "after_refused", "stored"],
    )
    # The higher one alone does not come before the lower one; given up, the lower is no hindrance.
    put(stream, 100_002, hi)
    same(await receipts(stream, [100_002]), ["after_refused"])
    there = await receiver(connection, mailbox, credit=(2, 10_000))
    there.ack(*[d.number for d in await take(there, 2)])
    await answers(there, {1, 2})
    there.set_credit(0, 0)
    put(stream, 100_002, hi)
    same(await receipts(stream, [100_002]), ["after_refused"])
    stream.send("GIVE_UP", numbers=[(100_001, 100_001), (200_000, VARINT_MAX)])
    put(stream, 100_002, hi)
    put(stream, 100_003, hi)
    same(await receipts(stream, [100_002, 100_003]), ["stored"] * 2)
    # What stands refused counts for the window.
    refused = range(100_005, 100_005 + window)
    stream.write(b"".join(encode("SEND", number=n, age_millis=0, envelope=hi) for n in refused))
    words = await receipts(stream, refused, timeout=60)
    same(words, ["mailbox_full"] + ["after_refused"] * (window - 1))
    put(stream, refused[0], hi)
    same(await receipts(stream, [refused[0]]), ["mailbox_full"])
    put(stream, refused[-1] + 1, codec.message(elsewhere, b"hi"))
    same(await refuses(stream, "window_exceeded"), [], "what was owed")
    await unharmed(connection)


@case("6.6")
async def ignored_window(lab):
    """who sends more than the window without waiting is served or told window_exceeded, no more"""
    connection, mailbox = await lab.connect(), box()
    window = connection.welcome.send_envelopes
    stream, hi = send_stream(connection), codec.message(mailbox, b"hi")
    count = 3 * window
    sent = (encode("SEND", number=n, age_millis=0, envelope=hi) for n in range(1, count + 1))
    stream.write(b"".join(sent))
    large = send_stream(connection)
    for number in range(1, 2 + connection.welcome.send_bytes // 1_000_000):
        put(large, number, codec.message(mailbox, bytes(1_000_000)))
    for one, most in ((stream, count), (large, number)):
        answered = 0
        while answered < most:
            frame = await one.next(timeout=60)
            if frame.frame == "ERROR":
                same(code_of(frame.code), "window_exceeded", "code")
                break
            same(word(frame), "stored", "receipt")
            answered += frame.more + 1
    await unharmed(connection)


@case("6.6")
async def give_up(lab):
    """GIVE_UP of what was never sent, or has its receipt, changes nothing"""
    connection, mailbox = await lab.connect(), box()
    stream = send_stream(connection)
    stream.send("GIVE_UP", numbers=[(1, VARINT_MAX)])
    put(stream, 1, codec.message(mailbox, b"hi"))
    stream.send("GIVE_UP", numbers=[(1, 2)])
    put(stream, 2, codec.message(mailbox, b"hi"))
    same(await receipts(stream, [1, 2]), ["stored", "stored"])


@case("6.2")
async def ends(lab):
    """a stream's end between frames is answered to the last receipt, within one is malformed"""
    connection, mailbox = await lab.connect(), box()
    stream = send_stream(connection)
    put(stream, 1, codec.message(mailbox, b"hi"))
    cut = encode("SEND", number=2, age_millis=0, envelope=codec.message(mailbox, b"2"))[:-1]
    stream.write(cut, end=True)
    owed = await refuses(stream, "malformed_frame", finished=True)
    same([word(frame) for frame in owed], ["stored"], "what was owed")
    empty = send_stream(connection)
    empty.finish()
    try:
        raise Failed(f"{await empty.next()} to a stream without SENDs")
    except Ended:
        pass
    nothing = connection.open()
    nothing.finish()
    try:
        raise Failed(f"{await nothing.next()} to a stream without a first frame")
    except Ended:
        pass
    await unharmed(connection)


@case("3")
async def largest(lab):
    """an envelope of 10,000,000 bytes goes and comes; one more is envelope_size"""
    connection, mailbox = await lab.connect(), box()
    spare = 10_000_000 - len(codec.message(mailbox, b"", id="x", timestamp=1)) - 3
    payload = bytes(spare)
    envelope = codec.message(mailbox, payload, id="x", timestamp=1)
    same(len(envelope), 10_000_000, "bytes")
    stream = send_stream(connection)
    put(stream, 1, envelope + b"x")
    put(stream, 2, envelope)
    same(await receipts(stream, [1, 2], timeout=60), ["envelope_size", "stored"])
    there = await receiver(connection, mailbox, credit=(1, 1))
    check((await there.delivery(timeout=60)).envelope == envelope, "the bytes differ")


@case("vectors")
async def envelopes(lab):
    """v1-envelopes.txt: each that the relay supports is stored and delivered byte for byte"""
    connection = await lab.connect()
    stream, number = send_stream(connection), 0
    there = await receiver(connection, credit=(10_000, 10_000_000))
    for one in vectors("v1-envelopes.txt"):
        if "whole" not in one:
            continue
        envelope, number = bytes.fromhex(one["whole"]), number + 1
        read = Envelope.decode(envelope)
        odd = read.flags & codec.LIVE_ONLY or read.not_before_millis or read.collapse_key
        long = read.ttl_millis > connection.welcome.ttl_millis_max
        if read.ttl_millis < 1000:
            continue  # it may expire on the way
        if read.mailbox.startswith("key:"):
            continue  # the keys there are made up: a relay may see that or not
        elif odd:
            expected = "not_supported"
        else:
            expected = "invalid_ttl" if long else "stored"
        put(stream, number, envelope)
        same(await receipts(stream, [number]), [expected], one["case"])
        if expected == "stored":
            if read.mailbox not in there.names:
                there.add(read.mailbox)
            while (came := await there.delivery()).envelope != envelope:
                pass
            there.ack(came.number)


@case("vectors")
async def refused_envelopes(lab):
    """v1-refused.txt: kind envelope is malformed_envelope in its receipt, kind body is stored"""
    connection = await lab.connect()
    stream, sent, expected = send_stream(connection), [], []
    for one in vectors("v1-refused.txt"):
        if one["kind"] in ("envelope", "body"):
            for data in inputs(one):
                sent.append(len(sent) + 1)
                put(stream, sent[-1], data)
                code = one["error"] if data else "envelope_size"
                expected.append((one["case"], "stored" if one["kind"] == "body" else code))
    words = await receipts(stream, sent)
    for (name, code), found in zip(expected, words):
        same(found, code, name)
