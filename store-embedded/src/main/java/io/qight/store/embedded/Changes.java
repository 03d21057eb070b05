package io.qight.store.embedded;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a commit will change in memory once it is durable, in its order, without an object for each.
 * Used by the writer alone.
 */
final class Changes {
    static final byte APPENDED = 0;
    static final byte REMOVED = 1;
    static final byte FAILED = 2;

    private byte[] kinds = new byte[64];
    private @Nullable Mailbox[] mailboxes = new Mailbox[64];
    private @Nullable Segment[] segments = new Segment[64];
    private long[] sequences = new long[64];
    private long[] batches = new long[64];
    private long[] deadlines = new long[64];
    private int[] offsets = new int[64];
    private int[] details = new int[64];
    private int size;

    void clear() {
        Arrays.fill(mailboxes, 0, size, null);
        Arrays.fill(segments, 0, size, null);
        size = 0;
    }

    int size() {
        return size;
    }

    /** Notes an append whose record is at an offset of a segment. */
    void append(
            Mailbox mailbox,
            long sequence,
            Segment segment,
            int offset,
            int envelopeBytes,
            long deadlineMillis) {
        int at = add(APPENDED, segment, 0);
        mailboxes[at] = mailbox;
        sequences[at] = sequence;
        offsets[at] = offset;
        details[at] = envelopeBytes;
        deadlines[at] = deadlineMillis;
    }

    /** Notes a change of a waiting envelope: the way it left, or how often it failed. */
    void change(
            byte kind, Mailbox mailbox, long sequence, Segment segment, long batch, int detail) {
        int at = add(kind, segment, batch);
        mailboxes[at] = mailbox;
        sequences[at] = sequence;
        details[at] = detail;
    }

    byte kind(int at) {
        return kinds[at];
    }

    Mailbox mailbox(int at) {
        Mailbox mailbox = mailboxes[at];
        if (mailbox == null) {
            throw new IllegalStateException("a change without a mailbox");
        }
        return mailbox;
    }

    Segment segment(int at) {
        Segment segment = segments[at];
        if (segment == null) {
            throw new IllegalStateException("a change without a segment");
        }
        return segment;
    }

    long sequence(int at) {
        return sequences[at];
    }

    long batch(int at) {
        return batches[at];
    }

    long deadlineMillis(int at) {
        return deadlines[at];
    }

    int offset(int at) {
        return offsets[at];
    }

    /** The size of an append's envelope, the number of a removal, or a failure count. */
    int detail(int at) {
        return details[at];
    }

    /** The mailbox to which this commit appends that sequence, if it does. */
    @Nullable Mailbox appendedTo(long sequence) {
        for (int i = size - 1; i >= 0; i--) {
            if (kinds[i] == APPENDED && sequences[i] == sequence) {
                return mailboxes[i];
            }
        }
        return null;
    }

    private int add(byte kind, Segment segment, long batch) {
        if (size == kinds.length) {
            int length = size * 2;
            kinds = Arrays.copyOf(kinds, length);
            mailboxes = Arrays.copyOf(mailboxes, length);
            segments = Arrays.copyOf(segments, length);
            sequences = Arrays.copyOf(sequences, length);
            batches = Arrays.copyOf(batches, length);
            deadlines = Arrays.copyOf(deadlines, length);
            offsets = Arrays.copyOf(offsets, length);
            details = Arrays.copyOf(details, length);
        }
        kinds[size] = kind;
        segments[size] = segment;
        batches[size] = batch;
        return size++;
    }
}
