package io.qight.relay.flow;

import java.util.Arrays;

/**
 * A part of a mailbox that one FETCH has read: all between two sequences, and which envelopes of it
 * were leased. Eight bytes an envelope. Belongs to the dispatcher; the writer reads it while it is
 * being removed, when nobody changes it.
 */
public final class Stretch {
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

    /** Where it lies. */
    String mailbox() {
        return mailbox;
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

    /** The sequence of one of them, from the lowest to the highest. */
    long sequence(int index) {
        return sequences[index];
    }

    /** One of them was not delivered after all. */
    void leaveOut(long sequence) {
        sequences = Arrays.stream(sequences).filter(one -> one != sequence).toArray();
    }
}
