package io.qight.identity;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Varint;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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
        byte[] copy = ProofFields.copy(proof);
        ProofFields in = new ProofFields(copy, LAYOUT);
        IdentityKey relay = in.key();
        Storage storage = storage(in);
        long index = in.varint();
        long count = in.varint();
        List<ByteBuffer> path = path(in);
        ByteBuffer signature = in.signature();
        ByteBuffer root;
        try {
            root = MerkleTree.root(storage.bytes(), index, count, path);
        } catch (IllegalArgumentException e) {
            throw ProofFields.malformed("the proof's path leads nowhere: " + e.getMessage());
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
        return of(ProofFields.ofText(TEXT_PREFIX, text));
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
        return ProofFields.text(TEXT_PREFIX, bytes);
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

    private static Storage storage(ProofFields in) {
        return new Storage(
                in.mailbox(), in.id(), in.digest(), in.varint(), durability(in.varint()));
    }

    private static long durability(long number) {
        ProofFields.require(number >= 1 && number <= 3, "there is no durability " + number);
        return number;
    }

    private static List<ByteBuffer> path(ProofFields in) {
        long count = in.varint();
        ProofFields.require(
                count <= PATH_MAX, "a proof's path has at most " + PATH_MAX + " hashes");
        List<ByteBuffer> path = new ArrayList<>((int) count);
        for (long i = 0; i < count; i++) {
            path.add(in.digest());
        }
        return path;
    }
}
