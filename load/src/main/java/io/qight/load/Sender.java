package io.qight.load;

import io.qight.client.RelayClient;
import io.qight.wire.MessageEnvelope;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** One connection that sends, to the mailboxes in turns. Thread-safe. */
final class Sender {
    /** An open loop beyond what the relay takes ends here: what is over is refused, and counted. */
    static final int WAITING_MAX = 1_000_000;

    static final long WAITING_BYTES_MAX = 1L << 30;

    static final String NAME = "bench";
    static final int TTL_SECONDS = 3600;

    /** What is sent together in a closed loop: this part of the window, as soon as it is free. */
    private static final int WINDOW_PARTS = 64;

    /** After a refusal, so that a closed loop does not spin on it. */
    private static final Executor LATER =
            CompletableFuture.delayedExecutor(10, TimeUnit.MILLISECONDS);

    private final LoadPlan plan;
    private final RelayClient client;
    private final MailboxNames names;
    private final Tally tally;
    private final BooleanSupplier goesOn;
    private final int index;
    private final AtomicLong next;
    private final AtomicInteger free = new AtomicInteger();
    private final long idFront = ThreadLocalRandom.current().nextLong();
    private volatile int batch = 1;
    private volatile boolean ended;

    Sender(
            LoadPlan plan,
            RelayClient client,
            MailboxNames names,
            int index,
            Tally tally,
            BooleanSupplier goesOn) {
        this.plan = plan;
        this.client = client;
        this.names = names;
        this.tally = tally;
        this.goesOn = goesOn;
        this.index = index;
        this.next = new AtomicLong(index);
    }

    /** Sends one that was intended for this time. */
    void send(long intendedNanos) {
        start(intendedNanos)
                .whenComplete((receipt, failure) -> {
                    if (failure == null) {
                        tally.stored(intendedNanos);
                    } else {
                        tally.refused(failure);
                    }
                });
    }

    /**
     * Sends so many, and as many more as are done with, until the end: those with a receipt, or
     * where there are receivers, those that a handler has.
     */
    void sendAlways(int window) {
        batch = Math.max(1, window / WINDOW_PARTS);
        sendMore(window);
    }

    /** No more is sent, except in an open loop by its own call. */
    void end() {
        ended = true;
    }

    /** The receiver has one of this sender's. */
    void received() {
        if (plan.receivers() > 0 && plan.pace() instanceof Pace.Closed) {
            done();
        }
    }

    private void done() {
        if (free.incrementAndGet() >= batch) {
            sendMore(free.getAndSet(0));
        }
    }

    private void sendMore(int count) {
        for (int i = 0; i < count && !ended && goesOn.getAsBoolean(); i++) {
            sendOne();
        }
    }

    private void sendOne() {
        long now = System.nanoTime();
        start(now)
                .whenComplete((receipt, failure) -> {
                    if (failure != null) {
                        tally.refused(failure);
                        LATER.execute(this::done);
                        return;
                    }
                    tally.stored(now);
                    if (plan.receivers() == 0) {
                        done();
                    }
                });
    }

    private CompletableFuture<?> start(long intendedNanos) {
        long number = next.getAndAdd(plan.senders());
        tally.sent(intendedNanos, System.nanoTime());
        return client.sendAsync(
                MessageEnvelope.builder()
                        .id(new UUID(idFront, number).toString())
                        .sender(plan.protection().signed() ? "" : NAME)
                        .recipient(names.name(number % plan.mailboxes()))
                        .ttlSeconds(TTL_SECONDS)
                        .payload(new Stamp(intendedNanos, index).payload(plan.payloadBytes()))
                        .build(),
                plan.protection());
    }
}
