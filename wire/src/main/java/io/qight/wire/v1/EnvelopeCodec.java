package io.qight.wire.v1;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/**
 * The bytes of a version 1 envelope: clear header, body, signature. {@code docs/protocol.md},
 * section 6.9, gives the layout.
 */
public final class EnvelopeCodec {
    /** The largest time to live, in milliseconds: 2^32-1 seconds, as in version 0. */
    public static final long TTL_MILLIS_MAX = MessageEnvelope.TTL_SECONDS_MAX * 1000;

    private static final int VERSION = 1;
    private static final int SEALED = 1;
    private static final int SIGNED = 2;
    private static final int LIVE_ONLY = 4;

    /** The size of a signature. */
    static final int SIGNATURE_BYTES = 64;

    private static final int COLLAPSE_KEY_BYTES_MAX = 64;
    private static final int SENDER_BYTES_MAX = 255;

    /** An encapsulated key and the tag of an empty text. */
    private static final int SEALED_BODY_BYTES_MIN = 32 + 16;

    /** What one that is neither sealed nor signed has, collapse key and not-before apart. */
    private static final int CLEAR_HEADER_BYTES_MAX =
            2 + 2 + Limits.MAILBOX_NAME_BYTES_MAX + 16 + Long.BYTES + 2 + Long.BYTES;

    /** The sender and our own headers, mostly; more makes it grow. */
    private static final int FRONT_BYTES = 64;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    private EnvelopeCodec() {}

    /**
     * The envelope's bytes, neither sealed nor signed, in a new buffer that the caller releases. A
     * time to live of 0 makes it live-only.
     *
     * @throws ProtocolException {@link ErrorCode#ENVELOPE_SIZE} if they are too many, {@link
     *     ErrorCode#INVALID_MAILBOX} if the recipient is none, {@link ErrorCode#MALFORMED_ENVELOPE}
     *     if the sender is longer than 255 bytes, or the id, where it is no UUID, than 8,192
     */
    public static ByteBuf encode(MessageEnvelope envelope, ByteBufAllocator allocator) {
        // On the heap: outside of it, each small buffer costs more than all that is written.
        ByteBuf front = allocator.heapBuffer(FRONT_BYTES);
        try {
            EnvelopeId id = EnvelopeId.of(envelope);
            String mailbox = new MailboxName(envelope.recipient()).value();
            writeFront(envelope, envelope.sender(), id, new FieldWriter(front));
            int bodyBytes = requireFits((long) front.readableBytes() + envelope.payloadBytes());
            ByteBuf out = allocator.heapBuffer(CLEAR_HEADER_BYTES_MAX + bodyBytes);
            FieldWriter fields = new FieldWriter(out);
            writeHeader(envelope, mailbox, id.id(), 0, fields);
            fields.varint(bodyBytes).rest(front).fixed(envelope.payloadBuffer());
            if (out.readableBytes() > Limits.ENVELOPE_BYTES_MAX) {
                long bytes = out.readableBytes();
                out.release();
                requireFits(bytes);
            }
            return out;
        } finally {
            front.release();
        }
    }

    /**
     * The clear header alone, of an envelope whose body is sealed or behind whose body a signature
     * stands, for {@link #join}.
     *
     * @throws ProtocolException as {@link #encode}
     */
    public static ByteBuffer clearHeader(MessageEnvelope envelope, boolean sealed, boolean signed) {
        String mailbox = new MailboxName(envelope.recipient()).value();
        int flags = (sealed ? SEALED : 0) | (signed ? SIGNED : 0);
        ByteBuf out = Unpooled.buffer(CLEAR_HEADER_BYTES_MAX);
        writeHeader(envelope, mailbox, EnvelopeId.of(envelope).id(), flags, new FieldWriter(out));
        return out.nioBuffer();
    }

    /**
     * The body alone, as it is before it is sealed.
     *
     * @param sender in place of the envelope's own
     * @throws ProtocolException as {@link #encode}
     */
    public static ByteBuffer body(MessageEnvelope envelope, String sender) {
        ByteBuf out = Unpooled.buffer(FRONT_BYTES + envelope.payloadBytes());
        FieldWriter fields = new FieldWriter(out);
        writeFront(envelope, sender, EnvelopeId.of(envelope), fields);
        return fields.fixed(envelope.payloadBuffer()).end();
    }

    /**
     * What a signature covers: the clear header as it is carried, and the body before it is sealed,
     * with its length.
     */
    public static ByteBuffer signed(ByteBuffer clearHeader, ByteBuffer body) {
        return ByteBuffer.wrap(join(clearHeader, body, NOTHING));
    }

    /**
     * All of an envelope.
     *
     * @throws ProtocolException {@link ErrorCode#ENVELOPE_SIZE} if it is too large
     */
    public static byte[] join(ByteBuffer clearHeader, ByteBuffer body, ByteBuffer signature) {
        int lengthBytes = Varint.bytes(body.remaining());
        long bytes = (long) clearHeader.remaining() + lengthBytes + body.remaining();
        byte[] whole = new byte[requireFits(bytes + signature.remaining())];
        ByteBuf out = Unpooled.wrappedBuffer(whole).clear();
        new FieldWriter(out).fixed(clearHeader).bytes(body).fixed(signature);
        return whole;
    }

    /**
     * Checks clear header and lengths, and gives the header; the reader index stays. The body is
     * not looked into.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying what is wrong
     */
    public static EnvelopeHeader inspect(ByteBuf in) {
        FieldReader fields = reader(in.duplicate());
        EnvelopeHeader header = readHeader(fields);
        readBodyLength(header, fields);
        return header;
    }

    /**
     * Checks clear header and lengths, and takes the bytes apart; the reader index stays, and the
     * body is not looked into.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying what is wrong
     */
    public static EnvelopeParts parts(ByteBuf in) {
        ByteBuf bytes = in.duplicate();
        FieldReader fields = reader(bytes);
        int start = bytes.readerIndex();
        EnvelopeHeader header = readHeader(fields);
        int headerBytes = bytes.readerIndex() - start;
        int bodyBytes = readBodyLength(header, fields);
        return new EnvelopeParts(
                view(in),
                header,
                view(in.slice(start, headerBytes)),
                view(fields.slice(bodyBytes)),
                view(fields.rest()));
    }

    /**
     * The envelope whose body is this, not sealed, or opened.
     *
     * @param timestampSeconds the time of an envelope that does not say when it was made
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying what is wrong
     */
    public static MessageEnvelope decode(
            EnvelopeHeader header, ByteBuffer body, long timestampSeconds) {
        return decode(header, reader(Unpooled.wrappedBuffer(body)), timestampSeconds);
    }

    /**
     * The envelope that the readable bytes are; all of them are read. A signature is not looked at.
     *
     * @param timestampSeconds the time of an envelope that does not say when it was made
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying what is wrong; {@link
     *     ErrorCode#NOT_SUPPORTED} if it is sealed
     */
    public static MessageEnvelope decode(ByteBuf in, long timestampSeconds) {
        FieldReader fields = reader(in);
        EnvelopeHeader header = readHeader(fields);
        FieldReader body = reader(fields.slice(readBodyLength(header, fields)));
        fields.rest();
        if (header.sealed()) {
            throw new ProtocolException(ErrorCode.NOT_SUPPORTED, "the envelope is sealed");
        }
        return decode(header, body, timestampSeconds);
    }

    private static MessageEnvelope decode(
            EnvelopeHeader header, FieldReader body, long timestampSeconds) {
        MessageEnvelope.Builder builder =
                MessageEnvelope.builder()
                        .recipient(header.mailbox())
                        .ttlMillis(header.ttlMillis())
                        .timestampSeconds(timestampSeconds)
                        .sender(body.string(SENDER_BYTES_MAX));
        readHeaders(header.id(), body, builder);
        return builder.payload(body.rest().nioBuffer()).build();
    }

    private static void writeHeader(
            MessageEnvelope envelope, String mailbox, Id id, int flags, FieldWriter out) {
        out.octet(VERSION)
                .octet(envelope.ttlMillis() == 0 ? flags | LIVE_ONLY : flags)
                .string(mailbox)
                .id(id)
                .varint(envelope.ttlMillis())
                .varint(0)
                .bytes(NOTHING);
    }

    /** The body up to the payload. */
    private static void writeFront(
            MessageEnvelope envelope, String sender, EnvelopeId id, FieldWriter front) {
        byte[] bytes = sender.getBytes(UTF_8);
        if (bytes.length > SENDER_BYTES_MAX) {
            throw malformed("the sender has more than " + SENDER_BYTES_MAX + " bytes");
        }
        front.bytes(ByteBuffer.wrap(bytes));
        id.writeHeaders(envelope, front);
    }

    private static int requireFits(long bytes) {
        if (bytes > Limits.ENVELOPE_BYTES_MAX) {
            throw new ProtocolException(
                    ErrorCode.ENVELOPE_SIZE,
                    "the envelope has more than " + Limits.ENVELOPE_BYTES_MAX + " bytes");
        }
        return (int) bytes;
    }

    private static EnvelopeHeader readHeader(FieldReader in) {
        int version = in.octet();
        if (version != VERSION) {
            throw in.malformed("has the unknown version " + version);
        }
        int flags = in.octet();
        if ((flags & ~(SEALED | SIGNED | LIVE_ONLY)) != 0) {
            throw in.malformed("has unknown flags");
        }
        if ((flags & SEALED) != 0 && (flags & SIGNED) != 0) {
            throw in.malformed("is sealed and has its signature outside of the seal");
        }
        EnvelopeHeader header =
                new EnvelopeHeader(
                        (flags & SEALED) != 0,
                        (flags & SIGNED) != 0,
                        in.string(Limits.MAILBOX_NAME_BYTES_MAX),
                        in.id(),
                        in.varint(),
                        in.varint(),
                        in.bytes(COLLAPSE_KEY_BYTES_MAX));
        if (header.mailbox().isEmpty()) {
            throw in.malformed("has no mailbox");
        }
        if (header.ttlMillis() > TTL_MILLIS_MAX) {
            throw in.malformed("has a time to live above " + TTL_MILLIS_MAX + " ms");
        }
        if (header.liveOnly() != ((flags & LIVE_ONLY) != 0)) {
            throw in.malformed("has a time to live of 0 and is not live-only, or the reverse");
        }
        if (header.notBeforeMillis() > 0 && header.notBeforeMillis() >= header.ttlMillis()) {
            throw in.malformed("may be delivered only after its time to live");
        }
        return header;
    }

    /** The body follows, and then exactly the signature, if there is to be one. */
    private static int readBodyLength(EnvelopeHeader header, FieldReader in) {
        long length = in.varint();
        int signatureBytes = header.signed() ? SIGNATURE_BYTES : 0;
        if (length != in.remaining() - signatureBytes) {
            throw in.malformed(
                    "has a body of "
                            + length
                            + " bytes and a signature of "
                            + signatureBytes
                            + ", but "
                            + in.remaining()
                            + " follow");
        }
        if (header.sealed() && length < SEALED_BODY_BYTES_MIN) {
            throw in.malformed("has too short a body to be sealed");
        }
        return (int) length;
    }

    private static void readHeaders(Id id, FieldReader in, MessageEnvelope.Builder builder) {
        long count = in.varint();
        if (count > MessageEnvelope.HEADERS_MAX + EnvelopeId.HEADERS) {
            throw in.malformed("has " + count + " headers");
        }
        builder.id(EnvelopeId.text(id));
        Set<String> names = new HashSet<>();
        for (long i = 0; i < count; i++) {
            String name = in.string(MessageEnvelope.HEADER_NAME_BYTES_MAX);
            ByteBuffer value = in.bytes(MessageEnvelope.HEADER_VALUE_BYTES_MAX);
            if (!names.add(name)) {
                throw in.malformed("has a header twice");
            }
            try {
                if (!EnvelopeId.readHeader(name, value, builder)) {
                    builder.header(name, value);
                }
            } catch (IllegalArgumentException e) {
                throw in.malformed("has a bad header: " + e.getMessage());
            }
        }
    }

    private static ByteBuffer view(ByteBuf bytes) {
        return bytes.nioBuffer().asReadOnlyBuffer();
    }

    private static FieldReader reader(ByteBuf in) {
        return new FieldReader(in, ErrorCode.MALFORMED_ENVELOPE, "the envelope");
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_ENVELOPE, sentence);
    }
}
