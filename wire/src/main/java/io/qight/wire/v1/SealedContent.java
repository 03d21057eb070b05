package io.qight.wire.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;

/**
 * What a sealed body is once it is opened: padding, a signature or none, and the body as it would
 * stand unsealed. So only who opens it learns whether it is signed, and by whom.
 *
 * @param signature 64 bytes, or none
 * @param body sender, headers and payload
 */
public record SealedContent(ByteBuffer signature, ByteBuffer body) {
    /** How many bytes it has with so much padding. */
    public int bytes(int paddingBytes) {
        return Varint.bytes(paddingBytes)
                + paddingBytes
                + Varint.bytes(signature.remaining())
                + signature.remaining()
                + body.remaining();
    }

    /** All of it, to be sealed. */
    public ByteBuffer write(int paddingBytes) {
        return new FieldWriter(Unpooled.buffer(bytes(paddingBytes)))
                .bytes(ByteBuffer.allocate(paddingBytes))
                .bytes(signature)
                .fixed(body)
                .end();
    }

    /**
     * Reads what was sealed; the parts are views of it.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_ENVELOPE}, saying what is wrong
     */
    public static SealedContent read(ByteBuffer opened) {
        FieldReader fields =
                new FieldReader(
                        Unpooled.wrappedBuffer(opened),
                        ErrorCode.MALFORMED_ENVELOPE,
                        "what is sealed");
        ByteBuf padding = fields.prefixed();
        while (padding.isReadable()) {
            if (padding.readByte() != 0) {
                throw fields.malformed("has a padding that is not all zero");
            }
        }
        ByteBuf signature = fields.prefixed();
        if (signature.isReadable() && signature.readableBytes() != EnvelopeCodec.SIGNATURE_BYTES) {
            throw fields.malformed("has a signature of " + signature.readableBytes() + " bytes");
        }
        return new SealedContent(signature.nioBuffer(), fields.rest().nioBuffer());
    }
}
