package io.qight.client.v1;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A delivery in the hands of a program, which answers it once; a second answer does nothing.
 * Thread-safe.
 */
public final class Handed {
    private enum Answer {
        NONE,
        ACK,
        NACK
    }

    private final ReceivedEnvelope received;
    private final Receiver receiver;
    private final AtomicReference<Answer> answer = new AtomicReference<>(Answer.NONE);
    private final CompletableFuture<Boolean> removed = new CompletableFuture<>();
    private volatile boolean leaseLost;

    Handed(ReceivedEnvelope received, Receiver receiver) {
        this.received = received;
        this.receiver = receiver;
    }

    /** What was delivered. */
    public ReceivedEnvelope received() {
        return received;
    }

    /** How much of its time to live is left, in milliseconds. */
    public long leftMillis() {
        return Math.max(0, received.deadlineMillis() - receiver.now());
    }

    /** Whether others may have it by now. */
    public boolean leaseLost() {
        return leaseLost;
    }

    /** It is done with. The future completes on an event loop with whether the relay removed it. */
    public CompletableFuture<Boolean> ack() {
        if (answer.compareAndSet(Answer.NONE, Answer.ACK)) {
            receiver.ack(this);
        } else if (answer.get() == Answer.NACK) {
            removed.complete(false);
        }
        return removed;
    }

    /** It is to be given out again after a while, or put aside as dead. */
    public void nack(long delayMillis, boolean dead, String reason) {
        if (answer.compareAndSet(Answer.NONE, Answer.NACK)) {
            receiver.execute(() -> receiver.nack(this, delayMillis, dead, reason));
        }
    }

    /** It needs so long from now. */
    public void extend(long leaseMillis) {
        if (answer.get() == Answer.NONE) {
            receiver.execute(() -> receiver.extend(this, leaseMillis));
        }
    }

    void loseLease() {
        leaseLost = true;
    }

    CompletableFuture<Boolean> removed() {
        return removed;
    }

    @Override
    public String toString() {
        return "delivery " + received.number() + " of " + received.mailbox();
    }
}
