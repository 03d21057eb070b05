package io.qight.load;

import java.util.List;
import java.util.Map;
import java.util.Optional;

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
        refused = Map.copyOf(refused);
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

    /** How many were refused in all. */
    public long refusedCount() {
        return refused.values().stream().mapToLong(Long::longValue).sum();
    }
}
