package io.qight.load;

import io.qight.client.RelayException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Counts what became of the envelopes. All of them are counted; latencies are those of envelopes
 * intended within the measured time, and rates those of answers that came within it. Thread-safe.
 */
public final class Tally {
    private static final int DIGITS = 3;
    private static final long LATENCY_MAX_NANOS = TimeUnit.HOURS.toNanos(1);

    private final LongAdder sent = new LongAdder();
    private final LongAdder stored = new LongAdder();
    private final LongAdder storedInTime = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder receivedInTime = new LongAdder();
    private final LongAdder redelivered = new LongAdder();
    private final LongAdder refused = new LongAdder();
    private final Map<String, LongAdder> refusedByCode = new ConcurrentHashMap<>();
    private final Histogram late = histogram();
    private final Histogram toReceipt = histogram();
    private final Histogram toHandler = histogram();
    private volatile long fromNanos;
    private volatile long toNanos;

    /** The measured time; before anything is sent. */
    public void measure(long from, long to) {
        fromNanos = from;
        toNanos = to;
    }

    /** It ends now already; what is under way is still counted, but in no rate. */
    void endNow() {
        toNanos = Math.min(toNanos, System.nanoTime());
    }

    /** One was sent. */
    public void sent(long intendedNanos, long now) {
        sent.increment();
        record(late, intendedNanos, now);
    }

    /** One was answered now. */
    public void stored(long intendedNanos) {
        stored(intendedNanos, System.nanoTime(), 1);
    }

    /** So many were answered together. */
    void stored(long intendedNanos, long now, long count) {
        stored.add(count);
        if (measured(now)) {
            storedInTime.add(count);
        }
        record(toReceipt, intendedNanos, now);
    }

    /** One was refused, or its answer did not come. */
    public void refused(Throwable why) {
        refused.increment();
        String code =
                why instanceof RelayException relay
                        ? relay.code().token()
                        : why.getClass().getSimpleName();
        refusedByCode.computeIfAbsent(code, any -> new LongAdder()).increment();
    }

    /** A receiver has one now. */
    public void received(long intendedNanos, boolean again) {
        if (again) {
            redelivered.increment();
            return;
        }
        long now = System.nanoTime();
        received.increment();
        if (measured(now)) {
            receivedInTime.increment();
        }
        record(toHandler, intendedNanos, now);
    }

    /** How many were sent. */
    public long sent() {
        return sent.sum();
    }

    /** How many were answered. */
    public long stored() {
        return stored.sum();
    }

    /** How many were received, those that came again left out. */
    public long received() {
        return received.sum();
    }

    long redelivered() {
        return redelivered.sum();
    }

    /** How many were refused. */
    public long refused() {
        return refused.sum();
    }

    /** All that was counted; {@code whole} and {@code samples} are the caller's to know. */
    public Outcome outcome(LoadPlan plan, boolean whole, List<Sample> samples) {
        return new Outcome(
                plan,
                whole,
                seconds(),
                sent(),
                stored(),
                received(),
                redelivered(),
                refusedByCode(),
                storedPerSecond(),
                receivedPerSecond(),
                late(),
                toReceipt(),
                toHandler(),
                samples,
                Optional.empty());
    }

    /** How long was measured, in seconds. */
    double seconds() {
        return Math.max(0, toNanos - fromNanos) / 1e9;
    }

    /** Receipts a second. */
    double storedPerSecond() {
        return rate(storedInTime);
    }

    /** Deliveries a second, those that came again left out. */
    double receivedPerSecond() {
        return rate(receivedInTime);
    }

    Map<String, Long> refusedByCode() {
        Map<String, Long> counts = new TreeMap<>();
        refusedByCode.forEach((code, count) -> counts.put(code, count.sum()));
        return counts;
    }

    Latency late() {
        return Latency.of(late);
    }

    Latency toReceipt() {
        return Latency.of(toReceipt);
    }

    Latency toHandler() {
        return Latency.of(toHandler);
    }

    private double rate(LongAdder inTime) {
        return seconds() == 0 ? 0 : inTime.sum() / seconds();
    }

    private boolean measured(long nanos) {
        return nanos - fromNanos >= 0 && nanos - toNanos < 0;
    }

    private void record(Histogram histogram, long intendedNanos, long now) {
        if (measured(intendedNanos)) {
            histogram.recordValue(Math.max(0, Math.min(LATENCY_MAX_NANOS, now - intendedNanos)));
        }
    }

    private static Histogram histogram() {
        return new ConcurrentHistogram(LATENCY_MAX_NANOS, DIGITS);
    }
}
