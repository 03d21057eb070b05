package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.ClientState;
import io.qight.client.Delivery;
import io.qight.client.Receipt;
import io.qight.client.RelayClient;
import io.qight.client.RelayException;
import io.qight.testkit.promises.History;
import io.qight.testkit.promises.Outcome;
import io.qight.testkit.promises.PromiseChecker;
import io.qight.testkit.promises.Violation;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/** Sends, receives and acks, and records all of it in a {@link History}. Thread-safe. */
final class Recorder {
    private static final int SHOWN_MAX = 10;

    private final History history;
    private final AtomicLong stored = new AtomicLong();
    private final AtomicLong acked = new AtomicLong();

    Recorder(History history) {
        this.history = history;
    }

    /** A delivery under the name and number that the history knows it by. */
    record Received(String subscription, long number, Delivery delivery) {}

    /** What an envelope says of itself. */
    record Letter(String outbox, long number, long payload) {
        static Letter of(MessageEnvelope envelope) {
            String[] parts = envelope.payloadText().split(" ", 3);
            return new Letter(parts[0], Long.parseLong(parts[1]), hash(envelope));
        }

        private static long hash(MessageEnvelope envelope) {
            CRC32C hash = new CRC32C();
            hash.update(envelope.payload());
            return hash.getValue();
        }
    }

    History history() {
        return history;
    }

    /** How many receipts said that it is stored. */
    long stored() {
        return stored.get();
    }

    /** How many acks were confirmed. */
    long acked() {
        return acked.get();
    }

    /** Records when connections of a subscription or outbox are lost. */
    ClientConfig watched(ClientConfig config, String who) {
        return config.withListener(state -> {
            if (state instanceof ClientState.Waiting || state instanceof ClientState.Closed) {
                history.connectionLost(who);
            }
        });
    }

    /** Completes when the receipt, or what stands for it, is recorded. */
    CompletableFuture<Void> send(
            RelayClient client,
            String outbox,
            long number,
            String mailbox,
            Duration ttl,
            int fillBytes) {
        MessageEnvelope envelope =
                MessageEnvelope.builder()
                        .recipient(mailbox)
                        .ttl(ttl)
                        .payload(outbox + " " + number + " " + "x".repeat(fillBytes))
                        .build();
        history.sending(
                outbox, number, mailbox, Letter.of(envelope).payload(), envelope.ttlMillis());
        return client.sendAsync(envelope)
                .handle((receipt, failure) -> {
                    Outcome outcome = failure == null ? outcome(receipt) : outcome(failure);
                    history.receipt(outbox, number, outcome);
                    if (failure == null) {
                        stored.incrementAndGet();
                    }
                    return null;
                });
    }

    /** To be called first in a handler, whose deliveries it numbers. */
    Received received(String subscription, long number, Delivery delivery) {
        Letter letter = Letter.of(delivery.envelope());
        history.delivered(
                new io.qight.testkit.promises.Delivery(
                        subscription,
                        number,
                        delivery.mailbox(),
                        letter.outbox(),
                        letter.number(),
                        letter.payload(),
                        delivery.timeLeft().toMillis(),
                        Math.toIntExact(delivery.deliveries()),
                        Math.toIntExact(delivery.failures())));
        return new Received(subscription, number, delivery);
    }

    /** Completes with whether the relay removed it; fails if that is not known. */
    CompletableFuture<Boolean> ack(Received received) {
        history.acking(received.subscription(), received.number());
        return received.delivery()
                .ack()
                .thenApply(removed -> {
                    if (removed) {
                        history.acked(received.subscription(), received.number());
                        acked.incrementAndGet();
                    } else {
                        history.leaseLost(received.subscription(), received.number());
                    }
                    return removed;
                });
    }

    void nack(Received received) {
        history.nacking(received.subscription(), received.number(), false);
        received.delivery().nack(Duration.ofMillis(50));
    }

    /** An ack of a receiver in another process was confirmed. */
    void ackedElsewhere(String subscription, long number) {
        history.acked(subscription, number);
        acked.incrementAndGet();
    }

    /** Takes all that waits, for when nobody sends or holds anything; gives how many. */
    long drain(RelayClient client, String mailbox) {
        long found =
                client.fetch(
                        mailbox,
                        envelope -> {
                            Letter letter = Letter.of(envelope);
                            history.found(
                                    mailbox, letter.outbox(), letter.number(), letter.payload());
                        });
        history.drained(mailbox);
        return found;
    }

    /** Fails with the first few of what cannot be. */
    void requirePromisesKept() {
        List<Violation> violations = PromiseChecker.check(history);
        if (!violations.isEmpty()) {
            throw new AssertionError(
                    violations.size()
                            + " violations, as\n"
                            + violations.stream()
                                    .limit(SHOWN_MAX)
                                    .map(Violation::toString)
                                    .collect(Collectors.joining("\n")));
        }
    }

    private static Outcome outcome(Receipt receipt) {
        return receipt instanceof Receipt.Stored ? Outcome.STORED : Outcome.DUPLICATE;
    }

    private static Outcome outcome(Throwable failure) {
        if (failure instanceof RelayException refused) {
            return refused.code() == ErrorCode.OUTCOME_UNKNOWN ? Outcome.UNKNOWN : Outcome.REFUSED;
        }
        throw new AssertionError(failure);
    }
}
