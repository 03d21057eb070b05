"""A client of version 0 that knows nothing but docs/protocol.md. README.md says how to run it."""

import argparse
import asyncio
import contextlib
import struct
import sys
import time
import uuid
from pathlib import Path

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.quic.configuration import QuicConfiguration

ENVELOPE_BYTES_MAX = 10_000_000
LINE_BYTES_MAX = 2048
CODES = """unknown_verb malformed_request request_timeout envelope_size malformed_envelope
    invalid_mailbox invalid_ttl store_full mailbox_full outcome_unknown not_supported not_allowed
    too_many_streams overloaded draining internal slow_reader""".split()
VECTORS = Path(__file__).parents[2] / "docs" / "vectors"


class Refused(Exception):
    """The relay's error line; the first argument is the code, the second the sentence."""


class BadAnswer(Exception):
    """The relay's bytes are no answer."""


def text(value):
    encoded = value.encode()
    return struct.pack("<Q", len(encoded)) + encoded


def encode(id, sender, recipient, timestamp, ttl, payload):
    numbers = struct.pack("<QIQ", timestamp, ttl, len(payload))
    return text(id) + text(sender) + text(recipient) + numbers + payload


def decode(envelope):
    at = 0

    def take(count):
        nonlocal at
        if count > len(envelope) - at:
            raise BadAnswer("the envelope is cut")
        at += count
        return envelope[at - count : at]

    def number(form):
        return struct.unpack(form, take(struct.calcsize(form)))[0]

    fields = [take(number("<Q")).decode() for _ in range(3)]
    fields += [number("<Q"), number("<I"), take(number("<Q"))]
    if at != len(envelope):
        raise BadAnswer("bytes follow the envelope")
    return fields


class Client:
    """One connection; every request has a stream of its own."""

    def __init__(self, connection: QuicConnectionProtocol):
        self.connection = connection

    async def hello(self, id):
        return await self.line(b"HELLO " + id.encode() + b"\n")

    async def send(self, envelope):
        line = await self.line(b"SEND" + struct.pack(">I", len(envelope)) + envelope)
        if line != "OK":
            raise BadAnswer(line)

    async def fetch(self, recipient):
        reader, _ = await self.ask(b"FETCH " + recipient.encode() + b"\n")
        envelopes = []
        while True:
            head = await reader.readexactly(4)
            if head == b"ERRO":
                await self.read_line(reader, head)
                raise BadAnswer("a line in place of a length")
            (length,) = struct.unpack(">I", head)
            if length == 0:
                return envelopes
            if length > ENVELOPE_BYTES_MAX:
                raise BadAnswer(f"an envelope of {length} bytes")
            envelopes.append(await reader.readexactly(length))

    async def line(self, request, finish=True):
        reader, _ = await self.ask(request, finish)
        return await self.read_line(reader)

    async def ask(self, request, finish=True):
        """Both ends of the stream; it is finished, too, when nobody holds the writer any more."""
        reader, writer = await self.connection.create_stream()
        writer.write(request)
        if finish:
            writer.write_eof()
        return reader, writer

    async def read_line(self, reader, head=b""):
        line = head + await reader.readuntil(b"\n")
        if len(line) > LINE_BYTES_MAX:
            raise BadAnswer("the line is too long")
        said = line[:-1].decode(errors="replace")
        if said.startswith("ERROR: "):
            code, _, sentence = said[7:].partition(": ")
            raise Refused(code, sentence) if code in CODES else Refused("not_allowed", said[7:])
        return said


def message(recipient, payload=b"hi", ttl=3600):
    return encode(str(uuid.uuid4()), "seed client", recipient, int(time.time()), ttl, payload)


def cases(name):
    for block in (VECTORS / name).read_text("utf-8").split("\n\n"):
        lines = [line.partition(" ") for line in block.splitlines() if line[:1] != "#"]
        if lines:
            yield {name: value for name, _, value in lines}


def refused_inputs():
    for case in cases("v0-refused.txt"):
        if case["kind"] in ("request", "relay"):
            if "bytes" in case:
                yield case["case"], bytes.fromhex(case["bytes"]), case["error"]
            else:
                whole = bytes.fromhex(case["every-beginning"])
                for length in range(len(whole)):
                    yield f"{case['case']} {length}", whole[:length], case["error"]


async def check_refusals(client):
    for name, request, code in refused_inputs():
        try:
            said = await client.line(request)
        except Refused as refusal:
            said = refusal.args[0]
        yield name, said, code


async def check_requests(client):
    box = f"seed-{uuid.uuid4()}"
    first, second = message(box, bytes(range(256))), message(box, b"")
    yield "nothing waits", await client.fetch(box), []
    yield "HELLO", (await client.hello("seed"))[:8], "WELCOME "
    yield "HELLO in two lines", (await client.line(b"HELLO\nseed\n", False))[:8], "WELCOME "
    yield "HELLO to the end", (await client.line(b"HELLO\nseed"))[:8], "WELCOME "
    yield "unfinished stream", (await client.line(b"HELLO seed\n", False))[:8], "WELCOME "
    yield "bytes after", (await client.line(b"HELLO seed\nHELLO again\n"))[:8], "WELCOME "
    await client.send(first)
    await client.send(second)
    await client.send(second)
    yield "in order, as often as sent", await client.fetch(box), [first, second, second]
    yield "removed by the next request", await client.fetch(box), []
    largest = message(box, bytes(ENVELOPE_BYTES_MAX - len(message(box, b""))))
    await client.send(largest)
    yield "largest envelope", await client.fetch(box) == [largest], True
    for case in cases("v0-envelopes.txt"):
        if "whole" in case and case["case"] != "empty":
            envelope = bytes.fromhex(case["whole"])
            recipient = decode(envelope)[2]
            await client.fetch(recipient)
            await client.send(envelope)
            yield f"envelope {case['case']}", (await client.fetch(recipient))[-1], envelope


async def check_leases(open_client):
    box = f"seed-{uuid.uuid4()}"
    envelope = message(box)
    async with open_client() as client:
        await client.send(envelope)
        yield "fetched", await client.fetch(box), [envelope]
        async with open_client() as other:
            yield "leased to another", await other.fetch(box), []
        client.connection.close(error_code=1)
    async with open_client() as client:
        yield "given back by a close with code 1", await fetch_soon(client, box), [envelope]
    async with open_client() as client:
        await asyncio.sleep(1)
        yield "removed by an orderly close", await client.fetch(box), []


async def fetch_soon(client, box):
    """The relay hears of the other connection's end at its own time."""
    for _ in range(50):
        envelopes = await client.fetch(box)
        if envelopes:
            return envelopes
        await asyncio.sleep(0.1)
    return []


async def check(open_client):
    failures = 0

    async def report(checks):
        nonlocal failures
        async for name, found, expected in checks:
            if found != expected:
                failures += 1
                print(f"FAILED {name}: {found!r:.200} is not {expected!r:.200}")
            else:
                print(f"ok {name}")

    async with open_client() as client:
        await report(check_requests(client))
        await report(check_refusals(client))
        print("after all that:", await client.hello("still here"))
    await report(check_leases(open_client))
    return failures


async def run(options):
    host, _, port = options.relay.rpartition(":")
    configuration = QuicConfiguration(alpn_protocols=["qight"], server_name="localhost")
    configuration.load_verify_locations(cafile=options.certificate)

    @contextlib.asynccontextmanager
    async def open_client():
        async with connect(host.strip("[]"), int(port), configuration=configuration) as connection:
            yield Client(connection)

    if options.command == "check":
        return await check(open_client)
    async with open_client() as client:
        if options.command == "hello":
            print(await client.hello(options.name))
        elif options.command == "send":
            await client.send(message(options.name, sys.stdin.buffer.read()))
        else:
            for envelope in await client.fetch(options.name):
                id, sender, _, timestamp, ttl, payload = decode(envelope)
                print(repr((id, sender, timestamp, ttl, payload)))
            await client.hello("fetched")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("relay", help="host:port")
    parser.add_argument("certificate", help="the relay's certificate, PEM")
    parser.add_argument("command", choices=["hello", "send", "fetch", "check"])
    parser.add_argument("name", nargs="?", default="bob", help="client id or mailbox")
    options = parser.parse_args()
    try:
        sys.exit(1 if asyncio.run(asyncio.wait_for(run(options), 120)) else 0)
    except (Refused, BadAnswer) as refusal:
        sys.exit(": ".join(refusal.args))


if __name__ == "__main__":
    main()
