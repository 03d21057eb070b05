package io.qight.wire.v1;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.text.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * How the id and timestamp of a {@link MessageEnvelope} travel in version 1: a UUID as 16 bytes;
 * any other text as its SHA-256, cut, with the text itself in a header; the timestamp in a header.
 *
 * @param id the 16 bytes
 * @param whole whether they say all of it
 */
record EnvelopeId(Id id, boolean whole) {
    /** How many headers of our own there can be. */
    static final int HEADERS = 2;

    private static final String ID_HEADER = MessageEnvelope.RESERVED_HEADER_PREFIX + "id";
    private static final String TIMESTAMP_HEADER =
            MessageEnvelope.RESERVED_HEADER_PREFIX + "timestamp";
    private static final int UUID_CHARS = 36;
    private static final int TIMESTAMP_DIGITS_MAX = 20;

    static EnvelopeId of(MessageEnvelope envelope) {
        String text = envelope.id();
        if (isUuid(text)) {
            UUID uuid = UUID.fromString(text);
            Id id = new Id(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
            return new EnvelopeId(id, true);
        }
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length > MessageEnvelope.HEADER_VALUE_BYTES_MAX) {
            throw new ProtocolException(
                    ErrorCode.MALFORMED_ENVELOPE,
                    "the id has more than " + MessageEnvelope.HEADER_VALUE_BYTES_MAX + " bytes");
        }
        ByteBuffer hash = ByteBuffer.wrap(sha256().digest(bytes));
        return new EnvelopeId(new Id(hash.getLong(), hash.getLong()), false);
    }

    /** Writes the envelope's headers, ours before them. */
    void writeHeaders(MessageEnvelope envelope, FieldWriter out) {
        out.varint(envelope.headers().size() + (whole ? 1L : 2L));
        if (!whole) {
            out.string(ID_HEADER).string(envelope.id());
        }
        out.string(TIMESTAMP_HEADER).string(Long.toUnsignedString(envelope.timestampSeconds()));
        envelope.headers().forEach((name, value) -> out.string(name).bytes(value));
    }

    /** The id as text, where no header says another. */
    static String text(Id id) {
        return new UUID(id.high(), id.low()).toString();
    }

    /**
     * Takes a header that is kept for the protocol; false if it is another.
     *
     * @throws IllegalArgumentException if its value is none of its kind
     */
    static boolean readHeader(String name, ByteBuffer value, MessageEnvelope.Builder builder) {
        if (name.equals(ID_HEADER)) {
            builder.id(text(value));
        } else if (name.equals(TIMESTAMP_HEADER)) {
            builder.timestampSeconds(timestamp(text(value)));
        }
        // Those of a later version are passed over.
        return name.startsWith(MessageEnvelope.RESERVED_HEADER_PREFIX);
    }

    /** In the one form that comes back as it went: lower case, all digits. */
    private static boolean isUuid(String text) {
        if (text.length() != UUID_CHARS) {
            return false;
        }
        for (int i = 0; i < UUID_CHARS; i++) {
            char c = text.charAt(i);
            boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
            boolean digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
            if (dash ? c != '-' : !digit) {
                return false;
            }
        }
        return true;
    }

    private static String text(ByteBuffer value) {
        try {
            return Utf8.decode(Unpooled.wrappedBuffer(value));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("it is not UTF-8", e);
        }
    }

    private static long timestamp(String text) {
        // The parser alone would also take a sign and the digits of other scripts.
        boolean decimal = text.length() <= TIMESTAMP_DIGITS_MAX;
        for (int i = 0; i < text.length() && decimal; i++) {
            decimal = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        if (!decimal) {
            throw new IllegalArgumentException("no decimal seconds");
        }
        return Long.parseUnsignedLong(text);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
