package io.qight.testkit.promises;

import java.util.List;

/**
 * Writes a history with virtual time: one mailbox {@code bob}, outbox {@code alice}, leases of 1 s,
 * 50 ms under way, 200 ms until a loss is noticed, dead after 3 failures.
 */
final class Scene {
    static final Bounds BOUNDS = new Bounds(1_000, 10, 50, 200, 3);
    static final long TTL = 60_000;

    private long millis;
    final History history = new History(() -> millis, BOUNDS);

    /** From now on it is that time. */
    Scene at(long nowMillis) {
        millis = nowMillis;
        return this;
    }

    Scene send(long number) {
        history.sending("alice", number, "bob", number * 100, TTL);
        return this;
    }

    Scene told(long number, Outcome outcome) {
        history.receipt("alice", number, outcome);
        return this;
    }

    Scene stored(long number) {
        return send(number).told(number, Outcome.STORED);
    }

    Scene deliver(String subscription, long delivery, long number) {
        return deliver(subscription, delivery, number, 1, 0);
    }

    Scene deliver(String subscription, long delivery, long number, int deliveries, int failures) {
        history.delivered(
                new Delivery(
                        subscription,
                        delivery,
                        "bob",
                        "alice",
                        number,
                        number * 100,
                        0,
                        deliveries,
                        failures));
        return this;
    }

    Scene deliver(long delivery, long number) {
        return deliver("s", delivery, number);
    }

    Scene ack(String subscription, long delivery) {
        history.acking(subscription, delivery);
        history.acked(subscription, delivery);
        return this;
    }

    Scene acking(String subscription, long delivery) {
        history.acking(subscription, delivery);
        return this;
    }

    Scene nack(String subscription, long delivery) {
        history.nacking(subscription, delivery, false);
        return this;
    }

    Scene lost(String who) {
        history.connectionLost(who);
        return this;
    }

    Scene connected(String who) {
        history.connected(who);
        return this;
    }

    Scene restart() {
        history.relayEnded();
        return this;
    }

    Scene found(long number) {
        history.found("bob", "alice", number, number * 100);
        return this;
    }

    Scene dead(long number, int failures) {
        history.foundDead("bob", "alice", number, failures);
        return this;
    }

    Scene drained() {
        history.drained("bob");
        return this;
    }

    List<Violation> check() {
        return PromiseChecker.check(history);
    }
}
