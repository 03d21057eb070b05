package io.qight.store.embedded;

import io.qight.store.Expired;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which envelope waits in which mailbox, where its record is, and which expire first. Compact:
 * about 30 bytes an envelope, outside the Java heap. Guarded by the store's lock; mailboxes come
 * and go by the writer alone.
 *
 * <p>A waiting envelope has a position within its mailbox, good until the next change: eight times
 * the index of its block there, and its entry in the block.
 */
final class Index {
    /** Neighbouring blocks with no more entries than this, together, become one. */
    private static final int MERGE_MAX = 6;

    private final Map<String, Mailbox> byName = new HashMap<>();
    private final Blocks blocks = new Blocks();
    private final Deadlines deadlines = new Deadlines();
    private @Nullable Mailbox[] table = new Mailbox[16];
    private int tableSize;
    private int[] freeSlots = new int[16];
    private int freeSlotCount;
    private long mailboxes;
    private long waiting;
    private long waitingBytes;

    long mailboxes() {
        return mailboxes;
    }

    long waiting() {
        return waiting;
    }

    long waitingBytes() {
        return waitingBytes;
    }

    /** The mailbox of that name, if it holds something or is about to. */
    @Nullable Mailbox mailbox(String name) {
        return byName.get(name);
    }

    /** A mailbox that was not there. */
    Mailbox create(String name, long number) {
        int slot = freeSlotCount > 0 ? freeSlots[--freeSlotCount] : tableSize++;
        if (slot == table.length) {
            table = Arrays.copyOf(table, slot + slot / 2);
        }
        Mailbox mailbox = new Mailbox(name, number, slot);
        table[slot] = mailbox;
        byName.put(name, mailbox);
        return mailbox;
    }

    /** Forgets the mailbox if it is empty. */
    void dropIfEmpty(Mailbox mailbox) {
        if (mailbox.waiting > 0 || mailbox != table[mailbox.slot]) {
            return;
        }
        byName.remove(mailbox.name);
        table[mailbox.slot] = null;
        if (freeSlotCount == freeSlots.length) {
            freeSlots = Arrays.copyOf(freeSlots, freeSlotCount * 2);
        }
        freeSlots[freeSlotCount++] = mailbox.slot;
    }

    /** One more than the highest slot in use. */
    int slots() {
        return tableSize;
    }

    /** The mailbox in a slot, if there is one. */
    @Nullable Mailbox atSlot(int slot) {
        return table[slot];
    }

    /** Puts in an envelope that is not there. */
    void put(Mailbox mailbox, long sequence, Blocks.Place place) {
        int index = blockFor(mailbox, sequence);
        int block = mailbox.block(index);
        blocks.insert(block, blocks.search(block, sequence), sequence, place);
        deadlines.lower(block, Math.min(place.deadlineMillis, Blocks.DEADLINE_MAX));
        if (mailbox.waiting++ == 0) {
            mailboxes++;
        }
        mailbox.waitingBytes += place.envelopeBytes;
        waiting++;
        waitingBytes += place.envelopeBytes;
    }

    /** The position of the envelope with that sequence; -1 if it does not wait. */
    long find(Mailbox mailbox, long sequence) {
        int index = lastBlockFrom(mailbox, sequence);
        if (index < 0) {
            return -1;
        }
        int block = mailbox.block(index);
        int entry = blocks.search(block, sequence);
        boolean found = entry < blocks.count(block) && blocks.sequence(block, entry) == sequence;
        return found ? position(index, entry) : -1;
    }

    /** The position of the first envelope with a higher sequence; -1 if there is none. */
    long findAbove(Mailbox mailbox, long sequence) {
        if (mailbox.size() == 0 || sequence == Long.MAX_VALUE) {
            return -1;
        }
        int index = Math.max(0, lastBlockFrom(mailbox, sequence));
        int block = mailbox.block(index);
        int entry = blocks.search(block, sequence + 1);
        if (entry < blocks.count(block)) {
            return position(index, entry);
        }
        return index + 1 < mailbox.size() ? position(index + 1, 0) : -1;
    }

    /** The position after this one; -1 if there is none. */
    long next(Mailbox mailbox, long position) {
        int index = (int) (position / Blocks.ENTRIES_MAX);
        int entry = (int) (position % Blocks.ENTRIES_MAX) + 1;
        if (entry < blocks.count(mailbox.block(index))) {
            return position + 1;
        }
        return index + 1 < mailbox.size() ? position(index + 1, 0) : -1;
    }

    long sequence(Mailbox mailbox, long position) {
        return blocks.sequence(block(mailbox, position), entry(position));
    }

    long lastSequence(Mailbox mailbox) {
        int block = mailbox.block(mailbox.size() - 1);
        return blocks.sequence(block, blocks.count(block) - 1);
    }

    /** Where the envelope's record is. */
    void place(Mailbox mailbox, long position, Blocks.Place into) {
        int block = block(mailbox, position);
        int entry = entry(position);
        into.set(
                blocks.slot(block, entry),
                blocks.offset(block, entry),
                blocks.envelopeBytes(block, entry),
                blocks.deadline(block, entry));
    }

    void move(Mailbox mailbox, long position, int slot, int offset) {
        blocks.move(block(mailbox, position), entry(position), slot, offset);
    }

    /** Takes out an envelope. The mailbox stays, also when it is empty now. */
    void remove(Mailbox mailbox, long position) {
        int index = (int) (position / Blocks.ENTRIES_MAX);
        int block = mailbox.block(index);
        int envelopeBytes = blocks.envelopeBytes(block, entry(position));
        blocks.remove(block, entry(position));
        if (blocks.count(block) == 0) {
            mailbox.remove(index);
            release(block);
        } else if (blocks.count(block) <= MERGE_MAX / 2) {
            mergeWithNext(mailbox, index);
            mergeWithNext(mailbox, index - 1);
        }
        mailbox.waitingBytes -= envelopeBytes;
        if (--mailbox.waiting == 0) {
            mailboxes--;
        }
        waiting--;
        waitingBytes -= envelopeBytes;
    }

    /** See {@link io.qight.store.MailboxStore#expired}. */
    Expired expired(long nowMillis, int max) {
        record Due(long deadline, Expired.Key key) {}
        List<Due> due = new ArrayList<>();
        IntStack visited = new IntStack();
        long next = Long.MAX_VALUE;
        Deadlines.Walk walk = deadlines.upTo(nowMillis);
        while (due.size() < max && walk.next(visited::push)) {
            int block = visited.top();
            for (int i = 0; i < blocks.count(block); i++) {
                long deadline = blocks.deadline(block, i);
                if (deadline <= nowMillis && due.size() < max) {
                    due.add(new Due(deadline, key(block, i)));
                } else {
                    next = Math.min(next, deadline);
                }
            }
        }
        next = Math.min(next, walk.rest());
        while (!visited.isEmpty()) {
            int block = visited.pop();
            deadlines.raise(block, blocks.deadlineMin(block));
        }
        due.sort(Comparator.comparingLong(Due::deadline));
        return new Expired(due.stream().map(Due::key).toList(), next);
    }

    private Expired.Key key(int block, int entry) {
        Mailbox mailbox = table[blocks.mailbox(block)];
        if (mailbox == null) {
            throw new IllegalStateException("a block without a mailbox");
        }
        return new Expired.Key(mailbox.name, blocks.sequence(block, entry));
    }

    /** The index of a block with room for the sequence, made if need be. */
    private int blockFor(Mailbox mailbox, long sequence) {
        int index = lastBlockFrom(mailbox, sequence);
        if (index >= 0 && blocks.reaches(mailbox.block(index), sequence)) {
            int block = mailbox.block(index);
            if (blocks.count(block) < Blocks.ENTRIES_MAX) {
                return index;
            }
            int entry = blocks.search(block, sequence);
            if (entry < Blocks.ENTRIES_MAX) {
                split(mailbox, index, entry);
                return index;
            }
        }
        int block = blocks.allocate(mailbox.slot, sequence);
        mailbox.insert(index + 1, block);
        deadlines.add(block, Long.MAX_VALUE);
        return index + 1;
    }

    /** Moves a block's entries from {@code entry} on to a new block after it. */
    private void split(Mailbox mailbox, int index, int entry) {
        int block = mailbox.block(index);
        int second = blocks.allocate(mailbox.slot, blocks.sequence(block, entry));
        blocks.append(block, entry, second);
        mailbox.insert(index + 1, second);
        deadlines.add(second, blocks.deadlineMin(second));
    }

    private void mergeWithNext(Mailbox mailbox, int index) {
        if (index < 0 || index + 1 >= mailbox.size()) {
            return;
        }
        int first = mailbox.block(index);
        int second = mailbox.block(index + 1);
        int count = blocks.count(second);
        if (blocks.count(first) + count <= MERGE_MAX
                && blocks.reaches(first, blocks.sequence(second, count - 1))) {
            blocks.append(second, 0, first);
            mailbox.remove(index + 1);
            release(second);
            deadlines.lower(first, blocks.deadlineMin(first));
        }
    }

    private void release(int block) {
        deadlines.remove(block);
        blocks.free(block);
    }

    /** The last block that begins at or below the sequence; -1 if there is none. */
    private int lastBlockFrom(Mailbox mailbox, long sequence) {
        int low = 0;
        int high = mailbox.size() - 1;
        if (high >= 0 && blocks.base(mailbox.block(high)) <= sequence) {
            return high;
        }
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (blocks.base(mailbox.block(middle)) <= sequence) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private static long position(int index, int entry) {
        return (long) index * Blocks.ENTRIES_MAX + entry;
    }

    private static int block(Mailbox mailbox, long position) {
        return mailbox.block((int) (position / Blocks.ENTRIES_MAX));
    }

    private static int entry(long position) {
        return (int) (position % Blocks.ENTRIES_MAX);
    }

    /** A stack of ints. */
    private static final class IntStack {
        private int[] items = new int[64];
        private int size;

        void push(int item) {
            if (size == items.length) {
                items = Arrays.copyOf(items, size * 2);
            }
            items[size++] = item;
        }

        int top() {
            return items[size - 1];
        }

        int pop() {
            return items[--size];
        }

        boolean isEmpty() {
            return size == 0;
        }
    }
}
