package io.qight.client.v0;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WaitingRoomTest {
    @Test
    void requestsAreBounded() {
        WaitingRoom room = new WaitingRoom(2, 1000);
        assertThat(room.enter(1)).isTrue();
        assertThat(room.enter(1)).isTrue();
        assertThat(room.enter(1)).isFalse();

        room.leave(1);

        assertThat(room.enter(1)).isTrue();
    }

    @Test
    void bytesAreBounded() {
        WaitingRoom room = new WaitingRoom(100, 10);
        assertThat(room.enter(6)).isTrue();
        assertThat(room.enter(5)).isFalse();
        assertThat(room.enter(4)).isTrue();

        room.leave(6);

        assertThat(room.enter(5)).isTrue();
    }

    @Test
    void oneLargerThanAllHasRoomAlone() {
        WaitingRoom room = new WaitingRoom(100, 10);

        assertThat(room.enter(11)).isTrue();
        assertThat(room.enter(0)).isFalse();
    }
}
