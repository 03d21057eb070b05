package io.qight.identity;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/**
 * A hash tree (RFC 9162, section 2.1, with SHA-256), so that one signature of its root vouches for
 * each of its leaves: a leaf and its path, which grows with the logarithm of their number, give the
 * root again.
 *
 * <p>Immutable.
 */
public final class MerkleTree {
    /** The size of a hash, in bytes. */
    public static final int HASH_BYTES = 32;

    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    /** From the leaves' hashes to the root; a last one without a neighbour goes up as it is. */
    private final List<List<ByteBuffer>> levels = new ArrayList<>();

    /** The tree over these, at least one, in their order. */
    public MerkleTree(List<ByteBuffer> leaves) {
        if (leaves.isEmpty()) {
            throw new IllegalArgumentException("a tree has leaves");
        }
        List<ByteBuffer> level = leaves.stream().map(leaf -> hash(LEAF, leaf)).toList();
        levels.add(level);
        while (level.size() > 1) {
            level = above(level);
            levels.add(level);
        }
    }

    /** What is signed for all of them. */
    public ByteBuffer root() {
        return levels.get(levels.size() - 1).get(0).duplicate();
    }

    /** The hashes that lead from this leaf, counted from 0, to the root. */
    public List<ByteBuffer> path(int leaf) {
        List<ByteBuffer> path = new ArrayList<>();
        int index = leaf;
        for (List<ByteBuffer> level : levels) {
            int neighbour = index ^ 1;
            if (neighbour < level.size()) {
                path.add(level.get(neighbour).duplicate());
            }
            index >>= 1;
        }
        return path;
    }

    /**
     * The root that a leaf and its path lead to.
     *
     * @param index which of the leaves it is, from 0
     * @param count how many there are
     * @throws IllegalArgumentException if there is no such leaf, or its path has another length
     */
    public static ByteBuffer root(ByteBuffer leaf, long index, long count, List<ByteBuffer> path) {
        if (index < 0 || index >= count) {
            throw new IllegalArgumentException("no leaf " + index + " of " + count);
        }
        ByteBuffer hash = hash(LEAF, leaf);
        int used = 0;
        long at = index;
        for (long width = count; width > 1; width = (width + 1) >> 1) {
            boolean right = (at & 1) == 1;
            if (right || at + 1 < width) {
                if (used == path.size()) {
                    throw new IllegalArgumentException("the path is too short");
                }
                ByteBuffer neighbour = path.get(used++);
                hash = right ? hash(NODE, neighbour, hash) : hash(NODE, hash, neighbour);
            }
            at >>= 1;
        }
        if (used < path.size()) {
            throw new IllegalArgumentException("the path is too long");
        }
        return hash;
    }

    private static List<ByteBuffer> above(List<ByteBuffer> level) {
        List<ByteBuffer> above = new ArrayList<>((level.size() + 1) / 2);
        for (int i = 0; i < level.size(); i += 2) {
            above.add(
                    i + 1 < level.size()
                            ? hash(NODE, level.get(i), level.get(i + 1))
                            : level.get(i));
        }
        return above;
    }

    /** What stands before them keeps leaves and nodes apart. */
    private static ByteBuffer hash(byte kind, ByteBuffer... parts) {
        MessageDigest sha256 = sha256();
        sha256.update(kind);
        for (ByteBuffer part : parts) {
            sha256.update(part.duplicate());
        }
        return ByteBuffer.wrap(sha256.digest()).asReadOnlyBuffer();
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
