package io.qight.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class PacerTest {
    private static final long MILLI = 1_000_000;

    private final AtomicLong now = new AtomicLong();
    private final List<Long> sentAt = new ArrayList<>();

    @Test
    void allThatIsDueBeforeTheEndIsSent() {
        run(1_000, 50 * MILLI, MILLI / 3);
        assertThat(sentAt).hasSize(50);
    }

    @Test
    void whatAStallHeldUpIsSentBehindIt() {
        Schedule schedule = new Schedule(0, 1_000);
        List<Long> sent = new ArrayList<>();
        new Pacer(
                        schedule,
                        () -> now.getAndAdd(MILLI / 10),
                        (first, end) -> {
                            if (first == 10) {
                                now.addAndGet(20 * MILLI);
                            }
                            for (long number = first; number < end; number++) {
                                sent.add(now.get() - schedule.intendedNanos(number));
                            }
                        })
                .run(40 * MILLI, () -> true);
        assertThat(sent).hasSize(40);
        assertThat(sent.get(9)).isLessThan(MILLI);
        // The latency of what was due in the stall counts from when it was due.
        assertThat(sent.get(10)).isGreaterThanOrEqualTo(20 * MILLI);
        assertThat(sent.get(20)).isBetween(9 * MILLI, 12 * MILLI);
        assertThat(sent.get(39)).isLessThan(MILLI);
    }

    @Test
    void itEndsWhenItIsStopped() {
        Schedule schedule = new Schedule(0, 1_000);
        new Pacer(schedule, () -> now.getAndAdd(MILLI), (first, end) -> sentAt.add(first))
                .run(Long.MAX_VALUE, () -> sentAt.size() < 7);
        assertThat(sentAt).hasSize(7);
    }

    private void run(long rate, long endNanos, long stepNanos) {
        new Pacer(
                        new Schedule(0, rate),
                        () -> now.getAndAdd(stepNanos),
                        (first, end) -> {
                            for (long number = first; number < end; number++) {
                                sentAt.add(now.get());
                            }
                        })
                .run(endNanos, () -> true);
    }
}
