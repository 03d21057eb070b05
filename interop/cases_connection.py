"""Connection and control stream: sections 2, 6.2, 6.3 and 6.5."""

import asyncio
import secrets

import codec
from connection import Lost, Reset
from codec import VARINT_MAX, encode, frame_of
from lab import *
from test_codec import cases as vectors
from test_codec import inputs


def hello(**fields):
    return encode("HELLO", **(dict(client_id="", features=0, identity=b"", token=b"") | fields))


async def control(lab, data, end=False):
    """A connection whose control stream begins with these bytes."""
    connection = await lab.dial()
    stream = connection.control = connection.open()
    stream.write(data, end)
    return connection


@case("6.5")
async def welcome(lab):
    """WELCOME carries names, durability, a fresh nonce and the limits"""
    first, second = await lab.connect(), await lab.connect()
    told = first.welcome
    same(told.durability, 1, "durability")
    same(told.features, 0, "features")
    check(told.nonce != second.welcome.nonce, "the nonce is the same twice")
    same(told.envelope_bytes_max, 10_000_000, "envelope_bytes_max")
    check(told.lease_millis_min <= told.lease_millis_max, "the leases' limits")
    check(told.remember_millis_max >= 600_000, "remember_millis_max")


@case("6.5")
async def features(lab):
    """unknown features are ignored, and a token that nobody asked for"""
    connection = await control(lab, hello(features=VARINT_MAX, token=bytes(4096)))
    same((await connection.control.next("WELCOME")).features, 0, "features")


@case("6.3")
async def later_hello(lab):
    """HELLO may have bytes left over, which a later version explains"""
    data = hello()[1:] + b"later"
    connection = await control(lab, codec.sized(data))
    await connection.control.next("WELCOME")


@case("6.3")
async def pieces(lab):
    """frames may come byte by byte, with lengths and types in longer forms"""
    connection = await control(lab, b"")
    longer = bytes.fromhex("8000000a4007c000000000000001")
    for byte in hello() + longer:
        connection.control.write(bytes([byte]))
        await asyncio.sleep(0.001)
    await connection.control.next("WELCOME")
    same((await connection.control.next("PONG")).opaque, 1, "opaque")


@case("7")
async def highest_version(lab):
    """of the versions that a client offers, the relay takes the highest"""
    connection = await lab.dial(alpn=["qight"])
    same(connection._quic.tls.alpn_negotiated, "qight", "ALPN")
    for offer in (["qight", "qight/1"], ["qight/1", "qight"], ["x", "qight/1"]):
        connection = await lab.dial(alpn=offer)
        same(connection._quic.tls.alpn_negotiated, "qight/1", "ALPN")


@case("2")
async def no_alpn(lab):
    """without an ALPN that the relay has, the handshake fails (0x178)"""
    try:
        await lab.dial(alpn=["qight/2"])
        raise Failed("it was connected")
    except Lost as lost:
        same(lost.args[:2], (False, 0x178), "the close")


@case("6.12")
async def early_data(lab):
    """what is sent with the first packet is carried out once, and a replay is taken_over"""
    connection = await lab.connect()
    while not connection.tickets:
        await asyncio.sleep(0.05)
    ticket, outbox, mailbox = connection.tickets[0], secrets.token_bytes(16), box()
    streams = []

    def early(opening):
        def write(connection):
            connection.control = connection.open()
            connection.control.write(hello())
            streams.append(send_stream(connection, outbox, opening=opening))
            put(streams[-1], 1, codec.message(mailbox, b"hi"))

        return write

    for opening, expected in ((1, "stored"), (2, "duplicate"), (2, "taken_over")):
        again = await lab.dial(session_ticket=ticket, early=early(opening))
        check(again.handshake.session_resumed, "the session was not resumed")
        offered = bool(ticket.max_early_data_size)
        same(again.handshake.early_data_accepted, offered, "early data accepted")
        await again.control.next("WELCOME")
        if expected == "taken_over":
            await refuses(streams[-1], expected)
        else:
            same(await receipts(streams[-1], [1]), [expected])
    there = await receiver(connection, mailbox)
    await take(there, 1)
    same((await there.event("CAUGHT_UP")).last, 1, "deliveries")


@case("6.12")
async def early_fetch(lab):
    """a FETCH stream among early data is held until the handshake is complete"""
    connection, mailbox = await lab.connect(), box()
    while not connection.tickets:
        await asyncio.sleep(0.05)
    await stored(connection, mailbox, b"hi")
    streams = []

    def early(connection):
        connection.control = connection.open()
        connection.control.write(hello())
        streams.append(fetch_stream(connection))
        streams[0].send("ADD", mailbox=0, name=mailbox)

    await lab.dial(session_ticket=connection.tickets[0], early=early)
    while (frame := await streams[0].next()).frame != "DELIVER":
        pass
    same(frame.delivery, 1, "delivery")


@case("6.2")
async def no_other_streams(lab):
    """the client may open bidirectional streams alone, and the relay opens none"""
    connection = await lab.connect()
    same(connection._quic._remote_max_streams_uni, 0, "unidirectional streams allowed")
    check(connection._quic._remote_max_streams_bidi >= 81, "bidirectional streams allowed")


@case("6.5")
async def ping(lab):
    """PING is answered with PONG of the same number"""
    connection = await lab.connect()
    for opaque in (0, 63, 64, VARINT_MAX):
        check(await connection.ping(opaque), f"no PONG for {opaque}")


@case("6.2", slow=True)
async def no_hello(lab):
    """no HELLO within 3 s closes the connection with request_timeout"""
    loop = asyncio.get_running_loop()

    async def silent(data):
        connection = await control(lab, data)
        began = loop.time()
        await closes(connection, "request_timeout")
        check(2.5 <= loop.time() - began, f"after {loop.time() - began:.1f} s")

    async def another_stream():
        connection = await lab.dial()
        connection.open()
        stream = send_stream(connection)
        put(stream, 1, codec.message(box(), b"hi"))
        await closes(connection, "request_timeout")

    await asyncio.gather(silent(b""), silent(hello()[:-1]), another_stream())


@case("6.2")
async def held_streams(lab):
    """streams that arrive before HELLO are held unread, and go on after it"""
    connection = await lab.dial()
    connection.control = connection.open()
    stream, mailbox = send_stream(connection), box()
    put(stream, 1, codec.message(mailbox, b"early"))
    fetch = fetch_stream(connection)
    fetch.send("ADD", mailbox=7, name=mailbox)
    wrong = connection.open()
    wrong.write(encode("PING", opaque=1))
    await asyncio.sleep(1)
    check(stream._arrived.empty() and fetch._arrived.empty(), "it was answered before HELLO")
    check(wrong._arrived.empty(), "it was refused before HELLO")
    connection.control.write(hello())
    await connection.control.next("WELCOME")
    same(await receipts(stream, [1]), ["stored"])
    while (frame := await fetch.next()).frame != "DELIVER":
        pass
    same(frame.mailbox, 7, "mailbox")
    await refuses(wrong, "wrong_state")


@case("6.5")
async def before_welcome(lab):
    """64 envelopes and a FETCH stream may travel with HELLO"""
    connection = await lab.dial()
    connection.control = connection.open()
    mailbox = box()
    connection.control.write(hello())
    stream = send_stream(connection)
    for number in range(1, 65):
        put(stream, number, codec.message(mailbox, b"hi"))
    fetch = fetch_stream(connection, credit_envelopes=64, credit_bytes=65_536)
    fetch.send("ADD", mailbox=0, name=mailbox)
    same(await receipts(stream, range(1, 65)), ["stored"] * 64)
    await connection.control.next("WELCOME")
    await fetch.next("SUBSCRIBED")
    await fetch.next("ADDED")


@case("6.2")
async def control_ends(lab):
    """the control stream's end closes the connection, with code 0"""
    connection = await lab.connect()
    connection.control.finish()
    await closes(connection, None)


@case("6.3")
async def control_ends_within_a_frame(lab):
    """the control stream's end within a frame is malformed_frame"""
    connection = await lab.connect()
    connection.control.write(encode("PING", opaque=1)[:-1], end=True)
    await closes(connection, "malformed_frame")


@case("6.3")
async def ignorable(lab):
    """types from 64 on are passed over on every kind of stream"""
    connection = await lab.connect()
    extra = frame_of(64, b"anything") + frame_of(65, b"") + frame_of(VARINT_MAX, bytes(65_000))
    connection.control.write(extra)
    await unharmed(connection)
    stream = send_stream(connection)
    stream.write(extra)
    put(stream, 1, codec.message(box(), b"hi"))
    stream.write(extra, end=True)
    same(await receipts(stream, [1]), ["stored"])
    fetch = fetch_stream(connection)
    await fetch.next("SUBSCRIBED")
    fetch.write(extra)
    fetch.send("ADD", mailbox=0, name=box())
    await fetch.next("ADDED")


@case("6.3")
async def unknown_below_64(lab):
    """unknown types below 64 are unknown_frame on every kind of stream"""
    for number in (0, 13, 15, 63):
        connection = await lab.connect()
        connection.control.write(frame_of(number, b"x"))
        await closes(connection, "unknown_frame")
    connection = await lab.connect()
    for number in (0, 21, 31, 49, 63):
        stream = send_stream(connection)
        stream.write(frame_of(number, b""))
        await refuses(stream, "unknown_frame")
        fetch = fetch_stream(connection)
        fetch.write(frame_of(number, b""))
        await refuses(fetch, "unknown_frame")
    await unharmed(connection)


@case("6.3")
async def too_large(lab):
    """a frame above its limit is frame_too_large at once, before its bytes"""
    connection = await lab.connect()
    limits = [(17, 10_000_064 + 1), (18, 65_537), (64, 65_537), (17, VARINT_MAX)]
    for number, length in limits:
        stream = send_stream(connection)
        stream.write(codec.varint(length) + codec.varint(number))
        await refuses(stream, "frame_too_large")
    for number in (36, 43, 64):
        fetch = fetch_stream(connection)
        fetch.write(codec.varint(65_537) + codec.varint(number))
        await refuses(fetch, "frame_too_large")
    await unharmed(connection)
    connection.control.write(codec.varint(65_537) + codec.varint(7))
    await closes(connection, "frame_too_large")


@case("6.3")
async def malformed(lab):
    """bytes missing or left over in a frame are malformed_frame"""
    connection = await lab.connect()
    for data in (frame_of(17, b""), frame_of(18, b"\x01\x01"), frame_of(18, b"\x01\x01\x00\x00")):
        stream = send_stream(connection)
        put(stream, 1, codec.message(box(), b"hi"))
        stream.write(data)
        owed = await refuses(stream, "malformed_frame")
        same([word(frame) for frame in owed], ["stored"], "what was owed")
    for data in (frame_of(36, b"\x00\x03bo"), frame_of(48, b"\x01"), frame_of(39, b"\x00\x00")):
        fetch = fetch_stream(connection)
        fetch.write(data)
        await refuses(fetch, "malformed_frame")
    await unharmed(connection)


@case("6.3", slow=True)
async def slow_frame(lab):
    """a frame that is not whole within 10 s is request_timeout"""
    connection = await lab.connect()
    began = asyncio.get_running_loop().time()
    streams = [send_stream(connection), fetch_stream(connection), connection.open()]
    streams[0].write(encode("GIVE_UP", numbers=[(1, 1)])[:-1])
    streams[1].write(encode("ADD", mailbox=0, name="bob")[:-1])
    streams[2].write(b"\x1f")
    for name, stream in zip(("send", "fetch", "first"), streams):
        try:
            while (frame := await stream.next(timeout=25)).frame != "ERROR":
                pass
        except TimeoutError:
            raise Failed(f"{name} stream: nothing came") from None
        same(code_of(frame.code), "request_timeout", f"{name} stream: code")
    check(asyncio.get_running_loop().time() - began >= 9, "it came too early")
    await unharmed(connection)
    connection.ping_no_more()
    connection.control.write(b"\x02")
    await closes(connection, "request_timeout", timeout=20)


@case("6.3", slow=True)
async def slow_reader(lab):
    """whose answers are not taken for 30 s gets slow_reader, and others go on"""
    connection = await lab.connect(max_stream_data=8_192)
    connection._quic._write_stream_limits = lambda *_, **__: None  # never allows more
    mailbox = box()
    other = await lab.connect()
    await stored(other, mailbox, *[bytes(1000)] * 100)
    fetch = fetch_stream(connection, credit_envelopes=1000)
    fetch.send("ADD", mailbox=0, name=mailbox)
    began = asyncio.get_running_loop().time()
    # ERROR cannot come where nothing is taken.
    number = await asyncio.wait_for(asyncio.shield(fetch.stopped), 60)
    same(code_of(number), "slow_reader", "the number in STOP_SENDING")
    try:
        while True:
            await fetch.next()
    except Reset as reset:
        same(code_of(reset.args[0]), "slow_reader", "the number in RESET_STREAM")
    check(asyncio.get_running_loop().time() - began >= 25, "it came too early")
    await unharmed(connection)


@case("6.2")
async def too_many_streams(lab):
    """the 17th SEND stream and the 65th FETCH stream of a connection are too_many_streams"""
    connection = await lab.connect()
    sends = [send_stream(connection) for _ in range(16)]
    for stream in sends:
        put(stream, 1, codec.message(box(), b"hi"))
        same(await receipts(stream, [1]), ["stored"])
    await refuses(send_stream(connection), "too_many_streams")
    fetches = [fetch_stream(connection) for _ in range(64)]
    for fetch in fetches:
        await fetch.next("SUBSCRIBED")
    await refuses(fetch_stream(connection), "too_many_streams")
    sends[0].finish()
    try:
        await sends[0].next()
    except Ended:
        pass
    put(again := send_stream(connection), 1, codec.message(box(), b"hi"))
    same(await receipts(again, [1]), ["stored"])


@case("6.2")
async def reset_streams(lab):
    """a client that resets or refuses a stream harms no other stream"""
    connection = await lab.connect()
    mailbox = box()
    for _ in range(40):
        stream = send_stream(connection)
        stream.write(b"\x40")
        stream.reset(7)
        fetch = fetch_stream(connection)
        fetch.send("ADD", mailbox=0, name=mailbox)
        fetch.reset(7)
        fetch.stop(7)
        await asyncio.sleep(0.01)
    await unharmed(connection)
    await stored(connection, mailbox, b"hi")
    other = await receiver(connection, mailbox)
    same((await other.delivery()).payload(), b"hi", "payload")


@case("6.9")
async def identity(lab):
    """a HELLO that claims what is no key is not let in"""
    connection = await control(lab, hello(identity=bytes(32)))
    await closes(connection, "not_proved")


@case("vectors")
async def refused_frames(lab):
    """v1-refused.txt, kind frame: each at the place where its type may stand, and alone"""
    connection = await lab.connect()
    for one in vectors("v1-refused.txt"):
        if one["kind"] != "frame":
            continue
        for data in inputs(one):
            stream = connection.open()
            stream.write(data, end=True)
            await told(one, refuses(stream, one["error"], True, ["wrong_state"]))
        if "bytes" not in one:
            continue
        for opened in (send_stream, fetch_stream):
            stream = opened(connection)
            stream.write(data, end=True)
            await told(one, refuses(stream, one["error"], True, ["wrong_state"]))
        if one["case"].startswith(("client-id", "identity", "token", "hello")):
            single = await control(lab, data, end=True)
            await told(one, closes(single, one["error"]))
    await unharmed(connection)


async def told(one, checking):
    try:
        return await checking
    except (Failed, TimeoutError) as failed:
        raise Failed(f"{one['case']}: {failed!r}") from None


@case("vectors")
async def refused_streams(lab):
    """v1-refused.txt, kinds control-stream, send-stream and fetch-stream"""
    connection = await lab.connect()
    for one in vectors("v1-refused.txt"):
        data = bytes.fromhex(one.get("bytes", ""))
        if one["kind"] == "control-stream":
            await told(one, closes(await control(lab, data), one["error"]))
        elif one["kind"] in ("send-stream", "fetch-stream"):
            # The vectors share one outbox id and one subscription id with one opening.
            for id in ("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf", "c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"):
                data = data.replace(bytes.fromhex(id), secrets.token_bytes(16))
            stream = connection.open()
            stream.write(data)
            owed = await told(one, refuses(stream, one["error"]))
            words = [word(frame) for frame in owed if frame.frame == "RECEIPT"]
            good = one["case"] in ("send-number-twice", "send-number-goes-back")
            same(words, ["stored"] * good, f"{one['case']}: what was owed")
    await unharmed(connection)
