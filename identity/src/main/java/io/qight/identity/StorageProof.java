package io.qight.identity;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A receipt that anybody can check later, without the relay: that the holder of {@link #relay}'s
 * key has said that it stored an envelope. What it proves is as good as the knowledge whose key
 * that is.
 *
 * <p>There is none whose signature does not verify. Immutable.
 */
public final class StorageProof {
    /** What a proof's text begins with. */
    public static final String TEXT_PREFIX = "qight-proof:";

    private static final int LAYOUT = 1;
    private static final int ID_BYTES = 16;

    /** No tree of frames is deeper. */
    private static final int PATH_MAX = 62;

    private final IdentityKey relay;
    private final Storage storage;
    private final ByteBuffer bytes;

    private StorageProof(IdentityKey relay, Storage storage, ByteBuffer bytes) {
        this.relay = relay;
        this.storage = storage;
        this.bytes = bytes.asReadOnlyBuffer();
    }

    /** What a relay signs for all that it stored together. */
    public static ByteBuffer sign(Identity relay, List<Storage> stored) {
        return relay.sign(SignatureKind.RECEIPT, head(stored.size(), tree(stored).root()));
    }

    /**
     * The proof for each of those that a relay stored together.
     *
     * @throws ProtocolException {@link ErrorCode#NOT_PROVED} if it has not signed that
     */
    public static List<StorageProof> of(
            IdentityKey relay, List<Storage> stored, ByteBuffer signature) {
        MerkleTree tree = tree(stored);
        verify(relay, stored.size(), tree.root(), signature);
        List<StorageProof> proofs = new ArrayList<>(stored.size());
        for (int i = 0; i < stored.size(); i++) {
            ByteBuf out = Unpooled.buffer();
            out.writeByte(LAYOUT).writeBytes(relay.bytes());
            stored.get(i).write(out);
            Varint.write(i, out);
            Varint.write(stored.size(), out);
            List<ByteBuffer> path = tree.path(i);
            Varint.write(path.size(), out);
            path.forEach(out::writeBytes);
            out.writeBytes(signature.duplicate());
            ByteBuffer bytes = ByteBuffer.wrap(ByteBufUtil.getBytes(out));
            proofs.add(new StorageProof(relay, stored.get(i), bytes));
        }
        return proofs;
    }

    /**
     * Reads a proof, and checks its signature.
     *
     * @throws ProtocolException {@link ErrorCode#MALFORMED_FRAME} or {@link
     *     ErrorCode#INVALID_MAILBOX} if it does not follow the layout, {@link ErrorCode#NOT_PROVED}
     *     if the relay that it names has not signed it
     */
    public static StorageProof of(ByteBuffer proof) {
        byte[] copy = new byte[proof.remaining()];
        proof.duplicate().get(copy);
        ByteBuf in = Unpooled.wrappedBuffer(copy);
        require(in.isReadable() && in.readByte() == LAYOUT, "a proof of an unknown layout");
        IdentityKey relay = key(in);
        Storage storage = storage(in);
        long index = varint(in);
        long count = varint(in);
        List<ByteBuffer> path = path(in);
        ByteBuffer signature = fixed(in, IdentityKey.SIGNATURE_BYTES);
        require(!in.isReadable(), "a proof ends with its signature");
        ByteBuffer root;
        try {
            root = MerkleTree.root(storage.bytes(), index, count, path);
        } catch (IllegalArgumentException e) {
            throw malformed("the proof's path leads nowhere: " + e.getMessage());
        }
        verify(relay, count, root, signature);
        return new StorageProof(relay, storage, ByteBuffer.wrap(copy));
    }

    /**
     * Reads a proof's text, with white space around it.
     *
     * @throws ProtocolException as {@link #of(ByteBuffer)}
     */
    public static StorageProof ofText(String text) {
        String line = text.strip();
        require(line.startsWith(TEXT_PREFIX), "a proof's text begins with " + TEXT_PREFIX);
        byte[] bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(line.substring(TEXT_PREFIX.length()));
        } catch (IllegalArgumentException e) {
            throw malformed("a proof's text is base64url");
        }
        return of(ByteBuffer.wrap(bytes));
    }

    /** Who has signed it. */
    public IdentityKey relay() {
        return relay;
    }

    /** What it says. */
    public Storage storage() {
        return storage;
    }

    /** Its bytes, read-only. */
    public ByteBuffer bytes() {
        return bytes.duplicate();
    }

    /** It as one line. */
    public String text() {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return TEXT_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(copy);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StorageProof proof && bytes.equals(proof.bytes);
    }

    @Override
    public int hashCode() {
        return bytes.hashCode();
    }

    @Override
    public String toString() {
        return "a proof by " + relay + " of " + storage;
    }

    private static MerkleTree tree(List<Storage> stored) {
        return new MerkleTree(stored.stream().map(Storage::bytes).toList());
    }

    private static ByteBuffer head(long count, ByteBuffer root) {
        ByteBuf out = Unpooled.buffer();
        Varint.write(count, out);
        out.writeBytes(root.duplicate());
        return out.nioBuffer();
    }

    private static void verify(
            IdentityKey relay, long count, ByteBuffer root, ByteBuffer signature) {
        if (!relay.verifies(SignatureKind.RECEIPT, head(count, root), signature)) {
            throw new ProtocolException(
                    ErrorCode.NOT_PROVED, "the relay " + relay + " has not signed this");
        }
    }

    private static Storage storage(ByteBuf in) {
        return new Storage(
                new MailboxName(text(in)).value(),
                id(in),
                fixed(in, MerkleTree.HASH_BYTES),
                varint(in),
                durability(varint(in)));
    }

    private static String text(ByteBuf in) {
        long length = varint(in);
        require(length <= in.readableBytes(), "a proof ends within a text");
        try {
            return UTF_8.newDecoder().decode(in.readSlice((int) length).nioBuffer()).toString();
        } catch (CharacterCodingException e) {
            throw malformed("a proof has a text that is not UTF-8");
        }
    }

    private static Id id(ByteBuf in) {
        require(in.readableBytes() >= ID_BYTES, "a proof ends within its id");
        return new Id(in.readLong(), in.readLong());
    }

    private static long durability(long number) {
        require(number >= 1 && number <= 3, "there is no durability " + number);
        return number;
    }

    private static List<ByteBuffer> path(ByteBuf in) {
        long count = varint(in);
        require(count <= PATH_MAX, "a proof's path has at most " + PATH_MAX + " hashes");
        List<ByteBuffer> path = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            path.add(fixed(in, MerkleTree.HASH_BYTES));
        }
        return path;
    }

    private static IdentityKey key(ByteBuf in) {
        try {
            return IdentityKey.of(fixed(in, IdentityKey.BYTES));
        } catch (ProtocolException e) {
            throw malformed("a proof names what is no key");
        }
    }

    private static ByteBuffer fixed(ByteBuf in, int count) {
        require(in.readableBytes() >= count, "a proof ends within a field of " + count + " bytes");
        byte[] copy = new byte[count];
        in.readBytes(copy);
        return ByteBuffer.wrap(copy).asReadOnlyBuffer();
    }

    private static long varint(ByteBuf in) {
        require(Varint.readable(in), "a proof ends within an integer");
        return Varint.read(in);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw malformed(otherwise);
        }
    }

    private static ProtocolException malformed(String sentence) {
        return new ProtocolException(ErrorCode.MALFORMED_FRAME, sentence);
    }
}
