package io.qight.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RoomTest {
    private final Room room = new Room(2, 100);

    @Test
    void onlySoManyEnter() {
        assertThat(room.enter(1)).isTrue();
        assertThat(room.enter(1)).isTrue();
        assertThat(room.enter(1)).isFalse();
        room.leave(1);
        assertThat(room.enter(1)).isTrue();
    }

    @Test
    void onlySoManyBytesEnter() {
        assertThat(room.enter(60)).isTrue();
        assertThat(room.enter(41)).isFalse();
        assertThat(room.enter(40)).isTrue();
    }

    @Test
    void oneMayAlwaysBeThereAlone() {
        assertThat(room.enter(1_000)).isTrue();
        assertThat(room.enter(1)).isFalse();
    }

    @Test
    void whoWaitsEntersWhenThereIsRoom() throws Exception {
        room.enter(60);
        CompletableFuture<Boolean> waiting =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return room.await(60, TimeUnit.SECONDS.toNanos(10));
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
        room.leave(60);

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isTrue();
        assertThat(room.await(60, TimeUnit.MILLISECONDS.toNanos(5))).isFalse();
    }
}
