package io.qight.relay.v1;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Ranges;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeSet;

/**
 * The numbers of one SEND stream: which wait for their receipt, and which stand refused, because
 * their receipt was a retryable refusal and they were neither sent again nor given up since. Pure.
 */
final class SendWindow {
    private record Waiting(long number, int bytes) {}

    private final long envelopesMax;
    private final long bytesMax;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final TreeSet<Long> refused = new TreeSet<>();

    /** Those that wait and were not given up: only they can stand refused. */
    private final TreeSet<Long> kept = new TreeSet<>();

    private long highest;
    private long waitingBytes;

    /** A window of so many envelopes, and bytes of them. */
    SendWindow(long envelopesMax, long bytesMax) {
        this.envelopesMax = envelopesMax;
        this.bytesMax = bytesMax;
    }

    /**
     * A SEND has come.
     *
     * @throws ProtocolException {@link ErrorCode#BAD_NUMBER}, {@link ErrorCode#WINDOW_EXCEEDED}
     */
    void send(long number, int bytes) {
        if (number < 1 || (number <= highest && !refused.remove(number))) {
            throw new ProtocolException(
                    ErrorCode.BAD_NUMBER,
                    "the number " + number + " is neither above " + highest + " nor refused");
        }
        highest = Math.max(highest, number);
        waiting.add(new Waiting(number, bytes));
        kept.add(number);
        waitingBytes += bytes;
        if (waiting.size() + refused.size() > envelopesMax) {
            throw exceeded("more than " + envelopesMax + " envelopes");
        }
        if (waitingBytes > bytesMax && waiting.size() > 1) {
            throw exceeded("more than " + bytesMax + " bytes");
        }
    }

    /** The client will not send these (again). */
    void giveUp(Ranges numbers) {
        for (Ranges.Range range : numbers.list()) {
            refused.subSet(range.first(), true, range.last(), true).clear();
            kept.subSet(range.first(), true, range.last(), true).clear();
        }
    }

    /** The next that waits has its receipt; gives its number. */
    long receipt(boolean retryable) {
        Waiting next = waiting.remove();
        waitingBytes -= next.bytes();
        if (kept.remove(next.number()) && retryable) {
            refused.add(next.number());
        }
        return next.number();
    }

    /** How many stand refused. */
    int refused() {
        return refused.size();
    }

    private static ProtocolException exceeded(String sentence) {
        return new ProtocolException(
                ErrorCode.WINDOW_EXCEEDED, sentence + " wait for their receipts");
    }
}
