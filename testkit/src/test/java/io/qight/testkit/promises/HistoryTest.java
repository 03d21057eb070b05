package io.qight.testkit.promises;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HistoryTest {
    private static final int EFFORT = Integer.getInteger("qight.effort", 1);

    @Test
    void whatManyThreadsRecordIsAllThereAndInOrder() throws Exception {
        History history = History.ofRealTime(Bounds.defaults());
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<?>> ends = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            String outbox = "outbox " + thread;
            ends.add(
                    threads.submit(() -> {
                        for (int number = 1; number <= 5_000; number++) {
                            history.sending(outbox, number, "bob", number, 60_000);
                            history.receipt(outbox, number, Outcome.STORED);
                            history.found("bob", outbox, number, number);
                        }
                    }));
        }
        for (Future<?> end : ends) {
            end.get(20, TimeUnit.SECONDS);
        }
        threads.shutdown();
        history.drained("bob");
        List<Event> events = history.events();
        assertThat(events).hasSize(60_001);
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).position()).isEqualTo(i);
        }
        assertThat(events.stream().map(Event::millis)).isSorted();
        assertThat(PromiseChecker.check(history)).isEmpty();
    }

    /** A relay without a fault but lost connections: nothing may be said against it. */
    @Test
    void manyEventsAreHeldAgainstThePromises() {
        History history = longHistory(50_000 * EFFORT);
        assertThat(history.events()).hasSizeGreaterThan(250_000 * EFFORT);
        assertThat(PromiseChecker.check(history)).isEmpty();
    }

    @Test
    void oneEnvelopeLostAmongManyIsFound() {
        History history = longHistory(20_000);
        history.sending("outbox 1", 1_000_000, "mailbox 1", 1, 3_600_000_000L);
        history.receipt("outbox 1", 1_000_000, Outcome.STORED);
        history.drained("mailbox 1");
        assertThat(PromiseChecker.check(history))
                .singleElement()
                .asString()
                .contains("promise 1", "envelope 1000000 of outbox 1", "Drained");
    }

    @Test
    void aRelayThatLosesEverythingIsToldWithinBounds() {
        History history = new History(() -> 0, Bounds.defaults());
        for (int number = 1; number <= 5_000; number++) {
            history.sending("alice", number, "bob", number, 60_000);
            history.receipt("alice", number, Outcome.STORED);
        }
        history.drained("bob");
        assertThat(PromiseChecker.check(history)).hasSize(PromiseChecker.VIOLATIONS_MAX);
    }

    private static History longHistory(int envelopes) {
        long[] millis = {0};
        History history = new History(() -> millis[0], Bounds.defaults());
        SplittableRandom random = new SplittableRandom(1);
        long[] deliveries = new long[10];
        for (int number = 1; number <= envelopes; number++) {
            millis[0] += random.nextInt(3);
            int who = random.nextInt(10);
            String outbox = "outbox " + who;
            String mailbox = "mailbox " + who;
            String subscription = "subscription " + who;
            history.sending(outbox, number, mailbox, number, 3_600_000_000L);
            history.receipt(outbox, number, Outcome.STORED);
            int times = random.nextInt(100) == 0 ? 3 : 1;
            for (int time = 1; time <= times; time++) {
                history.delivered(
                        new Delivery(
                                subscription,
                                ++deliveries[who],
                                mailbox,
                                outbox,
                                number,
                                number,
                                60_000,
                                time,
                                0));
                if (time < times) {
                    history.connectionLost(subscription);
                    history.connected(subscription);
                }
            }
            history.acking(subscription, deliveries[who]);
            history.acked(subscription, deliveries[who]);
        }
        for (int who = 0; who < 10; who++) {
            history.drained("mailbox " + who);
        }
        return history;
    }
}
