package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.qight.wire.ErrorCode;
import io.qight.wire.Vectors;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

final class FrameCodecFuzzTest {
    private static final Set<ErrorCode> FAULTS =
            EnumSet.of(
                    ErrorCode.MALFORMED_FRAME, ErrorCode.FRAME_TOO_LARGE, ErrorCode.UNKNOWN_FRAME);

    @MethodSource("seeds")
    @FuzzTest
    void streamIsFramesOrRefused(byte[] bytes) {
        FrameStream.Outcome outcome = FrameStream.outcome(bytes);

        outcome.refusal().ifPresent(code -> assertThat(FAULTS).contains(code));
        assertThat(FrameStream.outcomeOneByOne(bytes)).isEqualTo(outcome);
        for (Frame frame : outcome.frames()) {
            assertThat(FrameStream.read(RandomFrames.bytes(frame))).containsExactly(frame);
        }
    }

    static Stream<byte[]> seeds() {
        return Vectors.seeds(
                "v1-frames.txt", "v1-refused.txt", kind -> !kind.matches("envelope|body"));
    }
}
