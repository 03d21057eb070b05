package io.qight.wire;

import io.qight.wire.text.Unicode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One message: who sent it, to whom, how long it may wait, headers and its payload.
 *
 * <p>Immutable; two envelopes are equal when all their fields are. All but the headers are fields
 * of the seed protocol, whose numbers are unsigned: a {@link #timestampSeconds()} above 2^63-1 is
 * negative here ({@link Long#toUnsignedString(long)} prints it). Its texts can always be encoded as
 * UTF-8.
 *
 * <p>What it does not check: that the recipient is a {@link MailboxName}, and that all of it fits
 * into {@link Limits#ENVELOPE_BYTES_MAX}. Whoever sends it finds out.
 */
public final class MessageEnvelope {
    /** The largest time to live, in seconds: 2^32-1. */
    public static final long TTL_SECONDS_MAX = 0xFFFF_FFFFL;

    /** The most headers of an envelope. */
    public static final int HEADERS_MAX = 64;

    /** The longest name of a header, in bytes of UTF-8. */
    public static final int HEADER_NAME_BYTES_MAX = 128;

    /** Headers whose names begin so are kept for the protocol. */
    public static final String RESERVED_HEADER_PREFIX = "qight-";

    /** The longest value of a header, in bytes. */
    public static final int HEADER_VALUE_BYTES_MAX = 8192;

    private static final Duration TTL_MAX = Duration.ofSeconds(TTL_SECONDS_MAX);

    private final String id;
    private final String sender;
    private final String recipient;
    private final long timestampSeconds;
    private final long ttlMillis;
    private final Map<String, ByteBuffer> headers;
    private final byte[] payload;

    private MessageEnvelope(Builder builder) {
        this.id = builder.id != null ? builder.id : UUID.randomUUID().toString();
        this.sender = builder.sender;
        this.recipient = builder.recipient;
        this.timestampSeconds =
                builder.timestampSeconds != null
                        ? builder.timestampSeconds
                        : System.currentTimeMillis() / 1000;
        this.ttlMillis = builder.ttlMillis;
        this.headers =
                builder.headers.isEmpty()
                        ? Map.of()
                        : Collections.unmodifiableMap(new LinkedHashMap<>(builder.headers));
        this.payload = builder.payload;
    }

    /** A builder: recipient and payload are what most callers set. */
    public static Builder builder() {
        return new Builder();
    }

    /** The sender's own name for the message; a random UUID unless set. For people and programs. */
    public String id() {
        return id;
    }

    /**
     * Who sent it, as the sender says. Nothing proves it, but a version 1 client hands out an
     * envelope whose sender begins with {@link MailboxName#KEY_PREFIX} only if that key signed it.
     */
    public String sender() {
        return sender;
    }

    /** The mailbox it goes to. */
    public String recipient() {
        return recipient;
    }

    /** When the sender made it, in seconds since 1970, unsigned; information only. */
    public long timestampSeconds() {
        return timestampSeconds;
    }

    /** How long the relay keeps it, in milliseconds from its acceptance. */
    public long ttlMillis() {
        return ttlMillis;
    }

    /** How long the relay keeps it, in seconds, rounded up, 0 to 2^32-1: what version 0 carries. */
    public long ttlSeconds() {
        return (ttlMillis + 999) / 1000;
    }

    /**
     * What the sender wrote beside the payload, in its order; values are read-only. Version 0 does
     * not carry headers.
     */
    public Map<String, ByteBuffer> headers() {
        return headers;
    }

    /** A header's value read as UTF-8, if there is such a header. */
    public Optional<String> headerText(String name) {
        return Optional.ofNullable(headers.get(name))
                .map(value -> StandardCharsets.UTF_8.decode(value.duplicate()).toString());
    }

    /** The payload, copied. */
    public byte[] payload() {
        return payload.clone();
    }

    /** The payload without a copy, read-only; its position is the caller's. */
    public ByteBuffer payloadBuffer() {
        return ByteBuffer.wrap(payload).asReadOnlyBuffer();
    }

    /** The payload's size in bytes. */
    public int payloadBytes() {
        return payload.length;
    }

    /** The payload read as UTF-8; what is not UTF-8 in it becomes U+FFFD. */
    public String payloadText() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MessageEnvelope that
                && id.equals(that.id)
                && sender.equals(that.sender)
                && recipient.equals(that.recipient)
                && timestampSeconds == that.timestampSeconds
                && ttlMillis == that.ttlMillis
                && headers.equals(that.headers)
                && Arrays.equals(payload, that.payload);
    }

    @Override
    public int hashCode() {
        return Objects.hash(id, sender, recipient, timestampSeconds, ttlMillis, headers)
                + Arrays.hashCode(payload);
    }

    /** All fields but the payload, of which only the size. */
    @Override
    public String toString() {
        return "MessageEnvelope[id="
                + id
                + ", sender="
                + sender
                + ", recipient="
                + recipient
                + ", timestampSeconds="
                + Long.toUnsignedString(timestampSeconds)
                + ", ttlMillis="
                + ttlMillis
                + ", headers="
                + headers.keySet()
                + ", payloadBytes="
                + payload.length
                + "]";
    }

    /**
     * Builds an envelope; not thread-safe. A field that is set twice has the last value.
     *
     * <p>A text with half a surrogate pair, which no encoding can keep, is an {@link
     * IllegalArgumentException}.
     */
    public static final class Builder {
        private @Nullable String id;
        private String sender = "";
        private String recipient = "";
        private @Nullable Long timestampSeconds;
        private long ttlMillis = Duration.ofDays(1).toMillis();
        private final Map<String, ByteBuffer> headers = new LinkedHashMap<>();
        private byte[] payload = {};

        private Builder() {}

        /** Default: a random UUID. */
        public Builder id(String id) {
            this.id = requireEncodable("id", id);
            return this;
        }

        /** Default: empty. */
        public Builder sender(String sender) {
            this.sender = requireEncodable("sender", sender);
            return this;
        }

        /** The mailbox. Default: empty, which no relay accepts. */
        public Builder recipient(String recipient) {
            this.recipient = requireEncodable("recipient", recipient);
            return this;
        }

        /** Default: now. All 64 bits count, as an unsigned number. */
        public Builder timestampSeconds(long secondsSince1970) {
            this.timestampSeconds = secondsSince1970;
            return this;
        }

        /**
         * Default: now; fractions of a second are dropped.
         *
         * @throws IllegalArgumentException if it is before 1970
         */
        public Builder timestamp(Instant timestamp) {
            if (timestamp.isBefore(Instant.EPOCH)) {
                throw new IllegalArgumentException("a timestamp before 1970: " + timestamp);
            }
            return timestampSeconds(timestamp.getEpochSecond());
        }

        /**
         * Default: one day.
         *
         * @throws IllegalArgumentException if it is not 0 to 2^32-1
         */
        public Builder ttlSeconds(long seconds) {
            if (seconds < 0 || seconds > TTL_SECONDS_MAX) {
                throw new IllegalArgumentException(
                        "a time to live has 0 to " + TTL_SECONDS_MAX + " seconds, not " + seconds);
            }
            this.ttlMillis = seconds * 1000;
            return this;
        }

        /**
         * Rounded up to whole milliseconds; version 0 carries whole seconds, rounded up.
         *
         * @throws IllegalArgumentException if it is negative or above 2^32-1 seconds
         */
        public Builder ttl(Duration ttl) {
            if (ttl.isNegative() || ttl.compareTo(TTL_MAX) > 0) {
                throw new IllegalArgumentException(
                        "a time to live has 0 to " + TTL_SECONDS_MAX + " seconds, not " + ttl);
            }
            this.ttlMillis = ttl.plusNanos(999_999).toMillis();
            return this;
        }

        /**
         * In milliseconds; version 0 carries whole seconds, rounded up.
         *
         * @throws IllegalArgumentException if it is negative or above 2^32-1 seconds
         */
        public Builder ttlMillis(long millis) {
            return ttl(Duration.ofMillis(millis));
        }

        /** A header with a text as its value, in UTF-8. */
        public Builder header(String name, String value) {
            return header(name, requireEncodable("header", value).getBytes(StandardCharsets.UTF_8));
        }

        /**
         * A header; one of the same name is replaced.
         *
         * @throws IllegalArgumentException if the name has not 1 to 128 bytes without control
         *     characters or begins with {@link #RESERVED_HEADER_PREFIX}, the value has more than
         *     8,192 bytes, or there are more than 64 headers
         */
        public Builder header(String name, byte[] value) {
            return header(name, ByteBuffer.wrap(value));
        }

        /** As {@link #header(String, byte[])}; the buffer's position is not moved. */
        public Builder header(String name, ByteBuffer value) {
            int nameBytes =
                    requireEncodable("header", name).getBytes(StandardCharsets.UTF_8).length;
            if (nameBytes < 1
                    || nameBytes > HEADER_NAME_BYTES_MAX
                    || name.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException(
                        "a header's name has 1 to "
                                + HEADER_NAME_BYTES_MAX
                                + " bytes and no control characters");
            }
            if (name.startsWith(RESERVED_HEADER_PREFIX)) {
                throw new IllegalArgumentException(
                        "headers that begin with " + RESERVED_HEADER_PREFIX + " are reserved");
            }
            if (value.remaining() > HEADER_VALUE_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "a header's value has at most " + HEADER_VALUE_BYTES_MAX + " bytes");
            }
            byte[] copy = new byte[value.remaining()];
            value.duplicate().get(copy);
            headers.put(name, ByteBuffer.wrap(copy).asReadOnlyBuffer());
            if (headers.size() > HEADERS_MAX) {
                throw new IllegalArgumentException("at most " + HEADERS_MAX + " headers");
            }
            return this;
        }

        /** Default: empty. Copied. */
        public Builder payload(byte[] payload) {
            this.payload = payload.clone();
            return this;
        }

        /** The text as UTF-8. */
        public Builder payload(String text) {
            this.payload = requireEncodable("payload", text).getBytes(StandardCharsets.UTF_8);
            return this;
        }

        /** What remains in the buffer, copied; its position is not moved. */
        public Builder payload(ByteBuffer payload) {
            this.payload = new byte[payload.remaining()];
            payload.duplicate().get(this.payload);
            return this;
        }

        /** The envelope as set so far. */
        public MessageEnvelope build() {
            return new MessageEnvelope(this);
        }

        private static String requireEncodable(String field, String text) {
            if (!Unicode.isEncodable(text)) {
                throw new IllegalArgumentException("the " + field + " has half a surrogate pair");
            }
            return text;
        }
    }
}
