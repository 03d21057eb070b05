package io.qight.cli;

import io.qight.cli.DeliveryReceiver.Verdict;
import io.qight.client.Delivery;
import io.qight.client.RelayException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands deliveries to a receiver and answers them by its verdict, until so many were handled, it is
 * stopped, or something failed. What is not handled is not answered: it stays in its mailbox, and
 * no failure is counted.
 */
final class Reception {
    private static final Duration RETRY_FIRST = Duration.ofSeconds(1);

    /** 1 s, 2 s, 4 s and so on, up to about a minute. */
    private static final int DOUBLINGS_MAX = 6;

    private final DeliveryReceiver receiver;
    private final long max;
    private final CountDownLatch over = new CountDownLatch(1);
    private long begun;
    private long handled;
    private @Nullable Exception failure;

    Reception(DeliveryReceiver receiver, long max) {
        this.receiver = receiver;
        this.max = max;
    }

    /**
     * Deals with one delivery.
     *
     * @param confirm tells its sender, once it is done with and before it is acked; never fails
     */
    void handle(Delivery delivery, Supplier<CompletableFuture<?>> confirm) {
        if (!begin()) {
            return;
        }
        try {
            Verdict verdict = receiver.receive(delivery);
            if (verdict instanceof Verdict.Done) {
                confirm.get().thenRun(() -> ack(delivery));
            } else {
                answer(delivery, verdict);
            }
        } catch (IOException | RuntimeException e) {
            end(e);
        }
    }

    /** Nothing more is handled. */
    void stop() {
        over.countDown();
    }

    /** Nothing more is handled; null is no failure. The first one counts. */
    synchronized void end(@Nullable Throwable why) {
        if (why instanceof Exception exception && over.getCount() > 0) {
            failure = exception;
        }
        over.countDown();
    }

    /** Waits until nothing more is handled. */
    void awaitEnd() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Throws what ended it, if anything failed. */
    synchronized void throwFailure() throws IOException {
        if (failure instanceof IOException io) {
            throw io;
        }
        if (failure instanceof RuntimeException runtime) {
            throw runtime;
        }
        if (failure != null) {
            throw new IllegalStateException(failure);
        }
    }

    /** Of the process, if a signal ends it. */
    synchronized int exitCode() {
        return failure == null ? Failures.DONE : Failures.FAILED;
    }

    private synchronized boolean begin() {
        if (over.getCount() == 0 || begun == max) {
            return false;
        }
        begun++;
        return true;
    }

    private void ack(Delivery delivery) {
        delivery.ack().whenComplete((removed, failed) -> acked(delivery, removed, failed));
    }

    private void acked(Delivery delivery, @Nullable Boolean removed, @Nullable Throwable failed) {
        if (!Boolean.TRUE.equals(removed)) {
            String why =
                    failed instanceof RelayException relay
                            ? relay.sentence()
                            : "its lease had ended";
            Failures.say(
                    "message "
                            + Payload.tame(delivery.envelope().id())
                            + " may come again: "
                            + why);
        }
        handled();
    }

    private void answer(Delivery delivery, Verdict verdict) {
        if (verdict instanceof Verdict.Interrupted) {
            stop();
        } else if (verdict instanceof Verdict.Dead dead) {
            delivery.dead(dead.reason());
        } else if (verdict instanceof Verdict.Failed failed && over.getCount() > 0) {
            int doublings = (int) Math.min(delivery.failures(), DOUBLINGS_MAX);
            delivery.nack(RETRY_FIRST.multipliedBy(1L << doublings), failed.reason());
        }
        handled();
    }

    private synchronized void handled() {
        handled++;
        if (handled == max) {
            over.countDown();
        }
    }
}
