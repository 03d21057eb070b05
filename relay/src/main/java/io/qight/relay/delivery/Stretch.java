package io.qight.relay.delivery;

import io.qight.store.Operation;
import io.qight.store.Removal;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A part of a mailbox that one FETCH has read: all between two sequences, and which envelopes of it
 * were leased. Eight bytes an envelope.
 */
final class Stretch {
    private final String mailbox;
    private final long first;
    private final long last;
    private final long[] sequences;

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

    /** The part below a sequence. */
    Stretch below(long sequence) {
        long[] part = Arrays.stream(sequences).filter(one -> one < sequence).toArray();
        return new Stretch(mailbox, first, sequence - 1, part);
    }

    /** The part above a sequence. */
    Stretch above(long sequence) {
        long[] part = Arrays.stream(sequences).filter(one -> one > sequence).toArray();
        return new Stretch(mailbox, sequence + 1, last, part);
    }

    /** Every leased one. */
    void forEach(LongConsumer action) {
        Arrays.stream(sequences).forEach(action);
    }
}
