"""A client of protocol version 1 on aioquic. README.md says how to run it.

Connection and Stream carry frames and know nothing of their meaning. Outbox and Subscription keep
what must survive a connection; `attach` gives them a new one.
"""

import argparse
import asyncio
import contextlib
import secrets
import socket
import sys
import time
from collections import deque
from dataclasses import dataclass

from aioquic.asyncio import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic import events

import codec
from codec import CODES, Frame, Refused

ALPN = "qight/1"
BAD_ANSWER = 105
PING_SECONDS = 10


class Gone(Exception):
    """What was waited for does not come: the stream or the connection has ended."""


class Ended(Gone):
    """The relay ended its side in order."""


class Reset(Gone):
    """The relay reset the stream; the argument is the code."""


class Lost(Gone):
    """The connection is closed: by the application or by the transport, a number and a reason."""

    def __init__(self, application, number, reason):
        super().__init__(application, number, reason)
        self.code = CODES.get(number, number) if application else f"transport {number:#x}"


class RelayError(Exception):
    """The relay's ERROR; `code` is a word of the error table."""

    def __init__(self, code, sentence):
        super().__init__(f"{code}: {sentence}")
        self.code = code


def code_of(number):
    return CODES.get(number, "not_allowed")


class Stream:
    """One stream: frames out, frames in."""

    def __init__(self, connection, stream_id):
        self.connection = connection
        self.id = stream_id
        self.stopped = asyncio.get_running_loop().create_future()
        self._frames = codec.Frames()
        self._arrived = asyncio.Queue()
        self._end = None

    def write(self, data, end=False):
        if not self.connection.closed.done() and not self.stopped.done():
            self.connection._quic.send_stream_data(self.id, data, end)
            self.connection._transmit_soon()

    def send(self, frame_name, /, **fields):
        self.write(codec.encode(frame_name, **fields))

    def finish(self):
        self.write(b"", end=True)

    def reset(self, number=0):
        self.connection._quic.reset_stream(self.id, number)
        self.connection._transmit_soon()

    def stop(self, number=0):
        self.connection._quic.stop_stream(self.id, number)
        self.connection._transmit_soon()

    async def next(self, *names, timeout=10):
        """The next frame, which must have one of these names, if any is given."""
        if self._end is not None and self._arrived.empty():
            raise self._end
        async with asyncio.timeout(timeout):
            frame = await self._arrived.get()
        if isinstance(frame, Gone):
            raise frame
        if frame.frame == "ERROR" and "ERROR" not in names and names:
            raise RelayError(code_of(frame.code), frame.sentence)
        if names and frame.frame not in names:
            raise Refused("wrong_state", f"{frame} in place of {' or '.join(names)}")
        return frame

    def _received(self, data, end):
        for frame in self._frames.feed(data):
            self._arrived.put_nowait(frame)
        if end:
            self._frames.end()
            self._over(Ended())

    def _over(self, why):
        if self._end is None:
            self._end = why
            self._arrived.put_nowait(why)


class Connection(QuicConnectionProtocol):
    """A connection; `closed` is a future of the Lost that tells its end."""

    def __init__(self, quic, **_):
        super().__init__(quic)
        self.closed = self._loop.create_future()
        self.streams = {}
        self.welcome = None
        self.goaway = self._loop.create_future()
        self.pongs = {}
        self._alive = self._loop.time()
        self._tasks = []

    def open(self):
        stream_id = self._quic.get_next_available_stream_id()
        # The id counts as taken only when something is written.
        self._quic.send_stream_data(stream_id, b"")
        stream = self.streams[stream_id] = Stream(self, stream_id)
        if self.welcome is not None:
            stream._frames.envelope_bytes_max = self.welcome.envelope_bytes_max
        return stream

    async def hello(self, client_id="interop", features=0, identity=b"", token=b""):
        """Says HELLO, waits for WELCOME and goes on reading the control stream."""
        self.control = self.open()
        self.control.send(
            "HELLO", client_id=client_id, features=features, identity=identity, token=token
        )
        self.welcome = await self.control.next("WELCOME")
        for stream in self.streams.values():
            stream._frames.envelope_bytes_max = self.welcome.envelope_bytes_max
        self._tasks = [asyncio.create_task(self._control()), asyncio.create_task(self._pings())]
        return self.welcome

    async def ping(self, opaque=None, timeout=10):
        """True if the PONG came in time."""
        opaque = secrets.randbits(62) if opaque is None else opaque
        pong = self.pongs[opaque] = self._loop.create_future()
        self.control.send("PING", opaque=opaque)
        done, _ = await asyncio.wait([pong, self.closed], timeout=timeout, return_when="FIRST_COMPLETED")
        self.pongs.pop(opaque, None)
        return pong in done

    def quit(self, number=0, reason=""):
        """Closes in the application's name (CONNECTION_CLOSE of type 0x1d)."""
        for task in self._tasks:
            task.cancel()
        self._quic.close(error_code=number, reason_phrase=reason)
        self.transmit()

    def vanish(self):
        """Never says anything again, as a client whose network is gone."""
        for task in self._tasks:
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self.transmit = self._transmit_soon = lambda: None
        self._transport.close()

    async def _control(self):
        with contextlib.suppress(Gone, asyncio.CancelledError):
            while True:
                frame = await self.control.next(timeout=None)
                if frame.frame == "PING":
                    self.control.send("PONG", opaque=frame.opaque)
                elif frame.frame == "PONG" and frame.opaque in self.pongs:
                    self.pongs.pop(frame.opaque).set_result(None)
                elif frame.frame == "LIMITS":
                    self.welcome.__dict__.update(frame.__dict__ | {"frame": "WELCOME"})
                elif frame.frame == "GOAWAY" and not self.goaway.done():
                    self.goaway.set_result(frame)

    async def _pings(self):
        with contextlib.suppress(asyncio.CancelledError):
            wait = min(PING_SECONDS, self.welcome.idle_millis / 3000)
            while True:
                await asyncio.sleep(max(0.1, self._alive + wait - self._loop.time()))
                if self._loop.time() - self._alive >= wait and not await self.ping():
                    return self.quit(102, "no PONG came")

    def quic_event_received(self, event):
        if isinstance(event, events.ConnectionTerminated):
            why = Lost(event.frame_type is None, event.error_code, event.reason_phrase)
            if not self.closed.done():
                self.closed.set_result(why)
            for stream in self.streams.values():
                stream._over(why)
            return
        stream = self.streams.get(getattr(event, "stream_id", None))
        if stream is None:
            return
        if isinstance(event, events.StreamDataReceived):
            self._alive = self._loop.time()
            try:
                stream._received(event.data, event.end_stream)
            except Refused as refused:
                self.quit(BAD_ANSWER, str(refused))
        elif isinstance(event, events.StreamReset):
            stream._over(Reset(event.error_code))
        elif isinstance(event, events.StopSendingReceived) and not stream.stopped.done():
            stream.stopped.set_result(event.error_code)


async def dial(address, certificate, alpn=(ALPN,), **settings):
    """A connection after its handshake; nothing is said on it yet."""
    host, _, port = address.rpartition(":")
    configuration = QuicConfiguration(alpn_protocols=list(alpn), server_name="localhost", **settings)
    configuration.load_verify_locations(cafile=certificate)
    loop = asyncio.get_running_loop()
    family, _, _, _, target = (
        await loop.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
    )[0]
    quic = QuicConnection(configuration=configuration)
    _, connection = await loop.create_datagram_endpoint(
        lambda: Connection(quic), family=family, local_addr=("::" if family == socket.AF_INET6 else "0.0.0.0", 0)
    )
    connection.connect(target)
    try:
        await connection.wait_connected()
    except ConnectionError:
        raise connection.closed.result() from None
    return connection


async def connect(address, certificate, client_id="interop"):
    connection = await dial(address, certificate)
    await connection.hello(client_id)
    return connection


def opening_after(last):
    return max(last + 1, time.time_ns() // 1_000_000)


@dataclass
class Sending:
    """An envelope of an outbox that is not settled."""

    envelope: bytes
    made: float
    sent: bool = False
    receipt: Frame | None = None

    def age_millis(self):
        return int((time.monotonic() - self.made) * 1000)


class Outbox:
    """Keeps envelopes until they are settled: stored, refused for good, unknown or given up."""

    def __init__(self, remember_millis=600_000):
        self.id = secrets.token_bytes(16)
        self.remember_millis = remember_millis
        self.opening = 0
        self.last = 0
        self.first_sent = None
        self.unsettled = {}
        self.receipts = {}
        self.stream = None
        self._way = deque()
        self._changed = asyncio.Condition()

    def attach(self, connection):
        """Opens a SEND stream and sends again what is not settled, lowest first."""
        if self.stream is not None:
            self._reader.cancel()
            self._writer.cancel()
        self.opening = opening_after(self.opening)
        age = 0 if self.first_sent is None else int((time.monotonic() - self.first_sent) * 1000)
        tried = max(self.receipts, default=0)
        tried = max([tried, *(n for n, s in self.unsettled.items() if s.sent)])
        self.stream = connection.open()
        self.stream.send(
            "OUTBOX",
            outbox=self.id,
            opening=self.opening,
            remember_millis=self.remember_millis,
            tried=tried,
            tried_age_millis=age,
        )
        self._ended = None
        self._way.clear()
        for sending in self.unsettled.values():
            sending.receipt = None
            sending.sent = False
        self.welcome = connection.welcome
        self._reader = asyncio.create_task(self._read(self.stream))
        self._writer = asyncio.create_task(self._write(self.stream))

    def send(self, envelope):
        """Gives the envelope the next number, and returns it."""
        self.last += 1
        self.unsettled[self.last] = Sending(envelope, time.monotonic())
        asyncio.ensure_future(self._wake())
        return self.last

    async def receipt(self, number, timeout=10):
        """The number's last receipt, once there is one."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(lambda: number in self.receipts or self._ended)
            if number not in self.receipts:
                raise self._ended
            return self.receipts[number]

    def again(self, *numbers):
        """Sends again what was refused as retryable."""
        for number in numbers:
            self.unsettled[number].receipt = None
            self.unsettled[number].sent = False
            self.receipts.pop(number, None)
        asyncio.ensure_future(self._wake())

    def give_up(self, *numbers):
        for number in numbers:
            del self.unsettled[number]
        self.stream.send("GIVE_UP", numbers=codec.ranges_of(numbers))

    async def _wake(self):
        async with self._changed:
            self._changed.notify_all()

    def _next(self):
        """The lowest number that may be sent now, within the window; None if there is none."""
        waiting = [s for s in self.unsettled.values() if s.sent]
        held = sum(len(s.envelope) for s in waiting if s.receipt is None)
        for number, sending in self.unsettled.items():
            if not sending.sent:
                fits = (
                    len(waiting) < self.welcome.send_envelopes
                    and held + len(sending.envelope) <= self.welcome.send_bytes
                )
                return number if fits or not waiting else None
        return None

    async def _write(self, stream):
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._next() is not None)
                while (number := self._next()) is not None:
                    sending = self.unsettled[number]
                    sending.sent = True
                    if self.first_sent is None:
                        self.first_sent = time.monotonic()
                    self._way.append(number)
                    stream.send(
                        "SEND",
                        number=number,
                        age_millis=sending.age_millis(),
                        envelope=sending.envelope,
                    )

    async def _read(self, stream):
        try:
            while True:
                frame = await stream.next("RECEIPT", timeout=None)
                async with self._changed:
                    for number in self._take(frame):
                        self._settle(number, frame)
                    self._changed.notify_all()
        except (Gone, RelayError, Refused) as why:
            self._ended = why
            self._writer.cancel()
            await self._wake()

    def _take(self, frame):
        """The numbers that a receipt speaks of: the next SENDs of the stream."""
        if frame.more >= len(self._way) or frame.first != self._way[0]:
            self.stream.connection.quit(BAD_ANSWER, "a receipt for what was not sent")
            raise Refused("bad_number", f"{frame}, but {list(self._way)[:5]} are on the way")
        return [self._way.popleft() for _ in range(frame.more + 1)]

    def _settle(self, number, frame):
        self.receipts[number] = frame
        sending = self.unsettled.get(number)
        if sending is None:
            return
        sending.receipt = frame
        name = codec.OUTCOMES[frame.outcome]
        if name != "refused" or code_of(frame.code) not in codec.RETRYABLE:
            del self.unsettled[number]


@dataclass
class Delivery:
    mailbox: str
    number: int
    left_millis: int
    deliveries: int
    failures: int
    envelope: bytes

    def payload(self):
        return codec.Body.decode(codec.Envelope.decode(self.envelope).body).payload


class Subscription:
    """One receiver's claim on mailboxes: its deliveries, and which of them are not answered."""

    def __init__(self, exclusive=False, lease_millis=30_000, credit=(1_000, 1_000_000)):
        self.id = secrets.token_bytes(16)
        self.exclusive = exclusive
        self.lease_millis = lease_millis
        self.credit = credit
        self.opening = 0
        self.stream = None
        self.known = 0
        self.held = set()
        self.acking = set()
        self.names = []
        self.acked = []
        self.events = asyncio.Queue()
        self.deliveries = asyncio.Queue()

    async def attach(self, connection, timeout=10):
        """Opens a FETCH stream, takes over what is still leased, and adds the mailboxes again."""
        if self.stream is not None:
            self._reader.cancel()
            self._forget_end()
        self.opening = opening_after(self.opening)
        self.stream = connection.open()
        ranges = codec.ranges_of(self.held)
        parts = [ranges[i : i + codec.RANGES_MAX] for i in range(0, len(ranges), codec.RANGES_MAX)]
        self.stream.send(
            "SUBSCRIBE",
            subscription=self.id,
            opening=self.opening,
            mode=int(self.exclusive),
            lease_millis=self.lease_millis,
            credit_envelopes=self.credit[0],
            credit_bytes=self.credit[1],
            known=self.known,
            hold=len(parts),
        )
        for part in parts:
            self.stream.send("HOLD", deliveries=part)
        self.subscribed = await self.stream.next("SUBSCRIBED", timeout=timeout)
        self._next = self.subscribed.next
        self.still_held = []
        for _ in range(self.subscribed.held):
            frame = await self.stream.next("HELD")
            self.still_held += codec.numbers_of(frame.deliveries)
        self.mailboxes = {}
        self._reader = asyncio.create_task(self._read(self.stream))
        if self.acking:
            self.ack(*self.acking)
        for name in self.names:
            self._add(name)
        return self.subscribed

    def add(self, name):
        self.names.append(name)
        return self._add(name)

    def remove(self, name):
        self.names.remove(name)
        number = next(n for n, known in self.mailboxes.items() if known == name)
        self.stream.send("REMOVE", mailbox=number)

    def ack(self, *numbers):
        self.acking.update(numbers)
        self._name("ACK", numbers)

    def nack(self, *numbers, delay_millis=0, dead=False, reason=""):
        self.held.difference_update(numbers)
        self._name("NACK", numbers, delay_millis=delay_millis, dead=int(dead), reason=reason)

    def extend(self, *numbers, lease_millis):
        self._name("EXTEND", numbers, lease_millis=lease_millis)

    def set_credit(self, envelopes, size):
        self.credit = (envelopes, size)
        self.stream.send("CREDIT", credit_envelopes=envelopes, credit_bytes=size)

    async def delivery(self, timeout=10):
        """The next delivery; what ended the stream is raised once the deliveries are taken."""
        async with asyncio.timeout(timeout):
            taken = await self.deliveries.get()
        if isinstance(taken, Exception):
            raise taken
        return taken

    async def event(self, *names, timeout=10):
        """The next frame of these names that is no DELIVER; others are passed over."""
        async with asyncio.timeout(timeout):
            while True:
                taken = await self.events.get()
                if isinstance(taken, Exception):
                    raise taken
                if not names or taken.frame in names:
                    return taken

    def _name(self, frame, numbers, **fields):
        ranges = codec.ranges_of(numbers)
        for at in range(0, len(ranges), codec.RANGES_MAX):
            self.stream.send(frame, deliveries=ranges[at : at + codec.RANGES_MAX], **fields)

    def _add(self, name):
        number = len(self.mailboxes)
        self.mailboxes[number] = name
        self.stream.send("ADD", mailbox=number, name=name)
        return number

    async def _read(self, stream):
        try:
            while True:
                self._take(await stream.next(timeout=None))
        except (Gone, RelayError, Refused) as why:
            self.deliveries.put_nowait(why)
            self.events.put_nowait(why)

    def _forget_end(self):
        """Keeps the deliveries that nobody took, and nothing else of the older stream."""
        left = [self.deliveries.get_nowait() for _ in range(self.deliveries.qsize())]
        for delivery in left:
            if isinstance(delivery, Delivery):
                self.deliveries.put_nowait(delivery)
        self.events = asyncio.Queue()

    def _take(self, frame):
        if frame.frame == "DELIVER":
            return self._deliver(frame)
        if frame.frame == "ACKED":
            self._answered(frame)
            self.acked += codec.numbers_of(frame.deliveries)
        elif frame.frame == "LEASE_LOST":
            if frame.answers == codec.TYPES["ACK"]:
                self._answered(frame)
        self.events.put_nowait(frame)
        if frame.frame == "ERROR":
            raise RelayError(code_of(frame.code), frame.sentence)

    def _answered(self, frame):
        self.held.difference_update(codec.numbers_of(frame.deliveries))
        self.acking.difference_update(codec.numbers_of(frame.deliveries))

    def _deliver(self, frame):
        if frame.delivery != self._next:
            self.stream.connection.quit(BAD_ANSWER, "not the next delivery number")
            raise Refused("bad_number", f"{frame} in place of delivery {self._next}")
        self.known = frame.delivery
        self._next += 1
        self.held.add(frame.delivery)
        self.deliveries.put_nowait(
            Delivery(
                self.mailboxes[frame.mailbox],
                frame.delivery,
                frame.left_millis,
                frame.deliveries,
                frame.failures,
                frame.envelope,
            )
        )


async def send(connection, mailbox):
    """Sends each line of standard input."""
    outbox = Outbox()
    outbox.attach(connection)
    lines = sys.stdin.buffer.read().splitlines()
    numbers = [outbox.send(codec.message(mailbox, line, "interop")) for line in lines]
    for number in numbers:
        receipt = await outbox.receipt(number)
        print(number, codec.OUTCOMES[receipt.outcome], getattr(receipt, "sentence", ""))
    outbox.stream.finish()


async def subscribe(connection, mailbox, follow):
    """Prints and acks what waits, and, to follow, what comes."""
    subscription = Subscription()
    await subscription.attach(connection)
    subscription.add(mailbox)
    caught_up = await subscription.event("CAUGHT_UP")
    while follow or subscription.deliveries.qsize():
        delivery = await subscription.delivery(timeout=None)
        print(repr(delivery.payload()), flush=True)
        subscription.ack(delivery.number)
    while subscription.acking:
        await subscription.event("ACKED", "LEASE_LOST")
    subscription.stream.finish()
    return caught_up


async def run(options):
    connection = await connect(options.relay, options.certificate)
    if options.command == "send":
        await send(connection, options.mailbox)
    else:
        await subscribe(connection, options.mailbox, options.command == "subscribe")
    connection.quit()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("relay", help="host:port")
    parser.add_argument("certificate", help="the relay's certificate, PEM")
    parser.add_argument("command", choices=["send", "fetch", "subscribe"])
    parser.add_argument("mailbox")
    try:
        asyncio.run(run(parser.parse_args()))
    except (Gone, RelayError, Refused) as failure:
        sys.exit(f"{type(failure).__name__}: {failure}")


if __name__ == "__main__":
    main()
