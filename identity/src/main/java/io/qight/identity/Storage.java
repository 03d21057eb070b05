package io.qight.identity;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeHeader;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * What a relay says of an envelope that it has stored.
 *
 * @param mailbox where it is
 * @param id its own id, which its sender gave it
 * @param digest SHA-256 of the envelope as it was sent
 * @param deadlineMillis when its time to live ends, in milliseconds since 1970
 * @param durability what it survives: 1 fsync, 2 os, 3 memory
 */
public record Storage(
        String mailbox, Id id, ByteBuffer digest, long deadlineMillis, long durability) {
    /** Of an envelope that is well-formed. */
    public static Storage of(ByteBuffer envelope, long deadlineMillis, long durability) {
        EnvelopeHeader header = EnvelopeCodec.inspect(Unpooled.wrappedBuffer(envelope.duplicate()));
        return new Storage(
                header.mailbox(), header.id(), digestOf(envelope), deadlineMillis, durability);
    }

    /** SHA-256 of an envelope as it was sent, which is also as it is delivered. */
    static ByteBuffer digestOf(ByteBuffer envelope) {
        MessageDigest sha256 = MerkleTree.sha256();
        sha256.update(envelope.duplicate());
        return ByteBuffer.wrap(sha256.digest()).asReadOnlyBuffer();
    }

    /** The same at another durability. */
    public Storage at(long reached) {
        return new Storage(mailbox, id, digest, deadlineMillis, reached);
    }

    /** A leaf of the tree whose root the relay signs. */
    public ByteBuffer bytes() {
        ByteBuf out = Unpooled.buffer();
        write(out);
        return out.nioBuffer();
    }

    void write(ByteBuf out) {
        Varint.write(ByteBufUtil.utf8Bytes(mailbox), out);
        out.writeCharSequence(mailbox, StandardCharsets.UTF_8);
        out.writeLong(id.high()).writeLong(id.low()).writeBytes(digest.duplicate());
        Varint.write(deadlineMillis, out);
        Varint.write(durability, out);
    }
}
