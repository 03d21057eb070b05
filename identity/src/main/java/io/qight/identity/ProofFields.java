package io.qight.identity;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;

/** Reads the fields of a proof, and refuses what does not fit. Not thread-safe. */
final class ProofFields {
    private static final int ID_BYTES = 16;

    private final ByteBuf in;

    /** Of all these bytes, of which the first says how the others are laid out. */
    ProofFields(byte[] proof, int layout) {
        this.in = Unpooled.wrappedBuffer(proof);
        require(in.isReadable() && in.readByte() == layout, "a proof of an unknown layout");
    }

    /** A copy of a proof's bytes, which nobody changes any more. */
    static byte[] copy(ByteBuffer proof) {
        byte[] copy = new byte[proof.remaining()];
        proof.duplicate().get(copy);
        return copy;
    }

    /** A proof as one line. */
    static String text(String prefix, ByteBuffer proof) {
        return prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(copy(proof));
    }

    /** The bytes of a proof's line, with white space around it. */
    static ByteBuffer ofText(String prefix, String text) {
        String line = text.strip();
        require(line.startsWith(prefix), "a proof's text begins with " + prefix);
        try {
            return ByteBuffer.wrap(Base64.getUrlDecoder().decode(line.substring(prefix.length())));
        } catch (IllegalArgumentException e) {
            throw malformed("a proof's text is base64url");
        }
    }

    static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw malformed(otherwise);
        }
    }

    static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_FRAME, sentence);
    }

    IdentityKey key() {
        try {
            return IdentityKey.of(fixed(IdentityKey.BYTES));
        } catch (ProtocolException e) {
            throw malformed("a proof names what is no key");
        }
    }

    String mailbox() {
        long length = varint();
        require(length <= in.readableBytes(), "a proof ends within a text");
        try {
            ByteBuffer text = in.readSlice((int) length).nioBuffer();
            return new MailboxName(UTF_8.newDecoder().decode(text).toString()).value();
        } catch (CharacterCodingException e) {
            throw malformed("a proof has a text that is not UTF-8");
        }
    }

    Id id() {
        require(in.readableBytes() >= ID_BYTES, "a proof ends within its id");
        return new Id(in.readLong(), in.readLong());
    }

    ByteBuffer digest() {
        return fixed(MerkleTree.HASH_BYTES);
    }

    long varint() {
        require(Varint.readable(in), "a proof ends within an integer");
        return Varint.read(in);
    }

    /** The last field. */
    ByteBuffer signature() {
        ByteBuffer signature = fixed(IdentityKey.SIGNATURE_BYTES);
        require(!in.isReadable(), "a proof ends with its signature");
        return signature;
    }

    private ByteBuffer fixed(int count) {
        require(in.readableBytes() >= count, "a proof ends within a field of " + count + " bytes");
        byte[] copy = new byte[count];
        in.readBytes(copy);
        return ByteBuffer.wrap(copy).asReadOnlyBuffer();
    }
}
