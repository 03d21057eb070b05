package io.qight.client;

import io.qight.client.v1.Handed;
import io.qight.client.v1.Receiver;
import io.qight.client.v1.Session;
import io.qight.identity.OpenedEnvelope;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes what waits in a mailbox, by a subscription that ends when that is done. What the consumer
 * has not returned from is in the mailbox again at the end. Thread-safe.
 */
final class Fetch implements Receiver.Program {
    private final Session session;
    private final Consumer<? super MessageEnvelope> consumer;
    private final Consumer<UnreadableDelivery> unreadable;
    private final long timeoutMillis;
    private final CompletableFuture<Long> outcome = new CompletableFuture<>();
    private final AtomicLong consumed = new AtomicLong();
    private volatile boolean consuming;
    private volatile long progressMillis;
    private volatile @Nullable Throwable failure;
    private @Nullable Receiver receiver;

    Fetch(
            Session session,
            Consumer<? super MessageEnvelope> consumer,
            Consumer<UnreadableDelivery> unreadable,
            Duration requestTimeout) {
        this.session = session;
        this.consumer = consumer;
        this.unreadable = unreadable;
        this.timeoutMillis = requestTimeout.toMillis();
        this.progressMillis = session.now();
    }

    /** How many the consumer had, when the relay has removed them; completed on an event loop. */
    CompletableFuture<Long> outcome() {
        return outcome;
    }

    /** Begins; the receiver's program is this. */
    void start(Receiver made, String mailbox) {
        receiver = made;
        made.whenDrained().whenComplete((drained, none) -> session.execute(made::end));
        made.whenEnded().whenComplete((ended, why) -> finish(why));
        CompletableFuture<@Nullable Void> added = new CompletableFuture<>();
        session.execute(() -> {
            session.subscribe(made);
            made.add(mailbox, added);
        });
        watch();
    }

    void cancel() {
        fail(new CancellationException("the FETCH was cancelled"));
    }

    @Override
    public void handle(Handed delivery, OpenedEnvelope opened) {
        if (failure != null) {
            return;
        }
        consuming = true;
        try {
            HandlerThread.run(() -> consumer.accept(opened.envelope()));
            consumed.incrementAndGet();
            delivery.ack();
        } catch (RuntimeException | Error e) {
            fail(e);
        } finally {
            progressMillis = session.now();
            consuming = false;
        }
    }

    @Override
    public void unreadable(UnreadableDelivery delivery) {
        progressMillis = session.now();
        unreadable.accept(delivery);
    }

    @Override
    public void refused(String mailbox, RefusedException why) {
        // The subscription has no other mailbox, and so it ends with that.
    }

    private void fail(Throwable why) {
        if (failure == null) {
            failure = why;
        }
        Receiver begun = receiver;
        if (begun != null) {
            session.execute(begun::end);
        }
    }

    private void finish(@Nullable Throwable why) {
        Throwable first = failure;
        if (first != null) {
            outcome.completeExceptionally(first);
        } else if (why != null) {
            outcome.completeExceptionally(why);
        } else {
            outcome.complete(consumed.get());
        }
    }

    /** Gives up when nothing has come for too long, but not while the consumer is at work. */
    private void watch() {
        long left = progressMillis + timeoutMillis - session.now();
        Executor later =
                CompletableFuture.delayedExecutor(Math.max(1, left), TimeUnit.MILLISECONDS);
        later.execute(() -> {
            if (outcome.isDone()) {
                return;
            }
            if (!consuming && session.now() - progressMillis >= timeoutMillis) {
                fail(
                        new TimedOutException(
                                ErrorCode.TIMED_OUT, "the relay did not answer in time"));
                outcome.completeExceptionally(failure);
            } else {
                watch();
            }
        });
    }
}
