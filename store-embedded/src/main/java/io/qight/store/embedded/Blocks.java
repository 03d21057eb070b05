package io.qight.store.embedded;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The memory of the index, outside the Java heap: blocks of up to eight entries, all of one mailbox
 * and in the order of their sequences. Blocks have numbers, and a freed one is used again.
 *
 * <p>A block is a head of 16 bytes (the sequence it counts from, its mailbox's place, its number of
 * entries) and eight entries of 20: sequence above the head's (u32), offset (u32), envelope bytes
 * (u32), segment slot (u16), deadline (u48). Guarded by the store's lock.
 */
final class Blocks {
    static final int ENTRIES_MAX = 8;

    /** Deadlines have 48 bits here; the record has all of them. */
    static final long DEADLINE_MAX = (1L << 48) - 1;

    private static final int HEAD_BYTES = 16;
    private static final int ENTRY_BYTES = 20;
    private static final int BLOCK_BYTES = HEAD_BYTES + ENTRIES_MAX * ENTRY_BYTES;
    private static final int SLAB_SHIFT = 13;
    private static final int SLAB_MASK = (1 << SLAB_SHIFT) - 1;
    private static final int NONE = -1;

    private ByteBuffer[] slabs = new ByteBuffer[0];
    private int made;
    private int free = NONE;

    /** A block with no entry. */
    int allocate(int mailbox, long base) {
        int block = free;
        if (block == NONE) {
            block = made++;
            if (block >> SLAB_SHIFT == slabs.length) {
                slabs = Arrays.copyOf(slabs, slabs.length + 1);
                slabs[slabs.length - 1] = Format.direct(BLOCK_BYTES << SLAB_SHIFT);
            }
        } else {
            free = slab(block).getInt(at(block));
        }
        slab(block).putLong(at(block), base).putInt(at(block) + 8, mailbox);
        slab(block).putInt(at(block) + 12, 0);
        return block;
    }

    void free(int block) {
        slab(block).putInt(at(block), free);
        free = block;
    }

    long base(int block) {
        return slab(block).getLong(at(block));
    }

    int mailbox(int block) {
        return slab(block).getInt(at(block) + 8);
    }

    int count(int block) {
        return slab(block).getInt(at(block) + 12);
    }

    long sequence(int block, int entry) {
        return base(block) + Integer.toUnsignedLong(slab(block).getInt(at(block, entry)));
    }

    int offset(int block, int entry) {
        return slab(block).getInt(at(block, entry) + 4);
    }

    int envelopeBytes(int block, int entry) {
        return slab(block).getInt(at(block, entry) + 8);
    }

    int slot(int block, int entry) {
        return slab(block).getShort(at(block, entry) + 12) & 0xFFFF;
    }

    long deadline(int block, int entry) {
        ByteBuffer slab = slab(block);
        int at = at(block, entry);
        return (slab.getShort(at + 14) & 0xFFFFL) << 32
                | Integer.toUnsignedLong(slab.getInt(at + 16));
    }

    /** The earliest deadline among the block's entries. */
    long deadlineMin(int block) {
        long min = Long.MAX_VALUE;
        for (int i = count(block) - 1; i >= 0; i--) {
            min = Math.min(min, deadline(block, i));
        }
        return min;
    }

    /** Whether a sequence can be an entry of the block. */
    boolean reaches(int block, long sequence) {
        long delta = sequence - base(block);
        return delta >= 0 && delta <= 0xFFFF_FFFFL;
    }

    /** The first entry whose sequence is not below; the number of entries if there is none. */
    int search(int block, long sequence) {
        ByteBuffer slab = slab(block);
        int at = at(block);
        long delta = sequence - slab.getLong(at);
        int entry = slab.getInt(at + 12);
        while (entry > 0 && delta(slab, at, entry - 1) >= delta) {
            entry--;
        }
        return entry;
    }

    /** Puts an entry before another; the block has room for it and reaches its sequence. */
    void insert(int block, int entry, long sequence, Place place) {
        ByteBuffer slab = slab(block);
        int count = count(block);
        int at = at(block, entry);
        if (entry < count) {
            slab.put(at + ENTRY_BYTES, slab, at, (count - entry) * ENTRY_BYTES);
        }
        slab.putInt(at, (int) (sequence - base(block)));
        slab.putInt(at(block) + 12, count + 1);
        move(block, entry, place.slot, place.offset);
        long deadline = Math.max(0, Math.min(DEADLINE_MAX, place.deadlineMillis));
        slab.putInt(at + 8, place.envelopeBytes)
                .putShort(at + 14, (short) (deadline >>> 32))
                .putInt(at + 16, (int) deadline);
    }

    /** Says that the entry's record is somewhere else now. */
    void move(int block, int entry, int slot, int offset) {
        int at = at(block, entry);
        slab(block).putInt(at + 4, offset).putShort(at + 12, (short) slot);
    }

    void remove(int block, int entry) {
        ByteBuffer slab = slab(block);
        int count = count(block) - 1;
        int at = at(block, entry);
        if (entry < count) {
            slab.put(at, slab, at + ENTRY_BYTES, (count - entry) * ENTRY_BYTES);
        }
        slab.putInt(at(block) + 12, count);
    }

    /** Moves the entries from one on to the end of another block, which has room for them. */
    void append(int from, int first, int to) {
        int count = count(from);
        for (int i = first; i < count; i++) {
            int target = count(to);
            slab(to).put(at(to, target), slab(from), at(from, i), ENTRY_BYTES);
            slab(to).putInt(at(to, target), (int) (sequence(from, i) - base(to)));
            slab(to).putInt(at(to) + 12, target + 1);
        }
        slab(from).putInt(at(from) + 12, first);
    }

    private static long delta(ByteBuffer slab, int at, int entry) {
        return Integer.toUnsignedLong(slab.getInt(at + HEAD_BYTES + entry * ENTRY_BYTES));
    }

    private ByteBuffer slab(int block) {
        return slabs[block >> SLAB_SHIFT];
    }

    private static int at(int block) {
        return (block & SLAB_MASK) * BLOCK_BYTES;
    }

    private static int at(int block, int entry) {
        return at(block) + HEAD_BYTES + entry * ENTRY_BYTES;
    }

    /** Where a waiting envelope is, and until when; filled anew for each use. */
    static final class Place {
        int slot;
        int offset;
        int envelopeBytes;
        long deadlineMillis;

        Place set(int newSlot, int newOffset, int newEnvelopeBytes, long newDeadlineMillis) {
            slot = newSlot;
            offset = newOffset;
            envelopeBytes = newEnvelopeBytes;
            deadlineMillis = newDeadlineMillis;
            return this;
        }
    }
}
