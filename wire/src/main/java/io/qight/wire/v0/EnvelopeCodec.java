package io.qight.wire.v0;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.text.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/**
 * The bytes of a version 0 envelope: id, sender, recipient (each a u64 length and UTF-8), timestamp
 * (u64), ttl (u32), payload (a u64 length and bytes), all integers little-endian and of fixed
 * width, as the Rust crates bincode 1 and wincode write them.
 */
public final class EnvelopeCodec {
    private static final int FIXED_BYTES = 4 * Long.BYTES + Long.BYTES + Integer.BYTES;

    private EnvelopeCodec() {}

    /**
     * The envelope's bytes, in a new buffer that the caller releases.
     *
     * @throws ProtocolException {@link ErrorCode#ENVELOPE_SIZE} if there are more than {@link
     *     Limits#ENVELOPE_BYTES_MAX}; {@link ErrorCode#NOT_SUPPORTED} if it has headers, which
     *     these bytes have no place for
     */
    public static ByteBuf encode(MessageEnvelope envelope, ByteBufAllocator allocator) {
        if (!envelope.headers().isEmpty()) {
            throw new ProtocolException(ErrorCode.NOT_SUPPORTED, "version 0 carries no headers");
        }
        byte[] id = envelope.id().getBytes(UTF_8);
        byte[] sender = envelope.sender().getBytes(UTF_8);
        byte[] recipient = envelope.recipient().getBytes(UTF_8);
        ByteBuffer payload = envelope.payloadBuffer();
        long size =
                (long) FIXED_BYTES
                        + id.length
                        + sender.length
                        + recipient.length
                        + payload.remaining();
        if (size > Limits.ENVELOPE_BYTES_MAX) {
            throw new ProtocolException(
                    ErrorCode.ENVELOPE_SIZE,
                    "the envelope has "
                            + size
                            + " bytes, at most "
                            + Limits.ENVELOPE_BYTES_MAX
                            + " are allowed");
        }
        ByteBuf out = allocator.buffer((int) size, (int) size);
        writeBytes(out, id);
        writeBytes(out, sender);
        writeBytes(out, recipient);
        out.writeLongLE(envelope.timestampSeconds());
        out.writeIntLE((int) envelope.ttlSeconds());
        out.writeLongLE(payload.remaining());
        out.writeBytes(payload);
        return out;
    }

    /**
     * The envelope that the buffer's readable bytes are; all of them are read.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying which field is wrong
     */
    public static MessageEnvelope decode(ByteBuf in) {
        EnvelopeHead head = readHead(in);
        byte[] payload = new byte[head.payloadBytes()];
        in.readBytes(payload);
        return MessageEnvelope.builder()
                .id(head.id())
                .sender(head.sender())
                .recipient(head.recipient())
                .timestampSeconds(head.timestampSeconds())
                .ttlSeconds(head.ttlSeconds())
                .payload(payload)
                .build();
    }

    /**
     * Checks that the buffer's readable bytes are one envelope and gives its fields, without
     * copying the payload or moving the reader index.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying which field is wrong
     */
    public static EnvelopeHead inspect(ByteBuf in) {
        return readHead(in.duplicate());
    }

    /** Leaves the reader index at the payload, which is exactly what remains. */
    private static EnvelopeHead readHead(ByteBuf in) {
        String id = readString(in, "id");
        String sender = readString(in, "sender");
        String recipient = readString(in, "recipient");
        requireBytes(in, Long.BYTES, "timestamp");
        long timestampSeconds = in.readLongLE();
        requireBytes(in, Integer.BYTES, "ttl");
        long ttlSeconds = in.readUnsignedIntLE();
        int payloadBytes = readLength(in, "payload");
        if (in.readableBytes() > payloadBytes) {
            throw malformed(
                    (in.readableBytes() - payloadBytes) + " bytes follow the envelope's payload");
        }
        return new EnvelopeHead(id, sender, recipient, timestampSeconds, ttlSeconds, payloadBytes);
    }

    private static void writeBytes(ByteBuf out, byte[] bytes) {
        out.writeLongLE(bytes.length);
        out.writeBytes(bytes);
    }

    private static String readString(ByteBuf in, String field) {
        int length = readLength(in, field);
        ByteBuf bytes = in.readSlice(length);
        try {
            return Utf8.decode(bytes);
        } catch (CharacterCodingException e) {
            throw malformed("the envelope's " + field + " is not UTF-8");
        }
    }

    private static int readLength(ByteBuf in, String field) {
        requireBytes(in, Long.BYTES, field);
        long length = in.readLongLE();
        // Unsigned, so a negative one is far beyond what can follow.
        if (length < 0 || length > in.readableBytes()) {
            throw malformed(
                    "the envelope's "
                            + field
                            + " has "
                            + Long.toUnsignedString(length)
                            + " bytes, but "
                            + in.readableBytes()
                            + " follow");
        }
        return (int) length;
    }

    private static void requireBytes(ByteBuf in, int bytes, String field) {
        if (in.readableBytes() < bytes) {
            throw malformed("the envelope ends before its " + field);
        }
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_ENVELOPE, sentence);
    }
}
