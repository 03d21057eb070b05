package io.qight.wire.v1;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * The bytes of a version 1 envelope: clear header, body, signature. {@code docs/protocol.md},
 * section 6.9, gives the layout.
 */
public final class EnvelopeCodec {
    private static final int VERSION = 1;
    private static final int SEALED = 1;
    private static final int SIGNED = 2;
    private static final int LIVE_ONLY = 4;
    private static final int SIGNATURE_BYTES = 64;
    private static final int COLLAPSE_KEY_BYTES_MAX = 64;
    private static final int MAILBOX_BYTES_MAX = Limits.MAILBOX_NAME_BYTES_MAX;
    private static final int SENDER_BYTES_MAX = 255;

    private EnvelopeCodec() {}

    /**
     * The envelope's bytes, neither sealed nor signed, in a new buffer that the caller releases.
     *
     * @throws ProtocolException {@link ErrorCode#ENVELOPE_SIZE} if they are too many, {@link
     *     ErrorCode#MALFORMED_ENVELOPE} if the sender is longer than 255 bytes
     */
    public static ByteBuf encode(MessageEnvelope envelope, ByteBufAllocator allocator) {
        EnvelopeId id = EnvelopeId.of(envelope);
        ByteBuf body = allocator.buffer(64 + envelope.payloadBytes());
        ByteBuf out = allocator.buffer(64 + envelope.payloadBytes());
        try {
            writeBody(envelope, id, body);
            out.writeByte(VERSION).writeByte(envelope.ttlMillis() == 0 ? LIVE_ONLY : 0);
            writeString(envelope.recipient(), out);
            out.writeLong(id.id().high()).writeLong(id.id().low());
            Varint.write(envelope.ttlMillis(), out);
            Varint.write(0, out);
            Varint.write(0, out);
            Varint.write(body.readableBytes(), out);
            out.writeBytes(body);
            if (out.readableBytes() > Limits.ENVELOPE_BYTES_MAX) {
                throw new ProtocolException(
                        ErrorCode.ENVELOPE_SIZE,
                        "the envelope has "
                                + out.readableBytes()
                                + " bytes, at most "
                                + Limits.ENVELOPE_BYTES_MAX
                                + " are allowed");
            }
            return out.retain();
        } finally {
            body.release();
            out.release();
        }
    }

    /**
     * Checks clear header and lengths, and gives the header; the reader index stays.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying what is wrong
     */
    public static EnvelopeHeader inspect(ByteBuf in) {
        ByteBuf peek = in.duplicate();
        EnvelopeHeader header = readHeader(peek);
        readBody(header, peek);
        return header;
    }

    /**
     * The envelope that the readable bytes are; all of them are read.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying what is wrong; {@link
     *     ErrorCode#NOT_SUPPORTED} if it is sealed
     */
    public static MessageEnvelope decode(ByteBuf in) {
        EnvelopeHeader header = readHeader(in);
        ByteBuf body = readBody(header, in);
        if (header.sealed()) {
            throw new ProtocolException(ErrorCode.NOT_SUPPORTED, "the envelope is sealed");
        }
        try {
            return readBody(header, new Fields(body));
        } catch (IllegalArgumentException e) {
            throw malformed("the envelope's body: " + e.getMessage());
        } catch (ProtocolException e) {
            throw malformed("the envelope's body: " + e.getMessage());
        }
    }

    private static void writeBody(MessageEnvelope envelope, EnvelopeId id, ByteBuf body) {
        if (envelope.sender().getBytes(UTF_8).length > SENDER_BYTES_MAX) {
            throw malformed("the sender has more than " + SENDER_BYTES_MAX + " bytes");
        }
        writeString(envelope.sender(), body);
        Map<String, ByteBuffer> headers = id.headers(envelope);
        Varint.write(headers.size(), body);
        headers.forEach((name, value) -> {
            writeString(name, body);
            Varint.write(value.remaining(), body);
            body.writeBytes(value.duplicate());
        });
        body.writeBytes(envelope.payloadBuffer());
    }

    private static void writeString(String text, ByteBuf out) {
        byte[] bytes = text.getBytes(UTF_8);
        Varint.write(bytes.length, out);
        out.writeBytes(bytes);
    }

    private static EnvelopeHeader readHeader(ByteBuf in) {
        try {
            return readHeader(new Fields(in));
        } catch (ProtocolException e) {
            throw malformed("the envelope's header: " + e.getMessage());
        }
    }

    private static EnvelopeHeader readHeader(Fields in) {
        int version = in.octet();
        if (version != VERSION) {
            throw malformed("version " + version);
        }
        int flags = in.octet();
        if ((flags & ~(SEALED | SIGNED | LIVE_ONLY)) != 0) {
            throw malformed("unknown flags");
        }
        String mailbox = in.string(MAILBOX_BYTES_MAX);
        Id id = in.id();
        long ttlMillis = in.varint();
        long notBeforeMillis = in.varint();
        if ((ttlMillis == 0) != ((flags & LIVE_ONLY) != 0)) {
            throw malformed("live-only and a time to live other than 0, or neither");
        }
        if (notBeforeMillis > 0 && notBeforeMillis >= ttlMillis) {
            throw malformed("it may be delivered only after its time to live");
        }
        return new EnvelopeHeader(
                (flags & SEALED) != 0,
                (flags & SIGNED) != 0,
                mailbox,
                id,
                ttlMillis,
                notBeforeMillis,
                in.bytes(1, COLLAPSE_KEY_BYTES_MAX));
    }

    /** The body, after which exactly the signature follows, if there is to be one. */
    private static ByteBuf readBody(EnvelopeHeader header, ByteBuf in) {
        long length;
        try {
            length = Varint.read(in);
        } catch (ProtocolException e) {
            throw malformed("the envelope ends before its body");
        }
        int signatureBytes = header.signed() ? SIGNATURE_BYTES : 0;
        if (length != in.readableBytes() - signatureBytes) {
            throw malformed(
                    "a body of "
                            + length
                            + " bytes and a signature of "
                            + signatureBytes
                            + ", but "
                            + in.readableBytes()
                            + " bytes follow");
        }
        ByteBuf body = in.readSlice((int) length);
        in.skipBytes(signatureBytes);
        return body;
    }

    private static MessageEnvelope readBody(EnvelopeHeader header, Fields in) {
        MessageEnvelope.Builder builder =
                MessageEnvelope.builder()
                        .recipient(header.mailbox())
                        .ttlMillis(header.ttlMillis())
                        .sender(in.string(SENDER_BYTES_MAX));
        EnvelopeId.Reader id = new EnvelopeId.Reader(header.id());
        long headers = in.varint();
        if (headers > MessageEnvelope.HEADERS_MAX + EnvelopeId.HEADERS) {
            throw malformed(headers + " headers");
        }
        for (long i = 0; i < headers; i++) {
            String name = in.string(MessageEnvelope.HEADER_NAME_BYTES_MAX);
            ByteBuffer value = in.bytes(1, MessageEnvelope.HEADER_VALUE_BYTES_MAX);
            if (!id.take(name, value)) {
                builder.header(name, value);
            }
        }
        id.apply(builder);
        return builder.payload(in.rest().nioBuffer()).build();
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_ENVELOPE, sentence);
    }
}
