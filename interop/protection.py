"""Identities, and envelopes that are signed and sealed: protocol.md 6.5 and 6.9."""

import hashlib
import hmac
import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import codec
from codec import SEALED, SIGNED, Body, Envelope, Reader, Refused

P = 2**255 - 19
KEM_SUITE = b"KEM\x00\x20"  # DHKEM(X25519, HKDF-SHA256)
SUITE = b"HPKE\x00\x20\x00\x01\x00\x03"  # with HKDF-SHA256 and ChaCha20-Poly1305


class Forged(Exception):
    """The sender is a key that did not sign this."""


class NotOpened(Exception):
    """It was sealed for another key, or changed since."""


class Identity:
    def __init__(self, seed):
        self.seed = seed
        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        self.key = self._key.public_key().public_bytes_raw()
        self.address = "key:" + self.key.hex()

    def sign(self, kind, statement):
        return self._key.sign(kind + b"\x00" + statement)

    def opening(self):
        """The X25519 form of its secret."""
        scalar = hashlib.sha512(self.seed).digest()[:32]
        return x25519.X25519PrivateKey.from_private_bytes(scalar)


async def prove(connection, identity, client_id=""):
    """What follows WELCOME on a connection whose HELLO claimed the identity."""
    certificate = connection._quic.tls._peer_certificate
    info = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    statement = connection.welcome.nonce + hashlib.sha256(info).digest()
    for text in (connection.welcome.service_name, "qight/1", client_id):
        statement += codec.sized(text.encode())
    connection.control.send("PROVE", signature=identity.sign(b"qight/1 prove", statement))
    await connection.proved


# HPKE, RFC 9180, base mode


def _extract(salt, suite, label, secret):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + secret, "sha256")


def _expand(key, suite, label, info, length):
    info = length.to_bytes(2) + b"HPKE-v1" + suite + label + info
    written, block, i = b"", b"", 0
    while len(written) < length:
        i += 1
        block = hmac.digest(key, block + info + bytes([i]), "sha256")
        written += block
    return written[:length]


def _cipher(shared, context, info):
    """The cipher and its first nonce, from Diffie-Hellman's result and both public keys."""
    prk = _extract(b"", KEM_SUITE, b"eae_prk", shared)
    secret = _expand(prk, KEM_SUITE, b"shared_secret", context, 32)
    schedule = b"\x00" + _extract(b"", SUITE, b"psk_id_hash", b"")
    schedule += _extract(b"", SUITE, b"info_hash", info)
    prk = _extract(secret, SUITE, b"secret", b"")
    key = _expand(prk, SUITE, b"key", schedule, 32)
    return ChaCha20Poly1305(key), _expand(prk, SUITE, b"base_nonce", schedule, 12)


def seal(key, beside, content, ephemeral=None):
    """Seals for the holder of an Ed25519 key."""
    y = int.from_bytes(key, "little") % 2**255
    u = (1 + y) * pow(1 - y, -1, P) % P
    recipient = u.to_bytes(32, "little")
    secret = (
        x25519.X25519PrivateKey.from_private_bytes(ephemeral)
        if ephemeral
        else x25519.X25519PrivateKey.generate()
    )
    encapsulated = secret.public_key().public_bytes_raw()
    shared = secret.exchange(x25519.X25519PublicKey.from_public_bytes(recipient))
    cipher, nonce = _cipher(shared, encapsulated + recipient, b"qight/1 seal")
    return encapsulated + cipher.encrypt(nonce, content, beside)


def open_sealed(identity, beside, sealed):
    secret = identity.opening()
    encapsulated = sealed[:32]
    try:
        shared = secret.exchange(x25519.X25519PublicKey.from_public_bytes(encapsulated))
        context = encapsulated + secret.public_key().public_bytes_raw()
        cipher, nonce = _cipher(shared, context, b"qight/1 seal")
        return cipher.decrypt(nonce, sealed[32:], beside)
    except (InvalidTag, ValueError) as why:
        raise NotOpened() from why


# Envelopes


@dataclass
class Message:
    """What an envelope says once it is opened; `verified` where its sender is a key that signed."""

    body: Body
    verified: bool
    sealed: bool


def size_class(size):
    """Padmé."""
    exponent = size.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-size // step) * step


def padding(signature, body):
    """How many zero bytes bring all of the sealed body to the next size that can be met."""
    bare = 48 + len(codec.sized(signature)) + len(body)
    size = size_class(bare + 1)
    while True:
        for count in range(max(0, size - bare - 8), max(0, size - bare)):
            if bare + len(codec.varint(count)) + count == size:
                return count
        size = size_class(size + 1)


def write(envelope, body, identity=None, sealed=False, padded=False, ephemeral=None):
    """The bytes of an envelope with that body, signed by the identity if one is given."""
    envelope.flags |= SEALED if sealed else SIGNED if identity else 0
    envelope.body, envelope.signature = body.encode(), b""
    statement = envelope.clear_header() + codec.sized(envelope.body)
    signature = identity.sign(b"qight/1 envelope", statement) if identity else b""
    if not sealed:
        envelope.signature = signature
        return envelope.encode()
    count = padding(signature, envelope.body) if padded else 0
    content = codec.sized(bytes(count)) + codec.sized(signature) + envelope.body
    key = bytes.fromhex(envelope.mailbox.removeprefix("key:"))
    envelope.body = seal(key, envelope.clear_header(), content, ephemeral)
    return envelope.encode()


def read(data, identity=None):
    """Opens and verifies."""
    envelope = Envelope.decode(data)
    body, signature = envelope.body, envelope.signature
    sealed = bool(envelope.flags & SEALED)
    if sealed:
        if identity is None or envelope.mailbox != identity.address:
            raise NotOpened()
        content = open_sealed(identity, envelope.clear_header(), body)
        reader = Reader(content, "malformed_envelope")
        reader.check(not any(reader.sized()), "a padding that is not zero")
        signature = reader.sized()
        reader.check(len(signature) in (0, 64), "a signature of another size")
        body = reader.rest()
    decoded = Body.decode(body)
    is_key = decoded.sender.startswith("key:")
    if is_key != bool(signature):
        raise Forged()
    if is_key:
        verify(decoded.sender, envelope.clear_header() + codec.sized(body), signature)
    return Message(decoded, is_key, sealed)


def verify(address, statement, signature):
    if not re.fullmatch("key:[0-9a-f]{64}", address):
        raise Forged()
    raw = bytes.fromhex(address[4:])
    # The library checks neither of the two.
    if raw in SMALL or int.from_bytes(raw, "little") % 2**255 >= P:
        raise Forged()
    try:
        key = ed25519.Ed25519PublicKey.from_public_bytes(raw)
        key.verify(signature, b"qight/1 envelope\x00" + statement)
    except (InvalidSignature, ValueError) as why:
        raise Forged() from why


# The points whose order divides 8.
SMALL = {
    bytes.fromhex(point)
    for point in (
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
}


__all__ = ["Forged", "Identity", "Message", "NotOpened", "Refused", "prove", "read", "write"]
