package io.qight.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WindowTest {
    private static final int SIZE = 256;
    private static final int BATCH = 4;

    private final Window window = new Window(SIZE);

    private static long inSeconds(long seconds) {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    @Test
    void allIsFreeAtFirst() {
        assertThat(window.take(inSeconds(10))).isEqualTo(SIZE);
    }

    @Test
    void lessThanABatchIsNotGiven() {
        window.take(inSeconds(10));
        for (int i = 0; i < BATCH - 1; i++) {
            window.give();
        }
        assertThat(window.take(System.nanoTime())).isZero();
        window.give();
        assertThat(window.take(inSeconds(10))).isEqualTo(BATCH);
    }

    @Test
    void aBatchWakesWhoWaits() throws Exception {
        window.take(inSeconds(10));
        for (int round = 0; round < 1000; round++) {
            CompletableFuture<Integer> taken =
                    CompletableFuture.supplyAsync(() -> window.take(inSeconds(60)));
            for (int i = 0; i < BATCH; i++) {
                window.give();
            }
            assertThat(taken.get(10, TimeUnit.SECONDS)).isEqualTo(BATCH);
        }
    }

    @Test
    void aSmallWindowGoesOneByOne() {
        Window small = new Window(1);
        assertThat(small.take(inSeconds(10))).isEqualTo(1);
        small.give();
        assertThat(small.take(inSeconds(10))).isEqualTo(1);
    }
}
