"""Connection and Stream on aioquic: frames out, frames in, how they end; and the control stream."""

import asyncio
import contextlib
import secrets
import socket

from aioquic.asyncio import QuicConnectionProtocol
from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

import codec
from codec import CODES, Refused

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
        self.proved = self._loop.create_future()
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

    def ping_no_more(self):
        """What is written on the control stream from now on is the caller's alone."""
        self._tasks[1].cancel()

    async def ping(self, opaque=None, timeout=10):
        """True if the PONG came in time."""
        opaque = secrets.randbits(62) if opaque is None else opaque
        pong = self.pongs[opaque] = self._loop.create_future()
        self.control.send("PING", opaque=opaque)
        done, _ = await asyncio.wait(
            [pong, self.closed], timeout=timeout, return_when="FIRST_COMPLETED"
        )
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
                elif frame.frame == "PROVED":
                    self.proved.set_result(None)
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
        if isinstance(event, events.HandshakeCompleted):
            self.handshake = event
        elif isinstance(event, events.ConnectionTerminated):
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


async def dial(address, certificate, alpn=(ALPN,), early=None, **settings):
    """A connection after its handshake; nothing is said on it yet, but what `early` says: with a
    `session_ticket` among the settings that is early data, where the relay takes it."""
    host, _, port = address.rpartition(":")
    configuration = QuicConfiguration(
        alpn_protocols=list(alpn), server_name="localhost", **settings
    )
    configuration.load_verify_locations(cafile=certificate)
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_DGRAM)
    family, _, _, _, target = infos[0]
    tickets = []
    quic = QuicConnection(configuration=configuration, session_ticket_handler=tickets.append)
    _, connection = await loop.create_datagram_endpoint(
        lambda: Connection(quic),
        family=family,
        local_addr=("::" if family == socket.AF_INET6 else "0.0.0.0", 0),
    )
    connection.tickets = tickets
    connection.connect(target, transmit=early is None)
    if early is not None:
        early(connection)
        connection.transmit()
    try:
        await connection.wait_connected()
    except ConnectionError:
        raise connection.closed.result() from None
    return connection


async def connect(address, certificate, client_id="interop"):
    connection = await dial(address, certificate)
    await connection.hello(client_id)
    return connection
