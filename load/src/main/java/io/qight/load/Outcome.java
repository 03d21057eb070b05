package io.qight.load;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * What one measurement gave. Counts are of all envelopes, warm-up included; latencies and rates are
 * those of the measured time.
 *
 * @param plan what was done
 * @param whole whether it went on to its end, and all that was stored was also received
 * @param seconds how long was measured
 * @param sent envelopes
 * @param stored receipts
 * @param received deliveries
 * @param redelivered deliveries that came again, which are not among those received
 * @param refused envelopes, by the code that was told
 * @param storedPerSecond receipts a second
 * @param receivedPerSecond deliveries a second
 * @param late from the intended time to the call of send: what the generator itself was late
 * @param toReceipt from the intended time to the receipt
 * @param toHandler from the intended time to the receiver's handler
 * @param samples one for each second
 * @param echo the raw echo of as many bytes, if it was measured
 */
public record Outcome(
        LoadPlan plan,
        boolean whole,
        double seconds,
        long sent,
        long stored,
        long received,
        long redelivered,
        Map<String, Long> refused,
        double storedPerSecond,
        double receivedPerSecond,
        Latency late,
        Latency toReceipt,
        Latency toHandler,
        List<Sample> samples,
        Optional<EchoOutcome> echo) {
    /** Copies the collections. */
    public Outcome {
        refused = Collections.unmodifiableMap(new TreeMap<>(refused));
        samples = List.copyOf(samples);
    }

    /** With what the echo gave. */
    public Outcome withEcho(EchoOutcome beside) {
        return new Outcome(
                plan,
                whole,
                seconds,
                sent,
                stored,
                received,
                redelivered,
                refused,
                storedPerSecond,
                receivedPerSecond,
                late,
                toReceipt,
                toHandler,
                samples,
                Optional.of(beside));
    }

    /** The rate that counts: of deliveries if there are receivers, else of receipts. */
    public double perSecond() {
        return plan.receivers() > 0 ? receivedPerSecond : storedPerSecond;
    }

    /** The latency that counts: to the handler if there are receivers, else to the receipt. */
    public Latency latency() {
        return plan.receivers() > 0 ? toHandler : toReceipt;
    }

    /** Its rate divided by the echo's; in an open loop both are what was asked for, so empty. */
    public OptionalDouble rateBesideEcho() {
        return echo.isPresent() && plan.pace() instanceof Pace.Closed
                ? OptionalDouble.of(perSecond() / echo.get().perSecond())
                : OptionalDouble.empty();
    }

    /** Its latency divided by the echo's round trip, at a percentile; empty in a closed loop. */
    public OptionalDouble latencyBesideEcho(double percentile) {
        return echo.isPresent() && !echo.get().roundTrip().isEmpty() && !latency().isEmpty()
                ? OptionalDouble.of(
                        (double) latency().nanos(percentile)
                                / echo.get().roundTrip().nanos(percentile))
                : OptionalDouble.empty();
    }

    /** How many were refused in all. */
    public long refusedCount() {
        return refused.values().stream().mapToLong(Long::longValue).sum();
    }
}
