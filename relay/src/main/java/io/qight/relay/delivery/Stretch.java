package io.qight.relay.delivery;

import io.qight.store.Operation;
import io.qight.store.Removal;
import java.util.Arrays;
import java.util.List;

/**
 * A part of a mailbox that one FETCH has read: all between two sequences, and which envelopes of it
 * were leased. Eight bytes an envelope.
 */
final class Stretch {
    private final String mailbox;
    private final long first;
    private final long last;
    private long[] sequences;

    Stretch(String mailbox, long first, long last, long[] sequences) {
        this.mailbox = mailbox;
        this.first = first;
        this.last = last;
        this.sequences = sequences;
    }

    /** The lowest sequence that belongs to it, whether anything waits there or not. */
    long first() {
        return first;
    }

    /** The highest sequence that belongs to it. */
    long last() {
        return last;
    }

    /** How many envelopes are leased. */
    int size() {
        return sequences.length;
    }

    /** What takes them out of the mailbox, now that their receiver has them. */
    List<Operation> removals() {
        return Arrays.stream(sequences)
                .<Operation>mapToObj(
                        sequence -> new Operation.Remove(mailbox, sequence, Removal.ACKED))
                .toList();
    }

    /** One of them was not delivered after all. */
    void leaveOut(long sequence) {
        sequences = Arrays.stream(sequences).filter(one -> one != sequence).toArray();
    }
}
