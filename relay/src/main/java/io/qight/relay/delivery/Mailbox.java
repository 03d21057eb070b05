package io.qight.relay.delivery;

import io.qight.wire.v1.Mode;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What is handed out of one mailbox, and to whom the next goes. Whatever sequence is not in {@link
 * #taken} may be handed out, the lowest first: so what comes back goes before what is new.
 */
final class Mailbox {
    final String name;

    /** Sequences that nobody may be given: held by a receiver, delayed, or gone. */
    final NumberSet taken = new NumberSet();

    /** Sequences of envelopes that have no form in version 1, and are not there for it. */
    final NumberSet unfit = new NumberSet();

    /** Every receiver of version 1, the next in turn first. */
    final ArrayDeque<Claim> claims = new ArrayDeque<>(1);

    /** Receivers of version 0 that are there now. */
    int drains;

    /** What receivers of version 1 hold, by sequence. */
    final SequenceMap<Delivery> held = new SequenceMap<>();

    /** How many envelopes receivers of version 0 hold. */
    long drained;

    /** What failed and waits for its delay, by sequence. */
    final SequenceMap<Alarms.Alarm> delayed = new SequenceMap<>();

    /** What is known of envelopes that came back, by sequence. */
    final SequenceMap<Attempts> attempts = new SequenceMap<>();

    /** The newest, while there is a receiver of version 1. */
    final Tail tail = new Tail();

    /** When the next envelope, which nobody could take, is over. */
    Alarms.@Nullable Alarm stuckEnd;

    /** All sequences up to this one are out of reach for version 1; perhaps more are. */
    private long passed;

    private Mode mode = Mode.SHARED;

    Mailbox(String name) {
        this.name = name;
    }

    /** The mode, while there is a receiver. */
    @Nullable Mode mode() {
        if (drains > 0) {
            return Mode.SHARED;
        }
        return claims.isEmpty() ? null : mode;
    }

    /** A receiver of this mode is the first, or one more. */
    void add(Claim claim) {
        mode = claim.subscription.mode;
        claims.addLast(claim);
        // Its backlog may end behind what was told of.
        tail.forget();
    }

    /** A receiver is gone. */
    void remove(Claim claim) {
        claims.remove(claim);
        if (claims.isEmpty()) {
            tail.forget();
        }
    }

    /** All sequences up to this one are out of reach for version 1. */
    long position() {
        while (true) {
            long next = unfit.stepOver(taken.stepOver(passed));
            if (next == passed) {
                return passed;
            }
            passed = next;
        }
    }

    /** What waits there may be handed out from now on. */
    void free(long first, long last) {
        taken.remove(first, last);
        passed = Math.min(passed, first - 1);
    }

    /** Nothing waits up to this sequence. */
    void gone(long last) {
        if (last > 0) {
            taken.add(1, last);
            unfit.remove(1, last);
        }
    }

    /** Up to where a read by version 1 from this position may go. */
    long limit(long position) {
        return Math.min(taken.limit(position), unfit.limit(position));
    }

    /** How many envelopes are handed out. */
    long leased() {
        return held.size() + drained;
    }

    /**
     * Whether an envelope that waits is handed out: nobody else may have it, and no delay is why.
     */
    boolean leased(long sequence) {
        return taken.contains(sequence) && !delayed.contains(sequence);
    }

    /** Whether nothing would be lost if this were forgotten and begun anew. */
    boolean idle() {
        return claims.isEmpty()
                && drains == 0
                && held.isEmpty()
                && drained == 0
                && delayed.isEmpty()
                && attempts.isEmpty();
    }

    /** How often an envelope that came back was handed out, and how often it failed. */
    record Attempts(long deliveries, int failures, long deadlineMillis) {
        static final Attempts NONE = new Attempts(0, 0, 0);
    }
}
