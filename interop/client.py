"""A client of protocol version 1. README.md says how to run it.

Outbox and Subscription keep what must survive a connection; `attach` gives them a new one.
"""

import argparse
import asyncio
import secrets
import sys
import time
from collections import deque
from dataclasses import dataclass

import codec
from codec import Frame, Refused
from connection import BAD_ANSWER, Gone, RelayError, code_of, connect


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
