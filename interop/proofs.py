"""What relays sign for what they stored, and receivers for what they received: protocol.md 6.14."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import codec
from codec import Reader, sized, varint

TEXT_PREFIX = "qight-proof:"
DELIVERY_PREFIX = "qight-delivery:"
LAYOUT = b"\x01"
DELIVERY_LAYOUT = b"\x02"


class NotSigned(Exception):
    """Who is named has not signed this."""


def leaf_of(envelope, deadline, durability):
    """What is said of the bytes of one envelope."""
    read = codec.Envelope.decode(envelope)
    return (
        sized(read.mailbox.encode())
        + read.id
        + hashlib.sha256(envelope).digest()
        + varint(deadline)
        + varint(durability)
    )


# The tree of RFC 9162: the left one of two halves is the greatest power of two that leaves some.


def leaf_hash(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def left_half(count):
    return 1 << (count - 1).bit_length() - 1


def root_of(leaves):
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    half = left_half(len(leaves))
    return node_hash(root_of(leaves[:half]), root_of(leaves[half:]))


def path_of(leaves, index):
    """The hashes beside the way from a leaf to the root, the lowest first."""
    if len(leaves) == 1:
        return []
    half = left_half(len(leaves))
    left, right = leaves[:half], leaves[half:]
    if index < half:
        return path_of(left, index) + [root_of(right)]
    return path_of(right, index - half) + [root_of(left)]


def root_by(leaf, index, count, path):
    """The root that a path leads to."""
    if count == 1:
        if path:
            raise NotSigned("the path goes on above the root")
        return leaf_hash(leaf)
    if not path:
        raise NotSigned("the path ends below the root")
    half = left_half(count)
    if index < half:
        return node_hash(root_by(leaf, index, half, path[:-1]), path[-1])
    return node_hash(path[-1], root_by(leaf, index - half, count - half, path[:-1]))


def verify(relay_key, count, root, signature):
    verify_kind(relay_key, b"receipt", varint(count) + root, signature)


def verify_kind(key, kind, statement, signature):
    try:
        whole = b"qight/1 " + kind + b"\x00" + statement
        Ed25519PublicKey.from_public_bytes(key).verify(signature, whole)
    except InvalidSignature:
        raise NotSigned(f"a {kind.decode()}: {statement.hex()}") from None


def bytes_of(text, prefix):
    check = Reader(b"", "malformed_frame").check
    check(text.startswith(prefix) and "=" not in text, f"no text of a {prefix}")
    coded = text.removeprefix(prefix)
    return base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)


@dataclass
class Proof:
    """That a relay has said that it stored one envelope; `read` gives none that does not verify."""

    relay_key: bytes
    mailbox: str
    id: bytes
    digest: bytes
    deadline: int
    durability: int

    @staticmethod
    def read(text):
        data = bytes_of(text, TEXT_PREFIX)
        reader = Reader(data, "malformed_frame")
        reader.check(reader.take(1) == LAYOUT, "an unknown layout")
        relay_key = reader.take(32)
        start = reader.at
        said = (reader.string(255), reader.take(16), reader.take(32), reader.varint())
        durability = reader.varint()
        leaf = data[start : reader.at]
        index, count = reader.varint(), reader.varint()
        reader.check(index < count, f"leaf {index} of {count}")
        path = [reader.take(32) for _ in range(reader.varint())]
        signature = reader.take(64)
        reader.end()
        verify(relay_key, count, root_by(leaf, index, count, path), signature)
        return Proof(relay_key, *said, durability)


@dataclass
class DeliveryProof:
    """That a receiver has said that it received one envelope; `read` gives none but what verifies."""

    receiver_key: bytes
    mailbox: str
    id: bytes
    digest: bytes
    signed: int

    @staticmethod
    def read(text):
        data = bytes_of(text, DELIVERY_PREFIX)
        reader = Reader(data, "malformed_frame")
        reader.check(reader.take(1) == DELIVERY_LAYOUT, "an unknown layout")
        key = reader.take(32)
        said = (reader.string(255), reader.take(16), reader.take(32), reader.varint())
        statement = data[: reader.at]
        signature = reader.take(64)
        reader.end()
        verify_kind(key, b"delivery", statement, signature)
        return DeliveryProof(key, *said)


def proof_text(relay_key, leaves, index, signature):
    """The proof for one of the leaves that a relay signed together."""
    path = path_of(leaves, index)
    data = LAYOUT + relay_key + leaves[index]
    data += varint(index) + varint(len(leaves)) + varint(len(path)) + b"".join(path) + signature
    return TEXT_PREFIX + base64.urlsafe_b64encode(data).decode().rstrip("=")
