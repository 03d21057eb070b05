"""Frames and envelopes of protocol version 1: bytes in, values out, and back. No I/O.

Whatever does not follow docs/protocol.md raises Refused with the code that the page gives it.
"""

import hashlib
import time
import unicodedata
import uuid
from dataclasses import dataclass

VARINT_MAX = 2**62 - 1
ENVELOPE_BYTES_MAX = 10_000_000
FRAME_BYTES_MAX = 65_536
ENVELOPE_FRAME_EXTRA = 64
RANGES_MAX = 1024
SENTENCE_BYTES_MAX = 1024
TTL_MILLIS_MAX = 4_294_967_295_000
SEALED, SIGNED, LIVE_ONLY = 1, 2, 4

CODES = dict(
    enumerate(
        """unknown_verb malformed_request request_timeout envelope_size malformed_envelope
        invalid_mailbox invalid_ttl store_full mailbox_full outcome_unknown not_supported
        not_allowed too_many_streams overloaded draining internal slow_reader unknown_frame
        malformed_frame frame_too_large wrong_state bad_number window_exceeded taken_over
        after_refused expired too_many_outboxes too_many_mailboxes mode_conflict
        not_proved rate_limited""".split(),
        1,
    )
)
NUMBERS = {code: number for number, code in CODES.items()}
RETRYABLE = frozenset(
    """request_timeout store_full mailbox_full outcome_unknown too_many_streams overloaded draining
    internal slow_reader after_refused too_many_outboxes mode_conflict
    rate_limited""".split()
)

LIMITS = """envelope_bytes_max ttl_millis_max send_envelopes send_bytes credit_envelopes_max
    credit_bytes_max mailboxes_max lease_millis_min lease_millis_max remember_millis_max
    idle_millis""".split()

# The page's table of frames; a field without a kind is a varint.
TABLE = """
1  HELLO      client_id:name features identity:key_or_none token:token
2  WELCOME    relay_name:name service_name:name features durability:durability nonce:32 LIMITS
3  PROVE      signature:64
4  PROVED
5  GOAWAY     code sentence:sentence within_millis after_millis
6  LIMITS     LIMITS
7  PING       opaque
8  PONG       opaque
9  ERROR      code sentence:sentence
10 REVOKE     request grant:16 ends_millis signature:64
11 DEMAND     request grants:bit
12 KEPT       request code sentence:sentence
16 OUTBOX     outbox:16 opening remember_millis tried tried_age_millis
17 SEND       number age_millis envelope:rest
18 GIVE_UP    numbers:ranges
19 RECEIPT    first more outcome:outcome
20 GRANT      grant:grant proof:64
32 SUBSCRIBE  subscription:16 opening mode:bit lease_millis credit_envelopes credit_bytes \
              known:known hold:hold
33 HOLD       deliveries:ranges
34 SUBSCRIBED resumed:bit lease_millis next held
35 HELD       deliveries:ranges
36 ADD        mailbox name:string
37 ADDED      mailbox waiting
38 NOT_ADDED  mailbox code sentence:sentence
39 REMOVE     mailbox
40 REMOVED    mailbox code
41 DELIVER    mailbox delivery left_millis deliveries failures envelope:rest
42 CAUGHT_UP  mailbox last
43 ACK        deliveries:ranges
44 ACKED      deliveries:ranges
45 NACK       deliveries:ranges delay_millis dead:bit reason:reason
46 EXTEND     deliveries:ranges lease_millis
47 LEASE_LOST deliveries:ranges answers:answers
48 CREDIT     credit_envelopes credit_bytes
"""
TYPES, FIELDS = {}, {}
for _line in TABLE.strip().splitlines():
    _number, _name, *_fields = _line.split()
    TYPES[_name] = int(_number)
    FIELDS[_name] = []
    for _field in _fields:
        _field, _, _kind = _field.partition(":")
        _group = LIMITS if _field == "LIMITS" else [_field]
        FIELDS[_name] += [(one, _kind or "varint") for one in _group]
NAMES = {number: name for name, number in TYPES.items()}

# RECEIPT's detail, by its outcome.
OUTCOMES = "stored duplicate handed nobody outcome_unknown refused signed".split()
DETAILS = {
    0: [("durability", "durability")],
    1: [("durability", "durability")],
    2: [("receivers", "varint")],
    3: [],
    4: [],
    5: [("code", "varint"), ("sentence", "sentence"), ("after_millis", "varint")],
    6: [
        ("durability", "durability"),
        ("relay_key", "32"),
        ("deadlines", "varints"),
        ("signature", "64"),
    ],
}
# The greatest and least value of a number that may not have every one.
BOUNDS = {
    "bit": (0, 1),
    "durability": (1, 3),
    "outcome": (0, 6),
    "known": (0, 2**61),
    "hold": (0, 64),
    "envelope_bytes_max": (0, ENVELOPE_BYTES_MAX),
    "send_envelopes": (64, VARINT_MAX),
    "send_bytes": (65_536, VARINT_MAX),
}


class Refused(Exception):
    """What the page does not allow; `code` is the word of its error table."""

    def __init__(self, code, sentence=""):
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


def varint(number):
    """The shortest form."""
    for size, mark in ((1, 0), (2, 1), (4, 2), (8, 3)):
        if number < 1 << (8 * size - 2):
            return (number | mark << (8 * size - 2)).to_bytes(size, "big")
    raise ValueError(f"{number} is no varint")


def sized(value):
    return varint(len(value)) + value


def has_control(text):
    return any(unicodedata.category(letter) == "Cc" for letter in text)


class Reader:
    """Takes fields off the front of some bytes; what is missing is refused with one code."""

    def __init__(self, data, code):
        self.data = data
        self.at = 0
        self.code = code

    def refuse(self, why):
        raise Refused(self.code, why)

    def check(self, good, why):
        if not good:
            self.refuse(why)

    def take(self, count):
        self.check(count <= len(self.data) - self.at, "bytes are missing")
        self.at += count
        return self.data[self.at - count : self.at]

    def rest(self):
        return self.take(len(self.data) - self.at)

    def varint(self):
        first = self.take(1)[0]
        more = self.take((1 << (first >> 6)) - 1)
        return int.from_bytes(bytes([first & 0x3F]) + more, "big")

    def sized(self, most=None):
        count = self.varint()
        self.check(most is None or count <= most, f"{count} bytes are too many")
        return self.take(count)

    def string(self, most=None):
        try:
            return self.sized(most).decode()
        except UnicodeDecodeError:
            self.refuse("text is not UTF-8")

    def end(self):
        self.check(self.at == len(self.data), "bytes are left over")


# Frames


class Frame:
    """A name of the table and its fields as attributes."""

    def __init__(self, frame_name, /, **fields):
        self.frame = frame_name
        self.__dict__.update(fields)

    def __eq__(self, other):
        return isinstance(other, Frame) and self.__dict__ == other.__dict__

    def __repr__(self):
        fields = ", ".join(f"{k}={v!r:.60}" for k, v in self.__dict__.items() if k != "frame")
        return f"{self.frame}({fields})"


def read_ranges(reader):
    """Pairs of first and last number."""
    count = reader.varint()
    reader.check(1 <= count <= RANGES_MAX, f"{count} ranges")
    ranges, last = [], 0
    for _ in range(count):
        gap, more = reader.varint(), reader.varint()
        first, last = last + gap, last + gap + more
        reader.check(gap >= 1 and last <= VARINT_MAX, "the ranges do not grow")
        ranges.append((first, last))
    return ranges


def write_ranges(ranges):
    written, before = varint(len(ranges)), 0
    for first, last in ranges:
        written += varint(first - before) + varint(last - first)
        before = last
    return written


def ranges_of(numbers):
    """Numbers in any order, as ranges."""
    ranges = []
    for number in sorted(set(numbers)):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def numbers_of(ranges):
    return [number for first, last in ranges for number in range(first, last + 1)]


def read_field(reader, name, kind):
    if kind.isdigit():
        return reader.take(int(kind))
    if kind == "rest":
        return reader.rest()
    if kind == "ranges":
        return read_ranges(reader)
    if kind == "varints":
        count = reader.varint()
        reader.check(1 <= count <= 1024, f"{count} deadlines")
        return [reader.varint() for _ in range(count)]
    if kind == "string":
        return reader.string()
    if kind == "name":
        text = reader.string(255)
        reader.check(not has_control(text), "a control character")
        return text
    if kind == "reason":
        return reader.string(SENTENCE_BYTES_MAX)
    if kind == "sentence":
        text = reader.string(SENTENCE_BYTES_MAX)
        return "".join(" " if has_control(letter) else letter for letter in text)
    if kind == "token":
        return reader.sized(4096)
    if kind == "grant":
        return reader.sized(256)
    if kind == "key_or_none":
        key = reader.sized()
        reader.check(len(key) in (0, 32), "a key has 32 bytes")
        return key
    number = reader.varint()
    least, most = BOUNDS.get(kind, BOUNDS.get(name, (0, VARINT_MAX)))
    good = number in (0, TYPES["ACK"], TYPES["EXTEND"]) if kind == "answers" else True
    reader.check(good and least <= number <= most, f"{name} may not be {number}")
    return number


def write_field(value, kind):
    if isinstance(value, int):
        return varint(value)
    if kind == "varints":
        return varint(len(value)) + b"".join(varint(one) for one in value)
    if isinstance(value, list):
        return write_ranges(value)
    if isinstance(value, str):
        return sized(value.encode())
    return value if kind == "rest" or kind.isdigit() else sized(value)


def frame_of(number, fields):
    """A frame of any type and bytes, for those who want to break the rules."""
    return sized(varint(number) + fields)


def encode(name, /, **fields):
    layout = FIELDS[name]
    if name == "RECEIPT":
        layout = layout + DETAILS[fields["outcome"]]
    assert fields.keys() == {field for field, _ in layout}, f"{name} has {layout}"
    return frame_of(TYPES[name], b"".join(write_field(fields[f], kind) for f, kind in layout))


def decode(number, data):
    """The frame of a type and its fields' bytes; None if it is to be passed over."""
    if number not in NAMES:
        if number < 64:
            raise Refused("unknown_frame", f"type {number}")
        return None
    name = NAMES[number]
    reader = Reader(data, "malformed_frame")
    frame = Frame(name)
    for field, kind in FIELDS[name]:
        setattr(frame, field, read_field(reader, field, kind))
    if name == "RECEIPT":
        for field, kind in DETAILS[frame.outcome]:
            setattr(frame, field, read_field(reader, field, kind))
    if name not in ("HELLO", "WELCOME", "LIMITS"):
        reader.end()
    return frame


class Frames:
    """Cuts the bytes of one stream into frames."""

    def __init__(self, envelope_bytes_max=ENVELOPE_BYTES_MAX):
        self.envelope_bytes_max = envelope_bytes_max
        self.data = bytearray()

    def feed(self, data):
        """The frames that are whole now. Those that the reader passes over are left out."""
        self.data += data
        while (cut := self._head()) is not None:
            start, number, end = cut
            if len(self.data) < end:
                return
            body = bytes(self.data[start:end])
            del self.data[:end]
            frame = decode(number, body)
            if frame is not None:
                yield frame

    def end(self):
        if self.data:
            raise Refused("malformed_frame", "the stream ends within a frame")

    def _head(self):
        """Where the fields begin, the type, and where they end; None if that is not there yet."""
        lead = bytes(self.data[:16])
        length, at = self._varint(lead, 0)
        if length is None:
            return None
        if length > self.envelope_bytes_max + ENVELOPE_FRAME_EXTRA:
            raise Refused("frame_too_large", f"{length} bytes")
        head, end = at, at + length
        if length == 0:
            raise Refused("malformed_frame", "a frame without a type")
        number, at = self._varint(lead[:end], head)
        if number is None:
            if len(lead) >= end:
                raise Refused("malformed_frame", "the type is longer than the frame")
            return None
        if length > FRAME_BYTES_MAX and number not in (TYPES["SEND"], TYPES["DELIVER"]):
            raise Refused("frame_too_large", f"{length} bytes")
        return at, number, end

    @staticmethod
    def _varint(data, at):
        if at >= len(data):
            return None, at
        size = 1 << (data[at] >> 6)
        if at + size > len(data):
            return None, at
        return Reader(data[at:], "malformed_frame").varint(), at + size


# Envelopes


@dataclass
class Envelope:
    """The clear header, the body as carried, and the signature (empty if there is none)."""

    mailbox: str
    id: bytes
    ttl_millis: int
    body: bytes
    flags: int = 0
    not_before_millis: int = 0
    collapse_key: bytes = b""
    signature: bytes = b""
    version: int = 1
    clear: bytes = b""  # the clear header as it was read, if it was

    def encode(self):
        mailbox = self.mailbox.encode()
        if not 1 <= len(mailbox) <= 255 or has_control(self.mailbox):
            raise Refused("invalid_mailbox", repr(self.mailbox))
        written = self.clear_header() + sized(self.body) + self.signature
        Envelope.decode(written)
        return written

    def clear_header(self):
        """As the relay decides by it, and as it is signed and sealed beside."""
        return self.clear or (
            bytes([self.version, self.flags])
            + sized(self.mailbox.encode())
            + self.id
            + varint(self.ttl_millis)
            + varint(self.not_before_millis)
            + sized(self.collapse_key)
        )

    @staticmethod
    def decode(data):
        if len(data) > ENVELOPE_BYTES_MAX:
            raise Refused("envelope_size", f"{len(data)} bytes")
        reader = Reader(data, "malformed_envelope")
        version, flags = reader.take(1)[0], reader.take(1)[0]
        reader.check(version == 1 and flags <= 7, f"version {version}, flags {flags}")
        reader.check(flags & 3 != 3, "sealed, with a signature outside of the seal")
        mailbox = reader.string(255)
        reader.check(mailbox, "no mailbox")
        id = reader.take(16)
        ttl, not_before = reader.varint(), reader.varint()
        live_only = bool(flags & LIVE_ONLY)
        reader.check(ttl <= TTL_MILLIS_MAX and (ttl == 0) == live_only, f"a TTL of {ttl} ms")
        reader.check(not_before == 0 or not_before < ttl, f"not before {not_before} ms")
        collapse_key = reader.sized(64)
        clear = data[: reader.at]
        body = reader.sized()
        reader.check(not flags & SEALED or len(body) >= 48, "too short to be sealed")
        signature = reader.take(64) if flags & SIGNED else b""
        reader.end()
        if has_control(mailbox):
            raise Refused("invalid_mailbox", "a control character")
        return Envelope(
            mailbox, id, ttl, body, flags, not_before, collapse_key, signature, version, clear
        )


@dataclass
class Body:
    """What an envelope that is not sealed holds; headers are pairs of a name and bytes."""

    sender: str
    headers: list
    payload: bytes

    def encode(self):
        written = sized(self.sender.encode()) + varint(len(self.headers))
        for name, value in self.headers:
            written += sized(name.encode()) + sized(value)
        written += self.payload
        Body.decode(written)
        return written

    @staticmethod
    def decode(data):
        reader = Reader(data, "malformed_envelope")
        sender = reader.string(255)
        count = reader.varint()
        reader.check(count <= 66, f"{count} headers")
        headers = []
        for _ in range(count):
            name = reader.string(128)
            reader.check(name and not has_control(name), "a bad name of a header")
            headers.append((name, reader.sized(8192)))
        names = [name for name, _ in headers]
        reader.check(len(set(names)) == len(names), "a header stands twice")
        own = [name for name in names if not name.startswith("qight-")]
        reader.check(len(own) <= 64, f"{len(own)} headers of the sender's")
        body = Body(sender, headers, reader.rest())
        for name, good in (("qight-id", is_utf8), ("qight-timestamp", is_timestamp)):
            value = dict(headers).get(name)
            reader.check(value is None or good(value), f"a bad {name}")
        return body


def is_utf8(value):
    try:
        value.decode()
        return True
    except UnicodeDecodeError:
        return False


def is_timestamp(value):
    digits = 1 <= len(value) <= 20 and all(0x30 <= byte <= 0x39 for byte in value)
    return digits and int(value) < 2**64


def id_bytes(text):
    """An id's 16 bytes, and the header that it needs beside them, if it does."""
    try:
        named = uuid.UUID(text)
        if str(named) == text:
            return named.bytes, []
    except ValueError:
        pass
    return hashlib.sha256(text.encode()).digest()[:16], [("qight-id", text.encode())]


def parts(mailbox, payload, sender="", id=None, ttl_millis=3_600_000, headers=(), timestamp=None):
    """An envelope that has no body yet, and its body."""
    raw, named = id_bytes(str(uuid.uuid4()) if id is None else id)
    made = str(int(time.time()) if timestamp is None else timestamp).encode()
    body = Body(sender, [*named, ("qight-timestamp", made), *headers], payload)
    return Envelope(mailbox, raw, ttl_millis, b""), body


def message(*args, **fields):
    """The bytes of an envelope that is neither sealed nor signed, from what `parts` takes."""
    envelope, body = parts(*args, **fields)
    envelope.body = body.encode()
    return envelope.encode()


def id_of(envelope):
    """The id in text form."""
    named = dict(Body.decode(envelope.body).headers).get("qight-id")
    return str(uuid.UUID(bytes=envelope.id)) if named is None else named.decode()
