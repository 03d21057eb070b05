package io.qight.identity;

import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.params.X25519PublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 public key (RFC 8032), and so a mailbox's address. Points that are not encoded in the
 * one canonical way, or not of the full order, are no keys: a signature by one of those could
 * verify under any message.
 *
 * <p>Immutable.
 */
public final class IdentityKey {
    /** The size of a key, in bytes. */
    public static final int BYTES = Ed25519.PUBLIC_KEY_SIZE;

    /** The size of a signature, in bytes. */
    public static final int SIGNATURE_BYTES = Ed25519.SIGNATURE_SIZE;

    private static final HexFormat HEX = HexFormat.of();
    private static final Pattern ADDRESS = Pattern.compile("key:[0-9a-f]{64}");

    private final byte[] bytes;

    /** Worked out when it is first asked for. */
    private volatile @Nullable X25519PublicKeyParameters sealing;

    private IdentityKey(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * The key with these bytes.
     *
     * @throws ProtocolException {@link ErrorCode#INVALID_MAILBOX} if they are no key
     */
    public static IdentityKey of(ByteBuffer key) {
        byte[] copy = new byte[key.remaining()];
        key.duplicate().get(copy);
        if (copy.length != BYTES || !Ed25519.validatePublicKeyFull(copy, 0)) {
            throw noKey();
        }
        return new IdentityKey(copy);
    }

    /**
     * The key of an address, {@code key:} and 64 hexadecimal digits in lower case.
     *
     * @throws ProtocolException {@link ErrorCode#INVALID_MAILBOX} if it is none
     */
    public static IdentityKey ofAddress(String address) {
        return of(ByteBuffer.wrap(bytesOf(address)));
    }

    /**
     * Refuses what can be nobody's address, in a tenth of the time that {@link #ofAddress} takes:
     * for relays, which must look at each address that strangers name. Of the points of another
     * order it refuses only the small ones; nobody can prove that one of the others is theirs.
     *
     * @throws ProtocolException {@link ErrorCode#INVALID_MAILBOX}
     */
    public static void requireAddress(String address) {
        if (!Ed25519.validatePublicKeyPartial(bytesOf(address), 0)) {
            throw noKey();
        }
    }

    /** The mailbox that only the holder of the key reads. */
    public String address() {
        return MailboxName.KEY_PREFIX + HEX.formatHex(bytes);
    }

    /** Its bytes, read-only. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /** Whether the holder of the key has signed this, as what it is said to be. */
    public boolean verifies(SignatureKind kind, ByteBuffer statement, ByteBuffer signature) {
        if (signature.remaining() != SIGNATURE_BYTES) {
            return false;
        }
        byte[] signatureBytes = new byte[SIGNATURE_BYTES];
        signature.duplicate().get(signatureBytes);
        byte[] message = message(kind, statement);
        return Ed25519.verify(signatureBytes, 0, bytes, 0, message, 0, message.length);
    }

    /** Its X25519 form, to which is sealed what its holder shall open. */
    X25519PublicKeyParameters sealing() {
        X25519PublicKeyParameters known = sealing;
        if (known == null) {
            known = Sealing.publicKey(this);
            sealing = known;
        }
        return known;
    }

    /** What is signed, as a whole. */
    static byte[] message(SignatureKind kind, ByteBuffer statement) {
        byte[] prefix = kind.prefix();
        byte[] message = Arrays.copyOf(prefix, prefix.length + statement.remaining());
        statement.duplicate().get(message, prefix.length, statement.remaining());
        return message;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IdentityKey key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return address();
    }

    private static byte[] bytesOf(String address) {
        if (!ADDRESS.matcher(address).matches()) {
            throw new ProtocolException(
                    ErrorCode.INVALID_MAILBOX,
                    "a key's address is key: and 64 hexadecimal digits in lower case");
        }
        return HEX.parseHex(address, MailboxName.KEY_PREFIX.length(), address.length());
    }

    private static ProtocolException noKey() {
        return new ProtocolException(
                ErrorCode.INVALID_MAILBOX, "these bytes are no Ed25519 public key");
    }
}
