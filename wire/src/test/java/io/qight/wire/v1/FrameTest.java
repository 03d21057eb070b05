package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class FrameTest {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);
    private static final ByteBuffer NONCE = ByteBuffer.allocate(32);
    private static final ConnectionLimits LIMITS =
            new ConnectionLimits(1, 1, 64, 65_536, 1, 1, 1, 1, 1, 1, 1);

    @Test
    void frameThatNoPeerReadsCannotBeMade() {
        refused(() -> new Frame.Hello("a\nb", 0, NONE, NONE));
        refused(() -> new Frame.Hello("a".repeat(256), 0, NONE, NONE));
        refused(() -> new Frame.Hello("\uD83D", 0, NONE, NONE));
        refused(() -> new Frame.Hello("", 0, ByteBuffer.allocate(33), NONE));
        refused(() -> new Frame.Hello("", 0, NONE, ByteBuffer.allocate(4_097)));
        refused(() -> new Frame.Welcome("ü".repeat(128), "", 0, 1, NONCE, LIMITS));
        refused(() -> new Frame.Welcome("", "", 0, 4, NONCE, LIMITS));
        refused(() -> new Frame.Welcome("", "", 0, 1, NONE, LIMITS));
        refused(() -> new Frame.Prove(NONCE));
        refused(() -> new Frame.Add(0, "\uDE00"));
        refused(() -> new Frame.LeaseLost(Ranges.of(1, 1), 45));
        refused(() -> subscribe((1L << 61) + 1, 0));
        refused(() -> subscribe(0, 65));
        refused(() -> new ReceiptOutcome.Stored(0));
        refused(() -> new ReceiptOutcome.Duplicate(4));
        refused(() -> new ConnectionLimits(10_000_001, 1, 64, 65_536, 1, 1, 1, 1, 1, 1, 1));
        refused(() -> new ConnectionLimits(1, 1, 63, 65_536, 1, 1, 1, 1, 1, 1, 1));
        refused(() -> new ConnectionLimits(1, 1, 64, 65_535, 1, 1, 1, 1, 1, 1, 1));
    }

    @Test
    void sentencesAreMadeToFit() {
        assertThat(new Frame.StreamError(1, "a\nb\u0085\uD83D").sentence()).isEqualTo("a b ?");
        assertThat(new Frame.GoAway(1, "e".repeat(1_025), 0, 0).sentence()).hasSize(1_024);
        assertThat(new Frame.NotAdded(0, 1, "日".repeat(1_024)).sentence()).hasSize(341);
        assertThat(new Frame.Nack(Ranges.of(1, 1), 0, true, "a\t").reason()).isEqualTo("a ");
        assertThat(new ReceiptOutcome.Refused(9, "📬".repeat(999), 0).sentence()).hasSize(512);
    }

    private static Frame subscribe(long known, long hold) {
        return new Frame.Subscribe(new Id(1, 2), 1, Mode.SHARED, 1, 1, 1, known, hold);
    }

    private static void refused(ThrowingCallable making) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(making)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_FRAME));
    }
}
