package io.qight.relay.delivery;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What the checker knows of one envelope. */
final class ModelEnvelope {
    /** Whose it is. */
    enum Hold {
        FREE,
        LEASED,
        /** Acked by its holder, and not answered yet. */
        ACKING,
        /** On its way to the dead letters. */
        BURYING,
        /** Nacked, and its delay runs. */
        DELAYED
    }

    final long sequence;
    final String mailbox;
    final long deadlineMillis;
    final ByteBuffer bytes;
    final boolean fitsVersion1;
    final int outbox;

    Hold hold = Hold.FREE;

    /** A {@link ModelLease}, or the key of a FETCH of version 0. */
    @Nullable Object holder;

    long delayedUntilMillis;
    int failures;
    long deliveries;
    boolean everDelivered;

    /** Came back with a failure, and so may come at any place. */
    boolean failed;

    /** The relay was told that it is there. */
    boolean known;

    boolean gone;
    boolean acked;
    boolean deadCopy;

    /** Since which step nobody had it. */
    long freeSinceStep;

    ModelEnvelope(
            long sequence,
            String mailbox,
            long deadlineMillis,
            ByteBuffer bytes,
            boolean fitsVersion1,
            int outbox,
            long step) {
        this.sequence = sequence;
        this.mailbox = mailbox;
        this.deadlineMillis = deadlineMillis;
        this.bytes = bytes;
        this.fitsVersion1 = fitsVersion1;
        this.outbox = outbox;
        this.freeSinceStep = step;
    }

    boolean free(long now) {
        return !gone && hold == Hold.FREE && now < deadlineMillis;
    }

    void hold(Hold by, @Nullable Object who) {
        hold = by;
        holder = who;
    }

    void release(boolean withFailure, long step) {
        hold = Hold.FREE;
        holder = null;
        failed = withFailure;
        freeSinceStep = step;
    }

    @Override
    public String toString() {
        return mailbox + "/" + sequence;
    }
}
