"""What a relay signs for what it stored, and proofs of it: protocol.md 6.14."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import codec
from codec import Reader, sized, varint

TEXT_PREFIX = "qight-proof:"
LAYOUT = b"\x01"


class NotSigned(Exception):
    """The relay that is named has not signed this."""


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
    statement = b"qight/1 receipt\x00" + varint(count) + root
    try:
        Ed25519PublicKey.from_public_bytes(relay_key).verify(signature, statement)
    except InvalidSignature:
        raise NotSigned(f"{count} leaves, root {root.hex()}") from None


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
        check = Reader(b"", "malformed_frame").check
        check(text.startswith(TEXT_PREFIX) and "=" not in text, "no text of a proof")
        coded = text.removeprefix(TEXT_PREFIX)
        data = base64.b64decode(coded + "=" * (-len(coded) % 4), altchars=b"-_", validate=True)
        reader = Reader(data, "malformed_frame")
        check(reader.take(1) == LAYOUT, "an unknown layout")
        relay_key = reader.take(32)
        start = reader.at
        said = (reader.string(255), reader.take(16), reader.take(32), reader.varint())
        durability = reader.varint()
        leaf = data[start : reader.at]
        index, count = reader.varint(), reader.varint()
        check(index < count, f"leaf {index} of {count}")
        path = [reader.take(32) for _ in range(reader.varint())]
        signature = reader.take(64)
        reader.end()
        verify(relay_key, count, root_by(leaf, index, count, path), signature)
        return Proof(relay_key, *said, durability)


def proof_text(relay_key, leaves, index, signature):
    """The proof for one of the leaves that a relay signed together."""
    path = path_of(leaves, index)
    data = LAYOUT + relay_key + leaves[index]
    data += varint(index) + varint(len(leaves)) + varint(len(path)) + b"".join(path) + signature
    return TEXT_PREFIX + base64.urlsafe_b64encode(data).decode().rstrip("=")
