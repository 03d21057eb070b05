package io.qight.relay.v1;

import io.qight.relay.delivery.NumberSet;
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

    /** Those that wait and were not given up, but the last run: only they can stand refused. */
    private final NumberSet kept = new NumberSet();

    /** The last of them, as far as they follow each other; none if the first is above the last. */
    private long runFirst = 1;

    private long runLast;

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
        keep(number);
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
        endRun();
        for (Ranges.Range range : numbers.list()) {
            refused.subSet(range.first(), true, range.last(), true).clear();
            kept.remove(range.first(), range.last());
        }
    }

    /** The next so many that wait have the same receipt; gives the number of the first. */
    long receipts(int count, boolean retryable) {
        endRun();
        long first = waiting.element().number();
        long runBegin = first;
        long runEnd = first;
        for (int i = 0; i < count; i++) {
            Waiting next = waiting.remove();
            long number = next.number();
            waitingBytes -= next.bytes();
            if (retryable && kept.contains(number)) {
                refused.add(number);
            }
            if (number > runEnd + 1 || number < runEnd) {
                kept.remove(runBegin, runEnd);
                runBegin = number;
            }
            runEnd = number;
        }
        kept.remove(runBegin, runEnd);
        return first;
    }

    /** How many stand refused. */
    int refused() {
        return refused.size();
    }

    /** Numbers come one after the other, and are not worth an entry each. */
    private void keep(long number) {
        if (number != runLast + 1) {
            endRun();
            runFirst = number;
        }
        runLast = number;
    }

    private void endRun() {
        if (runFirst <= runLast) {
            kept.add(runFirst, runLast);
        }
        runFirst = runLast + 1;
    }

    private static ProtocolException exceeded(String sentence) {
        return new ProtocolException(
                ErrorCode.WINDOW_EXCEEDED, sentence + " wait for their receipts");
    }
}
