package io.qight.client;

import io.qight.client.v1.Handed;
import io.qight.identity.Authenticity;
import io.qight.identity.DeliveryProof;
import io.qight.identity.Identity;
import io.qight.identity.OpenedEnvelope;
import io.qight.wire.MessageEnvelope;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;

/**
 * One envelope handed to a subscription. It is answered once, by {@link #ack}, {@link #nack} or
 * {@link #dead}; a further answer does nothing. Thread-safe.
 */
public final class Delivery {
    private final Handed handed;
    private final OpenedEnvelope opened;
    private final Callbacks callbacks;

    Delivery(Handed handed, OpenedEnvelope opened, Callbacks callbacks) {
        this.handed = handed;
        this.opened = opened;
        this.callbacks = callbacks;
    }

    /** The envelope, opened if it came sealed. */
    public MessageEnvelope envelope() {
        return opened.envelope();
    }

    /** What is known of its sender; a forged one is never delivered. */
    public Authenticity authenticity() {
        return opened.authenticity();
    }

    /** Whether it came sealed, so that on its way nobody could read it. */
    public boolean sealed() {
        return opened.sealed();
    }

    /** The mailbox where it waited. */
    public String mailbox() {
        return handed.received().mailbox();
    }

    /**
     * A receipt, signed now, that this identity has received it: what {@link RelayClient#confirm}
     * sends. Takes about a tenth of a millisecond, and longer for large envelopes.
     */
    public DeliveryProof proof(Identity receiver) {
        return DeliveryProof.sign(
                receiver, handed.received().parts().whole(), System.currentTimeMillis());
    }

    /**
     * Whether it can be confirmed to its sender: the sender is a key, and it is no confirmation
     * itself, else two clients could confirm to each other for ever.
     */
    public boolean confirmable() {
        return authenticity() == Authenticity.VERIFIED && !DeliveryProof.isConfirmation(envelope());
    }

    /** How much of its time to live is left; {@link ChronoUnit#FOREVER} if it is live-only. */
    public Duration timeLeft() {
        return handed.received().deadlineMillis() == Long.MAX_VALUE
                ? ChronoUnit.FOREVER.getDuration()
                : Duration.ofMillis(handed.leftMillis());
    }

    /** How often it was handed out in this run of the relay, this time included. */
    public long deliveries() {
        return handed.received().deliveries();
    }

    /** How often it failed before. */
    public long failures() {
        return handed.received().failures();
    }

    /** Whether its lease has ended, so that another receiver may have it by now. */
    public boolean leaseLost() {
        return handed.leaseLost();
    }

    /**
     * It is done with: the relay is to remove it, and is told at once, or within a millisecond
     * together with other acks.
     *
     * @return completes, on the executor for callbacks, with true when the relay has removed it,
     *     and with false if it could not, since the lease had ended: it is in other hands, or gone.
     *     Fails with a {@link RelayException} if the subscription ends before the answer
     */
    public CompletableFuture<Boolean> ack() {
        return callbacks.handOver(handed.ack());
    }

    /** It could not be dealt with: give it out again at once. */
    public void nack() {
        nack(Duration.ZERO, "");
    }

    /** It could not be dealt with: give it out again after a while. */
    public void nack(Duration delay) {
        nack(delay, "");
    }

    /** As {@link #nack(Duration)}; the relay keeps the reason, up to 1,024 bytes of it. */
    public void nack(Duration delay, String reason) {
        handed.nack(Math.max(0, delay.toMillis()), false, reason);
    }

    /** It can never be dealt with: put it aside with the dead letters. */
    public void dead(String reason) {
        handed.nack(0, true, reason);
    }

    /** It is to stay in this client's hands for so long from now; the relay has limits. */
    public void extend(Duration duration) {
        handed.extend(Math.max(1, duration.toMillis()));
    }

    @Override
    public String toString() {
        return handed.toString();
    }
}
