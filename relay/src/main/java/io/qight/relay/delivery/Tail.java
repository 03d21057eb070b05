package io.qight.relay.delivery;

import io.qight.store.StoredEnvelope;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest envelopes of one mailbox as the commits gave them. It follows the store without a gap
 * from a position where the store was read to its end; or it is not begun, and knows nothing.
 */
final class Tail {
    /** The most bytes that wait here for a later turn. */
    static final long KEPT_BYTES_MAX = 128 << 10;

    /** What an envelope costs beside its bytes. */
    private static final int ENTRY_BYTES = 128;

    private static final long NOT_BEGUN = Long.MAX_VALUE;

    /** Null before there is any, as in most mailboxes, of which there may be very many. */
    private @Nullable Deque<StoredEnvelope> newest;

    /** What commits that were told of put behind this sequence is here. */
    private long floor = NOT_BEGUN;

    /** The last sequence that was told of. */
    private long last;

    /** The store has nothing behind this position. */
    void begin(long position) {
        if (floor == NOT_BEGUN) {
            floor = position;
            last = position;
        }
    }

    /** Forgets all, until it is begun again. */
    void forget() {
        newest = null;
        floor = NOT_BEGUN;
    }

    /** Takes what a commit put behind all else; says whether there is anything now. */
    boolean add(List<StoredEnvelope> committed) {
        if (floor == NOT_BEGUN) {
            return false;
        }
        for (StoredEnvelope envelope : committed) {
            // The store may have shown it before the commit was told of.
            if (envelope.sequence() > last) {
                if (newest == null) {
                    newest = new ArrayDeque<>(1);
                }
                newest.add(envelope);
                last = envelope.sequence();
            }
        }
        return !isEmpty();
    }

    boolean isEmpty() {
        return newest == null || newest.isEmpty();
    }

    /**
     * Whether it can be read instead of the store, from this position to this limit. Somebody who
     * reads the store may have taken what is told of later: what waits before that, only the store
     * knows.
     *
     * @param limit {@link Long#MAX_VALUE} for none
     */
    boolean covers(long position, long limit) {
        return position >= floor && (limit <= last || limit == Long.MAX_VALUE);
    }

    /**
     * As {@link MailboxReader#read}, from a position that it {@link #covers}. What is not behind
     * that is forgotten: should it come back, the store has it.
     */
    List<StoredEnvelope> read(long position, int envelopesMax, long bytesMax) {
        floor = position;
        last = Math.max(last, position);
        if (newest == null) {
            return List.of();
        }
        while (!newest.isEmpty() && newest.getFirst().sequence() <= position) {
            newest.removeFirst();
        }
        List<StoredEnvelope> found = new ArrayList<>();
        long bytes = 0;
        for (StoredEnvelope envelope : newest) {
            bytes += envelope.bytes().remaining();
            if (found.size() == envelopesMax || (bytes > bytesMax && !found.isEmpty())) {
                break;
            }
            found.add(envelope);
        }
        return found;
    }

    /**
     * Keeps what is left for a later turn, in memory of its own: a small envelope may be a part of
     * a large buffer. If that is too much, forgets all.
     */
    void keep() {
        if (newest == null) {
            return;
        }
        long bytes = 0;
        for (StoredEnvelope envelope : newest) {
            bytes += ENTRY_BYTES + envelope.bytes().remaining();
        }
        if (bytes > KEPT_BYTES_MAX) {
            forget();
            return;
        }
        for (int left = newest.size(); left > 0; left--) {
            newest.addLast(ofItsOwn(newest.removeFirst()));
        }
    }

    private static StoredEnvelope ofItsOwn(StoredEnvelope envelope) {
        ByteBuffer bytes = envelope.bytes();
        boolean alone =
                bytes.hasArray()
                        && bytes.arrayOffset() == 0
                        && bytes.array().length == bytes.remaining();
        if (alone) {
            return envelope;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return new StoredEnvelope(
                envelope.sequence(),
                envelope.format(),
                envelope.deadlineMillis(),
                envelope.failures(),
                ByteBuffer.wrap(copy));
    }
}
