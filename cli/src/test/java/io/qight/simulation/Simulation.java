package io.qight.simulation;

import io.qight.store.Removal;
import io.qight.store.StoreStatistics;
import io.qight.testkit.promises.Counts;
import io.qight.testkit.promises.History;
import io.qight.testkit.promises.PromiseChecker;
import io.qight.testkit.promises.Violation;
import java.util.List;

/** One world, from a seed to its end, held to the promises of {@code docs/protocol.md}. */
final class Simulation {
    /** How long it may take until all that waits is delivered, once nothing is wrong any more. */
    private static final long CALM_MILLIS = 250_000;

    private final World world;

    Simulation(long seed) {
        world = new World(seed);
    }

    /** Runs it; an {@link AssertionError} says what was broken. */
    void run() {
        world.start();
        Happenings happenings = new Happenings(world);
        happenings.begin();
        world.run(world.setting().lastsMillis());
        world.endFaults();
        if (world.chance(40)) {
            absence();
        }
        calm();
        end();
    }

    History history() {
        return world.history();
    }

    /** For so long nobody reaches the relay that it forgets outboxes. */
    private void absence() {
        long millis = 610_000L + world.random(600_000);
        world.separate(millis);
        world.start();
        world.run(millis);
    }

    /** Nothing is wrong any more, and somebody receives from everywhere. */
    private void calm() {
        world.start();
        world.store().arm(WatchedStore.Fault.NONE);
        if (world.chance(3)) {
            world.crash();
        }
        SimulatedClient last = world.newClient();
        SimulatedReceiver rest = last.subscribe();
        receiveFromEverywhere(rest);
        last.turn();
        long until = world.now() + CALM_MILLIS;
        while (world.now() < until && !quiet()) {
            world.run(1_000);
            if (receiveFromEverywhere(rest)) {
                last.turn();
            }
        }
        for (SimulatedClient client : world.clients()) {
            Rule.LIVENESS.holds(client.outbox().isEmpty(), "a sender still waits for receipts");
        }
        Rule.LIVENESS.holds(waiting() == 0, "%d envelopes still wait", waiting());
        Rule.LIVENESS.holds(unanswered() == 0, "%d acks have no answer", unanswered());
    }

    /**
     * Has this one receive where nobody does, also since it was taken over by one that has gone;
     * who was there all the time has to go on by himself. Says whether there was such a mailbox.
     */
    private boolean receiveFromEverywhere(SimulatedReceiver receiver) {
        boolean any = false;
        for (String mailbox : World.MAILBOXES) {
            boolean received =
                    world.clients().stream()
                            .flatMap(client -> client.receivers().stream())
                            .anyMatch(one -> one.receives(mailbox));
            if (!received) {
                receiver.add(mailbox);
                any = true;
            }
        }
        return any;
    }

    private boolean quiet() {
        return waiting() == 0
                && unanswered() == 0
                && world.clients().stream().allMatch(client -> client.outbox().isEmpty());
    }

    private int unanswered() {
        return world.clients().stream()
                .flatMap(client -> client.receivers().stream())
                .mapToInt(SimulatedReceiver::unanswered)
                .sum();
    }

    private long waiting() {
        return World.MAILBOXES.stream()
                .mapToLong(mailbox ->
                        world.store().statistics(mailbox).map(s -> s.waiting()).orElse(0L))
                .sum();
    }

    private void end() {
        for (SimulatedClient client : world.clients()) {
            client.kill();
        }
        world.run(world.setting().noticeMillis() + 3_000L);
        Rule.BOUNDS.holds(
                world.relay().openOutboxes() == 0,
                "%d outboxes are open for nobody",
                world.relay().openOutboxes());
        Rule.BOUNDS.holds(
                world.relay().heldBytes() == 0,
                "%d bytes are still held",
                world.relay().heldBytes());
        world.store().recordAll(World.MAILBOXES);
        world.history().counted(counts());
        List<Violation> violations = PromiseChecker.check(world.history());
        if (!violations.isEmpty()) {
            throw new AssertionError(violations.size() + " violations, as " + violations.get(0));
        }
    }

    private Counts counts() {
        StoreStatistics there = world.store().statistics();
        return new Counts(
                "the store",
                there.found(),
                there.appended(),
                there.waiting(),
                there.removed().getOrDefault(Removal.ACKED, 0L),
                there.removed().getOrDefault(Removal.EXPIRED, 0L),
                there.removed().getOrDefault(Removal.COLLAPSED, 0L),
                there.removed().getOrDefault(Removal.PURGED, 0L),
                there.removed().getOrDefault(Removal.DEAD, 0L));
    }
}
