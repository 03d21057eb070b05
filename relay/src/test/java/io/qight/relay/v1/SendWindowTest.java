package io.qight.relay.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.Varint;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SendWindowTest {
    private final SendWindow window = new SendWindow(4, 1_000);

    @Test
    void numbersGrowAndMayBeLeftOut() {
        window.send(1, 10);
        window.send(7, 10);
        window.send(Varint.MAX, 10);
        assertThat(window.receipts(1, false)).isEqualTo(1);
        assertThat(window.receipts(1, false)).isEqualTo(7);
        assertThat(window.receipts(1, false)).isEqualTo(Varint.MAX);
    }

    @Test
    void numberThatIsZeroOrGoesBackOrRepeatsIsBad() {
        assertRefused(ErrorCode.BAD_NUMBER, () -> window.send(0, 10));
        window.send(5, 10);
        assertRefused(ErrorCode.BAD_NUMBER, () -> window.send(4, 10));
        assertRefused(ErrorCode.BAD_NUMBER, () -> window.send(5, 10));
        window.receipts(1, false);
        assertRefused(ErrorCode.BAD_NUMBER, () -> window.send(5, 10));
    }

    @Test
    void whatStandsRefusedIsSentAgainOnce() {
        window.send(1, 10);
        window.send(2, 10);
        window.receipts(1, true);
        window.send(1, 10);
        assertRefused(ErrorCode.BAD_NUMBER, () -> window.send(1, 10));
        assertThat(window.receipts(1, false)).isEqualTo(2);
        assertThat(window.receipts(1, true)).isEqualTo(1);
        window.send(1, 10);
    }

    @Test
    void numberBeforeItsReceiptDoesNotStandRefused() {
        window.send(1, 10);
        window.send(2, 10);
        assertRefused(ErrorCode.BAD_NUMBER, () -> window.send(1, 10));
    }

    @Test
    void whatIsGivenUpIsNotSentAgain() {
        window.send(1, 10);
        window.send(2, 10);
        window.send(3, 10);
        window.receipts(1, true);
        // 1 stands refused, 2 still waits, 9 was never sent.
        window.giveUp(Ranges.of(1, 2));
        window.giveUp(Ranges.of(9, Varint.MAX));
        assertThat(window.receipts(1, true)).isEqualTo(2);
        assertThat(window.receipts(1, true)).isEqualTo(3);
        assertThat(window.refused()).isEqualTo(1);
        assertRefused(ErrorCode.BAD_NUMBER, () -> window.send(1, 10));
        assertRefused(ErrorCode.BAD_NUMBER, () -> window.send(2, 10));
        window.send(3, 10);
    }

    @Test
    void windowCountsWhatWaitsAndWhatStandsRefused() {
        for (int i = 1; i <= 4; i++) {
            window.send(i, 10);
        }
        window.receipts(1, true);
        window.receipts(1, false);
        window.send(5, 10);
        assertRefused(ErrorCode.WINDOW_EXCEEDED, () -> window.send(6, 10));
    }

    @Test
    void sendingAgainTakesNoMoreOfTheWindow() {
        for (int i = 1; i <= 4; i++) {
            window.send(i, 10);
        }
        for (int i = 1; i <= 4; i++) {
            window.receipts(1, true);
        }
        for (int i = 1; i <= 4; i++) {
            window.send(i, 10);
        }
        assertRefused(ErrorCode.WINDOW_EXCEEDED, () -> window.send(5, 10));
    }

    @Test
    void windowCountsBytesOfWhatWaitsButLetsOneAlone() {
        window.send(1, 5_000);
        window.receipts(1, true);
        window.send(2, 600);
        window.send(3, 400);
        assertRefused(ErrorCode.WINDOW_EXCEEDED, () -> window.send(4, 1));
    }

    @Test
    void largeOneIsNotFollowedByAnotherBeforeItsReceipt() {
        window.send(1, 5_000);
        assertRefused(ErrorCode.WINDOW_EXCEEDED, () -> window.send(2, 1));
    }

    @Test
    void nothingIsCountedTwice() {
        assertThatCode(
                        () -> {
                            for (int i = 1; i <= 100_000; i++) {
                                window.send(i, 900);
                                window.receipts(1, i % 3 == 0);
                                window.giveUp(Ranges.of(1, i));
                            }
                        })
                .doesNotThrowAnyException();
        assertThat(window.refused()).isZero();
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
