package io.qight.store;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OperationTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1025})
    void nameOutsideItsLimitsIsRefused(int size) {
        assertThatThrownBy(() -> append("n".repeat(size), 1, 2, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to 1024 bytes, not " + size);
    }

    @Test
    void nameIsMeasuredInBytesOfUtf8() {
        assertThatCode(() -> append("n".repeat(1024), 1, 2, 0)).doesNotThrowAnyException();
        assertThatCode(() -> append("\u00eb".repeat(512), 1, 2, 0)).doesNotThrowAnyException();
        assertThatThrownBy(() -> append("\u00eb".repeat(513), 1, 2, 0))
                .hasMessageContaining("not 1026");
        assertThatThrownBy(() -> append("\u90ae".repeat(342), 1, 2, 0))
                .hasMessageContaining("not 1026");
        assertThatThrownBy(() -> append("\ud83d\udcec".repeat(257), 1, 2, 0))
                .hasMessageContaining("not 1028");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d", "\udcec\ud83d", "a\udcec", "\ud83da"})
    void loneSurrogateIsRefused(String name) {
        assertThatThrownBy(() -> append(name, 1, 2, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lone surrogate");
    }

    @Test
    void deadlineIsAfterAcceptance() {
        assertThatThrownBy(() -> append("bob", 5, 5, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("deadline");
    }

    @Test
    void envelopeAboveItsLimitIsRefused() {
        assertThatThrownBy(() -> append("bob", 1, 2, Operation.Append.BYTES_MAX + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16 MiB");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 65_536})
    void failureCountOutsideItsLimitsIsRefused(int failures) {
        assertThatThrownBy(() -> new Operation.SetFailures("bob", 1, failures))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void outboxIsNotRememberedForLessThanNothing() {
        assertThatThrownBy(() -> new Operation.OpenOutbox(new OutboxId(1, 1), 0, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Operation.Append append(
            String mailbox, long acceptedMillis, long deadlineMillis, int size) {
        return new Operation.Append(
                mailbox, (byte) 0, acceptedMillis, deadlineMillis, ByteBuffer.allocate(size), null);
    }
}
