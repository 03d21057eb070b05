package io.qight.store.embedded;

import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Which blocks of the index expire first: a binary heap of block numbers by a deadline that is no
 * later than any in the block. Taking out an entry leaves its block's key as it is, so keys may be
 * too early, never too late. Guarded by the store's lock.
 */
final class Deadlines {
    private long[] keys = new long[16];
    private int[] blocks = new int[16];
    private int[] positions = new int[16];
    private int size;

    void add(int block, long key) {
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, grown(size));
            blocks = Arrays.copyOf(blocks, grown(size));
        }
        if (block >= positions.length) {
            positions = Arrays.copyOf(positions, grown(block));
        }
        up(size++, block, key);
    }

    /** Makes a block's key earlier, if it is. */
    void lower(int block, long key) {
        int position = positions[block];
        if (key < keys[position]) {
            up(position, block, key);
        }
    }

    /** Makes a block's key later, if it is. */
    void raise(int block, long key) {
        int position = positions[block];
        if (key > keys[position]) {
            down(position, block, key);
        }
    }

    void remove(int block) {
        int position = positions[block];
        long key = keys[position];
        size--;
        if (position == size) {
            return;
        }
        int last = blocks[size];
        long lastKey = keys[size];
        if (lastKey < key) {
            up(position, last, lastKey);
        } else {
            down(position, last, lastKey);
        }
    }

    /** Starts a walk over the blocks whose key is at or before a time. */
    Walk upTo(long key) {
        return new Walk(key);
    }

    private static int grown(int size) {
        return size + (size >> 2) + 16;
    }

    private void up(int from, int block, long key) {
        int position = from;
        while (position > 0) {
            int parent = (position - 1) >>> 1;
            if (keys[parent] <= key) {
                break;
            }
            put(position, blocks[parent], keys[parent]);
            position = parent;
        }
        put(position, block, key);
    }

    private void down(int from, int block, long key) {
        int position = from;
        while (2 * position + 1 < size) {
            int child = 2 * position + 1;
            if (child + 1 < size && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            put(position, blocks[child], keys[child]);
            position = child;
        }
        put(position, block, key);
    }

    private void put(int position, int block, long key) {
        keys[position] = key;
        blocks[position] = block;
        positions[block] = position;
    }

    /** Goes down the heap without changing it, only where keys are early enough. */
    final class Walk {
        private final long keyMax;
        private int[] stack = new int[32];
        private int depth;
        private long rest = Long.MAX_VALUE;

        private Walk(long keyMax) {
            this.keyMax = keyMax;
            push(0);
        }

        /** Hands over the next block; false if there is none. */
        boolean next(IntConsumer block) {
            if (depth == 0) {
                return false;
            }
            int position = stack[--depth];
            push(2 * position + 2);
            push(2 * position + 1);
            block.accept(blocks[position]);
            return true;
        }

        /** The earliest key of all blocks that were not handed over. */
        long rest() {
            long first = rest;
            for (int i = 0; i < depth; i++) {
                first = Math.min(first, keys[stack[i]]);
            }
            return first;
        }

        private void push(int position) {
            if (position >= size) {
                return;
            }
            if (keys[position] > keyMax) {
                rest = Math.min(rest, keys[position]);
                return;
            }
            if (depth == stack.length) {
                stack = Arrays.copyOf(stack, depth * 2);
            }
            stack[depth++] = position;
        }
    }
}
