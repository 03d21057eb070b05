package io.qight.relay.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.store.MailboxStatistics;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MailboxRoomTest {
    private final MailboxRoom room =
            new MailboxRoom(
                    new MailboxQuota(3, 1_000, 12),
                    name ->
                            name.equals("bob")
                                    ? Optional.of(new MailboxStatistics(2, 400, 1, 2))
                                    : Optional.empty(),
                    () -> 10);

    @Test
    void whatWaitsAndWhatTheBatchAddsIsCounted() {
        assertThat(room.take("bob", 10)).isTrue();
        assertThat(room.take("bob", 10)).isFalse();
        assertThat(room.take("eve", 10)).isTrue();
        assertThat(room.take("eve", 10)).isTrue();
        assertThat(room.take("eve", 10)).isTrue();
        assertThat(room.take("eve", 10)).isFalse();
    }

    @Test
    void bytesAreCountedToo() {
        assertThat(room.take("bob", 601)).isFalse();
        assertThat(room.take("bob", 600)).isTrue();
        assertThat(room.take("eve", 1_001)).isFalse();
        assertThat(room.take("eve", 1_000)).isTrue();
        assertThat(room.take("eve", 1)).isFalse();
    }

    @Test
    void mailboxesAreCountedAndThoseThatHoldSomethingAreThere() {
        assertThat(room.take("eve", 1)).isTrue();
        assertThat(room.take("eve", 1)).isTrue();
        assertThat(room.take("carol", 1)).isTrue();
        assertThat(room.take("dave", 1)).isFalse();
        assertThat(room.take("bob", 1)).isTrue();
        assertThat(room.take("eve", 1)).isTrue();
    }

    @Test
    void quotaOfNothingIsNone() {
        assertThatThrownBy(() -> new MailboxQuota(0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MailboxQuota(1, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new MailboxQuota(1, 1, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
