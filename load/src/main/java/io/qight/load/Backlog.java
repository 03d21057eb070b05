package io.qight.load;

import io.qight.client.RelayClient;
import io.qight.identity.Protection;
import io.qight.wire.MessageEnvelope;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Fills mailboxes that nobody receives from, before the measurement. */
final class Backlog {
    private static final int IN_FLIGHT = 4096;

    private final LoadPlan plan;
    private final RelayClient client;
    private final MailboxNames names;
    private final Consumer<String> progress;
    private final AtomicLong stored = new AtomicLong();
    private final AtomicReference<Optional<Throwable>> failure =
            new AtomicReference<>(Optional.empty());

    Backlog(LoadPlan plan, RelayClient client, MailboxNames names, Consumer<String> progress) {
        this.plan = plan;
        this.client = client;
        this.names = names;
        this.progress = progress;
    }

    /**
     * Returns when all is stored, or when it is not to go on.
     *
     * @throws io.qight.client.RelayException the first refusal: with another backlog than was asked
     *     for, nothing is measured
     */
    void fill(BooleanSupplier goesOn) throws InterruptedException {
        Semaphore inFlight = new Semaphore(IN_FLIGHT);
        long told = System.nanoTime();
        for (long i = 0; i < plan.backlog() && goesOn.getAsBoolean(); i++) {
            inFlight.acquire();
            throwFailure();
            client.sendAsync(envelope(names.backlog(i % plan.mailboxes())), Protection.NONE)
                    .whenComplete((receipt, why) -> {
                        if (why == null) {
                            stored.incrementAndGet();
                        } else {
                            failure.compareAndSet(Optional.empty(), Optional.of(why));
                        }
                        inFlight.release();
                    });
            if (System.nanoTime() - told > TimeUnit.SECONDS.toNanos(1)) {
                told = System.nanoTime();
                progress.accept(
                        String.format(
                                Locale.ROOT,
                                "%s: backlog, %,d of %,d stored",
                                plan.name(),
                                stored.get(),
                                plan.backlog()));
            }
        }
        inFlight.acquire(IN_FLIGHT);
        throwFailure();
    }

    private void throwFailure() {
        failure.get()
                .ifPresent(why -> {
                    throw why instanceof RuntimeException seen
                            ? seen
                            : new IllegalStateException(why);
                });
    }

    private MessageEnvelope envelope(String mailbox) {
        return MessageEnvelope.builder()
                .sender("bench")
                .recipient(mailbox)
                .ttlSeconds(86_400)
                .payload(new Stamp(0, 0).payload(plan.payloadBytes()))
                .build();
    }
}
