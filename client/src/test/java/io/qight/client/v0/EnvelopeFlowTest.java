package io.qight.client.v0;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.MessageEnvelope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class EnvelopeFlowTest {
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Executor byHand = tasks::add;
    private final List<MessageEnvelope> seen = new ArrayList<>();

    @Test
    void envelopesAreHandedOverInOrderAndCounted() {
        EnvelopeFlow flow = new EnvelopeFlow(seen::add, byHand);
        flow.accept(envelope("1", 0));
        flow.accept(envelope("2", 0));
        runAll();
        flow.accept(envelope("3", 0));
        flow.end(3);
        assertThat(flow.consumed()).isNotDone();

        runAll();

        assertThat(seen).extracting(MessageEnvelope::id).containsExactly("1", "2", "3");
        assertThat(flow.consumed()).isCompletedWithValue(3L);
    }

    @Test
    void anEmptyAnswerEndsToo() {
        EnvelopeFlow flow = new EnvelopeFlow(seen::add, byHand);
        flow.end(0);

        runAll();

        assertThat(flow.consumed()).isCompletedWithValue(0L);
    }

    @Test
    void aSlowConsumerStopsTheStreamUntilHalfIsGone() {
        AtomicInteger resumed = new AtomicInteger();
        EnvelopeFlow flow = new EnvelopeFlow(seen::add, byHand);
        flow.accept(envelope("1", 600_000));
        assertThat(flow.hasRoom(resumed::incrementAndGet)).isTrue();
        flow.accept(envelope("2", 600_000));
        assertThat(flow.hasRoom(resumed::incrementAndGet)).isFalse();
        assertThat(resumed).hasValue(0);

        runAll();

        assertThat(resumed).hasValue(1);
        assertThat(flow.hasRoom(resumed::incrementAndGet)).isTrue();
    }

    @Test
    void whatTheConsumerThrowsEndsIt() {
        IllegalArgumentException thrown = new IllegalArgumentException("enough");
        EnvelopeFlow flow =
                new EnvelopeFlow(
                        envelope -> {
                            seen.add(envelope);
                            throw thrown;
                        },
                        byHand);
        flow.accept(envelope("1", 0));
        flow.accept(envelope("2", 0));
        runAll();
        flow.accept(envelope("3", 0));
        flow.end(3);
        runAll();

        assertThat(seen).hasSize(1);
        assertThatThrownBy(() -> flow.consumed().get()).hasCause(thrown);
    }

    @Test
    void aFailureStopsTheConsumer() {
        EnvelopeFlow flow = new EnvelopeFlow(seen::add, byHand);
        flow.accept(envelope("1", 0));

        flow.fail(new IllegalStateException("gone"));
        runAll();

        assertThat(seen).isEmpty();
        assertThat(flow.consumed()).isCompletedExceptionally();
    }

    @Test
    void anotherTaskOfTheExecutorGetsItsTurn() {
        EnvelopeFlow flow = new EnvelopeFlow(seen::add, byHand);
        for (int i = 0; i < 1000; i++) {
            flow.accept(envelope("e", 0));
        }

        tasks.remove().run();

        assertThat(seen).hasSizeBetween(1, 999);
        assertThat(tasks).hasSize(1);
    }

    @RepeatedTest(20)
    void nothingIsLostBetweenThreads() throws Exception {
        int envelopes = 20_000;
        ExecutorService executor = Executors.newFixedThreadPool(3);
        try {
            AtomicInteger inside = new AtomicInteger();
            List<Integer> order = new ArrayList<>();
            EnvelopeFlow flow =
                    new EnvelopeFlow(
                            envelope -> {
                                assertThat(inside.incrementAndGet()).isOne();
                                order.add(Integer.valueOf(envelope.id()));
                                inside.decrementAndGet();
                            },
                            executor);
            Semaphore room = new Semaphore(0);
            for (int i = 0; i < envelopes; i++) {
                flow.accept(envelope(Integer.toString(i), 2000));
                if (!flow.hasRoom(room::release)) {
                    assertThat(room.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                }
            }
            flow.end(envelopes);

            assertThat(flow.consumed().get(10, TimeUnit.SECONDS)).isEqualTo(envelopes);
            assertThat(order).hasSize(envelopes).isSorted();
        } finally {
            executor.shutdownNow();
        }
    }

    private void runAll() {
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    private static MessageEnvelope envelope(String id, int payloadBytes) {
        return MessageEnvelope.builder()
                .id(id)
                .recipient("bob")
                .timestampSeconds(1)
                .payload(new byte[payloadBytes])
                .build();
    }
}
