package io.qight.relay.grants;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which waiting envelopes of one mailbox are whose: in arrays, in the order of their sequences, at
 * 16 to 32 bytes for each.
 *
 * @param <H> who holds envelopes
 */
final class HeldEnvelopes<H> {
    private static final int ROOM_MIN = 8;

    /** An envelope that was taken out. */
    record Taken<H>(H holder, int bytes) {}

    private long[] sequences = new long[ROOM_MIN];
    private int[] bytes = new int[ROOM_MIN];
    private @Nullable Object[] holders = new @Nullable Object[ROOM_MIN];

    /** The first and the last place in use, and how many between them are. */
    private int from;

    private int to;
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** An envelope with a higher sequence than all before. */
    void add(long sequence, int envelopeBytes, H holder) {
        if (to == sequences.length) {
            move();
        }
        sequences[to] = sequence;
        bytes[to] = envelopeBytes;
        holders[to++] = holder;
        size++;
    }

    /** Takes an envelope out; empty if it is not one of these. */
    Optional<Taken<H>> remove(long sequence) {
        int at = Arrays.binarySearch(sequences, from, to, sequence);
        Object found = at < 0 ? null : holders[at];
        if (found == null) {
            return Optional.empty();
        }
        @SuppressWarnings("unchecked")
        H holder = (H) found;
        Taken<H> taken = new Taken<>(holder, bytes[at]);
        holders[at] = null;
        size--;
        while (from < to && holders[from] == null) {
            from++;
        }
        if (size < sequences.length / 4 && sequences.length > ROOM_MIN) {
            move();
        }
        return Optional.of(taken);
    }

    /** Into arrays that are half full, without those that were taken out. */
    private void move() {
        int room = Math.max(ROOM_MIN, 2 * size);
        long[] newSequences = new long[room];
        int[] newBytes = new int[room];
        @Nullable Object[] newHolders = new @Nullable Object[room];
        int next = 0;
        for (int i = from; i < to; i++) {
            if (holders[i] != null) {
                newSequences[next] = sequences[i];
                newBytes[next] = bytes[i];
                newHolders[next++] = holders[i];
            }
        }
        sequences = newSequences;
        bytes = newBytes;
        holders = newHolders;
        from = 0;
        to = next;
    }
}
