package io.qight.client;

import io.qight.client.v1.SubscriptionSettings;
import io.qight.wire.v1.Mode;
import java.time.Duration;
import java.util.function.BiConsumer;

/** How a subscription behaves. Immutable: each {@code with} method gives a changed copy. */
public final class SubscribeOptions implements Cloneable {
    private static final SubscribeOptions DEFAULTS = new SubscribeOptions();
    private static final Duration DURATION_MAX = Duration.ofDays(365);

    private boolean exclusive;
    private boolean manualAck;
    private int concurrency = 1;
    private int creditEnvelopes = 1_000;
    private long creditBytes = 16L << 20;
    private Duration lease = Duration.ofSeconds(30);
    private Duration keep = Duration.ofMinutes(10);
    private Duration retryFirst = Duration.ofSeconds(1);
    private Duration retryMax = Duration.ofMinutes(1);
    private BiConsumer<String, RefusedException> refusedListener = (mailbox, why) -> {};

    private SubscribeOptions() {}

    /**
     * Shared; one handler at a time, acked when it returns; up to 1,000 envelopes or 16 MiB in
     * hand; leases of 30 s, kept for 10 minutes; what fails is given out again after 1 s, 2 s, 4 s
     * and so on, up to a minute.
     */
    public static SubscribeOptions defaults() {
        return DEFAULTS;
    }

    /** Alone on its mailboxes: it takes them from an older exclusive subscription. */
    public SubscribeOptions withExclusive() {
        SubscribeOptions changed = copy();
        changed.exclusive = true;
        return changed;
    }

    /** The handler's return answers nothing; the program answers by {@link Delivery}. */
    public SubscribeOptions withManualAck() {
        SubscribeOptions changed = copy();
        changed.manualAck = true;
        return changed;
    }

    /** How many handlers run at a time, at least 1; with 1 they run in the order of delivery. */
    public SubscribeOptions withConcurrency(int handlers) {
        require(handlers >= 1, "at least one handler runs at a time");
        SubscribeOptions changed = copy();
        changed.concurrency = handlers;
        return changed;
    }

    /**
     * How many envelopes (1 to 30,000) and how many bytes of them the client holds without answer.
     * One envelope is always possible. What is larger than what the handlers get done within the
     * lease only keeps it from others.
     */
    public SubscribeOptions withCredit(int envelopes, long bytes) {
        require(
                envelopes >= 1
                        && envelopes <= SubscriptionSettings.CREDIT_ENVELOPES_MAX
                        && bytes >= 1,
                "the credit is 1 to "
                        + SubscriptionSettings.CREDIT_ENVELOPES_MAX
                        + " envelopes and at least 1 byte");
        SubscribeOptions changed = copy();
        changed.creditEnvelopes = envelopes;
        changed.creditBytes = bytes;
        return changed;
    }

    /**
     * How long an envelope is in this client's hands before the relay gives it to another; the
     * relay brings it within its limits. Above zero and at most a year.
     */
    public SubscribeOptions withLease(Duration duration) {
        require(
                duration.toMillis() >= 1 && duration.compareTo(DURATION_MAX) <= 0,
                "a lease is at least 1 ms and at most a year");
        SubscribeOptions changed = copy();
        changed.lease = duration;
        return changed;
    }

    /**
     * For how long after its arrival the client extends the lease of an envelope that is waiting
     * for its handler, or whose handler runs; zero for never, at most a year.
     */
    public SubscribeOptions withKeep(Duration duration) {
        require(
                !duration.isNegative() && duration.compareTo(DURATION_MAX) <= 0,
                "leases are kept for at most a year");
        SubscribeOptions changed = copy();
        changed.keep = duration;
        return changed;
    }

    /**
     * After how long an envelope whose handler threw is given out again: first, and doubled with
     * each failure up to the longest. Zero is at once.
     */
    public SubscribeOptions withRetry(Duration first, Duration max) {
        require(
                !first.isNegative()
                        && first.compareTo(max) <= 0
                        && max.compareTo(DURATION_MAX) <= 0,
                "the first wait is at most the longest, which is at most a year");
        SubscribeOptions changed = copy();
        changed.retryFirst = first;
        changed.retryMax = max;
        return changed;
    }

    /**
     * Hears of a mailbox that the relay refuses, or gives to another exclusive receiver; on the
     * executor for callbacks.
     */
    public SubscribeOptions withRefusedListener(BiConsumer<String, RefusedException> listener) {
        SubscribeOptions changed = copy();
        changed.refusedListener = listener;
        return changed;
    }

    SubscriptionSettings settings() {
        return new SubscriptionSettings(
                exclusive ? Mode.EXCLUSIVE : Mode.SHARED,
                lease.toMillis(),
                creditEnvelopes,
                creditBytes,
                keep.toMillis());
    }

    boolean manualAck() {
        return manualAck;
    }

    int concurrency() {
        return concurrency;
    }

    BiConsumer<String, RefusedException> refusedListener() {
        return refusedListener;
    }

    /** How long to wait after so many failures before this one. */
    long retryMillis(long failures) {
        long max = retryMax.toMillis();
        long first = retryFirst.toMillis();
        int doublings = (int) Math.min(failures, 30);
        return first > max >> doublings ? max : first << doublings;
    }

    private SubscribeOptions copy() {
        try {
            return (SubscribeOptions) clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
