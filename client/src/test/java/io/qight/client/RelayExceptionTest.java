package io.qight.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import java.lang.reflect.Constructor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RelayExceptionTest {
    static Class<?>[] family() {
        return RelayException.class.getPermittedSubclasses();
    }

    @ParameterizedTest
    @MethodSource("family")
    void aWaitingThreadGetsTheSameFailureWithItsOwnStack(Class<?> type) throws Exception {
        Constructor<?> constructor = type.getConstructor(ErrorCode.class, String.class);
        RelayException found =
                (RelayException) constructor.newInstance(ErrorCode.STORE_FULL, "no room");

        RelayException here = found.thrownHere();

        assertThat(here).isExactlyInstanceOf(type).hasCause(found).isNotSameAs(found);
        assertThat(here.code()).isEqualTo(ErrorCode.STORE_FULL);
        assertThat(here.sentence()).isEqualTo("no room");
        assertThat(here.retryable()).isTrue();
        assertThat(here.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(RelayExceptionTest.class.getName()));
    }

    @ParameterizedTest
    @MethodSource("family")
    void retryableIsWhatTheTableSays(Class<?> type) throws Exception {
        Constructor<?> constructor = type.getConstructor(ErrorCode.class, String.class);
        for (ErrorCode code : ErrorCode.values()) {
            RelayException failure = (RelayException) constructor.newInstance(code, "why");
            assertThat(failure.retryable()).isEqualTo(code.retryable());
        }
    }
}
