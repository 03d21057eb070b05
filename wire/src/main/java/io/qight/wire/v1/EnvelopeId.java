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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

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
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,20}");

    static EnvelopeId of(MessageEnvelope envelope) {
        String text = envelope.id();
        if (UUID_TEXT.matcher(text).matches()) {
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

    /** The envelope's headers, ours before them. */
    Map<String, ByteBuffer> headers(MessageEnvelope envelope) {
        Map<String, ByteBuffer> headers = new LinkedHashMap<>();
        if (!whole) {
            headers.put(ID_HEADER, UTF_8.encode(envelope.id()));
        }
        String timestamp = Long.toUnsignedString(envelope.timestampSeconds());
        headers.put(TIMESTAMP_HEADER, UTF_8.encode(timestamp));
        headers.putAll(envelope.headers());
        return headers;
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

    private static String text(ByteBuffer value) {
        try {
            return Utf8.decode(Unpooled.wrappedBuffer(value));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("it is not UTF-8", e);
        }
    }

    private static long timestamp(String text) {
        // The parser alone would also take signs and the digits of other scripts.
        if (!DECIMAL.matcher(text).matches()) {
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
