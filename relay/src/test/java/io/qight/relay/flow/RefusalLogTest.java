package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import org.junit.jupiter.api.Test;

class RefusalLogTest {
    private final RefusalLog log = new RefusalLog();

    @Test
    void firstRefusalIsToldAtOnce() {
        log.count(ErrorCode.UNKNOWN_VERB, "/127.0.0.1:5", "what", 1);
        assertThat(log.due(0))
                .containsExactly("refused 1 time as unknown_verb, last to /127.0.0.1:5: what");
        assertThat(log.due(100_000)).isEmpty();
    }

    @Test
    void moreWithinTheMinuteMakeOneLineAtItsEnd() {
        log.count(ErrorCode.UNKNOWN_VERB, "a", "first", 1);
        log.due(0);
        for (int i = 0; i < 5_000; i++) {
            log.count(ErrorCode.UNKNOWN_VERB, "b", "later", 1);
        }
        assertThat(log.due(59_999)).isEmpty();
        assertThat(log.due(60_000))
                .containsExactly("refused 5000 times as unknown_verb, last to b: later");
    }

    @Test
    void kindsAreToldApart() {
        log.count(ErrorCode.UNKNOWN_VERB, "a", "one", 1);
        log.due(0);
        log.count(ErrorCode.STORE_FULL, "a", "two", 1);
        assertThat(log.due(1)).singleElement().asString().contains("store_full");
    }
}
