package io.qight.wire.v1;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.qight.wire.MessageEnvelope;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How the id and timestamp of a {@link MessageEnvelope} travel in version 1: a UUID as 16 bytes;
 * any other text as its SHA-256, cut, with the text itself in a header; the timestamp in a header.
 */
record EnvelopeId(Id id, boolean whole) {
    /** How many headers of our own there can be. */
    static final int HEADERS = 2;

    private static final String ID_HEADER = "qight-id";
    private static final String TIMESTAMP_HEADER = "qight-timestamp";
    private static final int UUID_CHARS = 36;

    static EnvelopeId of(MessageEnvelope envelope) {
        if (envelope.id().length() == UUID_CHARS) {
            try {
                UUID uuid = UUID.fromString(envelope.id());
                if (uuid.toString().equals(envelope.id())) {
                    return new EnvelopeId(
                            new Id(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits()),
                            true);
                }
            } catch (IllegalArgumentException e) {
                // Any other text is an id too.
                return hashed(envelope.id());
            }
        }
        return hashed(envelope.id());
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

    private static EnvelopeId hashed(String id) {
        try {
            ByteBuffer hash =
                    ByteBuffer.wrap(
                            MessageDigest.getInstance("SHA-256").digest(id.getBytes(UTF_8)));
            return new EnvelopeId(new Id(hash.getLong(), hash.getLong()), false);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Takes our headers out of those that arrive. */
    static final class Reader {
        private String id;
        private long timestampSeconds;

        Reader(Id id) {
            this.id = new UUID(id.high(), id.low()).toString();
        }

        /** Whether the header was one of ours; a broken one is passed on as any other. */
        boolean take(String name, ByteBuffer value) {
            if (name.equals(ID_HEADER)) {
                id = UTF_8.decode(value.duplicate()).toString();
                return true;
            }
            @Nullable Long timestamp = name.equals(TIMESTAMP_HEADER) ? parse(value) : null;
            if (timestamp != null) {
                timestampSeconds = timestamp;
            }
            return timestamp != null;
        }

        void apply(MessageEnvelope.Builder builder) {
            builder.id(id).timestampSeconds(timestampSeconds);
        }

        private static @Nullable Long parse(ByteBuffer value) {
            try {
                return Long.parseUnsignedLong(UTF_8.decode(value.duplicate()).toString());
            } catch (NumberFormatException e) {
                return null;
            }
        }
    }
}
