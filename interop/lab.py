"""What the conformance cases share: a relay of their own, connections, streams, comparisons."""

import asyncio
import contextlib
import os
import re
import secrets
import signal
import tempfile
import uuid
from collections import deque
from pathlib import Path

import client
import codec
from connection import Ended, Gone, code_of, dial

HOUR = 3_600_000  # milliseconds, the TTL of messages where no other is said
CASES = []


class Failed(Exception):
    """The relay did not do what the page says."""


def case(section, slow=False, alone=False):
    """Registers a case; its docstring is the line that is printed. `slow`: it mostly waits.
    `alone`: it starts relays of its own."""

    def register(function):
        CASES.append((section, function, slow, alone))
        return function

    return register


def same(found, expected, what="found"):
    if found != expected:
        raise Failed(f"{what}: {found!r:.300} is not {expected!r:.300}")


def check(good, what):
    if not good:
        raise Failed(what)


class Relay:
    """A relay's process on a free loopback port, with a directory that outlives it."""

    def __init__(self, launcher, *options):
        self.launcher = launcher
        self.options = options
        self.folder = tempfile.TemporaryDirectory(prefix="qight-interop-")
        self.address = "127.0.0.1:0"

    @property
    def certificate(self):
        return str(Path(self.folder.name) / "relay-cert.pem")

    async def __aenter__(self):
        await self.start()
        return self

    async def __aexit__(self, *_):
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self.folder.cleanup()

    async def start(self):
        """The relay says on its standard error where it listens."""
        path = Path(self.folder.name) / "relay.log"
        path.write_bytes(b"")
        with open(path, "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(self.launcher, "relay", "--listen", self.address),
                *("--data", self.folder.name, *self.options),
                stderr=log,
            )
        async with asyncio.timeout(60):
            while not (told := re.search(r"listens at +(\S+)", self.log())):
                check(self.process.returncode is None, f"the relay did not start: {self.log()}")
                await asyncio.sleep(0.05)
        self.address = told[1]

    async def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return await asyncio.wait_for(self.process.wait(), 30)

    def log(self):
        return (Path(self.folder.name) / "relay.log").read_text(errors="replace")[-2000:]


class Lab:
    """What one case works with; its connections are closed at its end."""

    def __init__(self, launcher, relay):
        self.launcher = launcher
        self.relay = relay
        self._opened = contextlib.AsyncExitStack()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        await self._opened.aclose()

    async def dial(self, relay=None, **settings):
        relay = relay or self.relay
        connection = await dial(relay.address, relay.certificate, **settings)
        self._opened.callback(connection.quit)
        return connection

    async def connect(self, relay=None, **settings):
        connection = await self.dial(relay, **settings)
        await connection.hello("interop")
        return connection

    async def own_relay(self, *options):
        return await self._opened.enter_async_context(Relay(self.launcher, *options))


async def qight(lab, *arguments, relay=None, exit_code=0):
    """Runs the command to its end, and gives what it printed and what it said."""
    relay = relay or lab.relay
    process = await asyncio.create_subprocess_exec(
        lab.launcher,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ, QIGHT_RELAY=relay.address, QIGHT_TRUST=relay.certificate),
    )
    printed, said = await asyncio.wait_for(process.communicate(), 60)
    check(process.returncode == exit_code, f"{arguments}: {process.returncode} {said.decode()}")
    return printed.decode(), said.decode()


async def keygen(lab):
    """A file with an identity of the command's own, and its address."""
    file = str(Path(lab.relay.folder.name) / f"{uuid.uuid4()}.pem")
    printed, _ = await qight(lab, "keygen", file)
    return file, printed.strip()


def box():
    return f"interop-{uuid.uuid4()}"


def send_stream(connection, outbox=None, opening=1, remember=600_000, tried=0, age=0):
    stream = connection.open()
    stream.send(
        "OUTBOX",
        outbox=outbox or secrets.token_bytes(16),
        opening=opening,
        remember_millis=remember,
        tried=tried,
        tried_age_millis=age,
    )
    return stream


def put(stream, number, envelope, age=0):
    stream.send("SEND", number=number, age_millis=age, envelope=envelope)


def word(receipt):
    name = codec.OUTCOMES[receipt.outcome]
    return code_of(receipt.code) if name == "refused" else name


async def receipts(stream, numbers, timeout=30):
    """The words of the receipts for these numbers, which were sent in this order."""
    way, words = deque(numbers), []
    while way:
        frame = await stream.next("RECEIPT", timeout=timeout)
        same(frame.first, way[0], "the first number of a RECEIPT")
        check(frame.more < len(way), f"{frame}, but only {len(way)} are on the way")
        for _ in range(frame.more + 1):
            way.popleft()
            words.append(word(frame))
    return words


async def stored(connection, mailbox, *payloads, **fields):
    """Sends messages, and returns when all are stored."""
    stream = send_stream(connection)
    for number, payload in enumerate(payloads, 1):
        put(stream, number, codec.message(mailbox, payload, **fields))
    stream.finish()
    words = await receipts(stream, range(1, len(payloads) + 1))
    same(set(words), {"stored"}, "receipts")


DEFAULTS = dict(
    opening=1,
    mode=0,
    lease_millis=30_000,
    credit_envelopes=100,
    credit_bytes=1_000_000,
    known=0,
    hold=0,
)


def fetch_stream(connection, subscription=None, **fields):
    stream = connection.open()
    stream.send(
        "SUBSCRIBE",
        subscription=subscription or secrets.token_bytes(16),
        **(DEFAULTS | fields),
    )
    return stream


async def receiver(connection, *mailboxes, **options):
    """A subscription with mailboxes that are ADDED."""
    subscription = client.Subscription(**options)
    await subscription.attach(connection)
    for mailbox in mailboxes:
        subscription.add(mailbox)
        await subscription.event("ADDED")
    return subscription


async def take(subscription, count):
    return [await subscription.delivery() for _ in range(count)]


def numbers(deliveries):
    return [delivery.number for delivery in deliveries]


def payloads(deliveries):
    return [delivery.payload() for delivery in deliveries]


async def ended_after(subscription):
    try:
        while True:
            await subscription.event()
    except Ended:
        pass


async def nothing_comes(queue, seconds):
    """Nothing is in the queue within that time."""
    with contextlib.suppress(TimeoutError):
        taken = await asyncio.wait_for(queue.get(), seconds)
        raise Failed(f"{taken!r:.200} came")


async def answers(subscription, numbers):
    """What each of these numbers that were acked is answered: ACKED or LEASE_LOST."""
    told = {}
    while len(told) < len(numbers):
        frame = await subscription.event("ACKED", "LEASE_LOST")
        if frame.frame == "LEASE_LOST" and frame.answers != codec.TYPES["ACK"]:
            continue
        for number in codec.numbers_of(frame.deliveries):
            check(number in numbers and number not in told, f"{frame} was not asked for")
            told[number] = frame.frame
    return told


async def refuses(stream, code, finished=False, others=()):
    """The stream ends by ERROR with one of the codes, after what else is owed; what was owed."""
    owed = []
    while True:
        try:
            frame = await stream.next()
        except Gone as gone:
            raise Failed(f"{gone!r} in place of ERROR {code}, after {owed}") from None
        if frame.frame == "ERROR":
            break
        owed.append(frame)
    check(code_of(frame.code) in (code, *others), f"{frame} in place of ERROR {code}")
    try:
        raise Failed(f"{await stream.next()} after ERROR")
    except Ended:
        pass
    if not finished:
        stopped = await asyncio.wait_for(asyncio.shield(stream.stopped), 10)
        same(stopped, frame.code, "the number in STOP_SENDING")
    return owed


async def closes(connection, code, timeout=20):
    """The relay closes the connection with this code as application error, and a sentence."""
    lost = await asyncio.wait_for(asyncio.shield(connection.closed), timeout)
    application, number, reason = lost.args
    check(application, f"closed by the transport: {lost!r}")
    same(code_of(number) if number else None, code, f"code of the close ({reason})")
    check(reason or not code, "the close has no sentence")


async def unharmed(connection):
    check(await connection.ping(), "no PONG came")
