package io.qight.wire.v0;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.ProtocolException;
import io.qight.wire.Vectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

final class AnswerCodecFuzzTest {
    @MethodSource("seeds")
    @FuzzTest
    void answerIsReadOrRefused(byte[] bytes) {
        check(bytes, in -> assertThat(AnswerCodec.decodeLine(in).orElse("")).doesNotContain("\n"));
        check(bytes, AnswerCodec::decodeOk);
        check(
                bytes,
                in ->
                        assertThat(AnswerCodec.decodeFetchLength(in).orElse(0))
                                .isBetween(AnswerCodec.FETCH_END, Limits.ENVELOPE_BYTES_MAX));
    }

    private static void check(byte[] bytes, Decoding decoding) {
        try {
            decoding.decode(Unpooled.wrappedBuffer(bytes));
        } catch (AnswerCodec.Refusal refusal) {
            assertThat(refusal.code().fromRelay()).isTrue();
            assertThat(refusal).message().doesNotContainPattern("\\p{Cc}");
        } catch (ProtocolException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.BAD_ANSWER);
        }
    }

    static Stream<byte[]> seeds() {
        return Vectors.seeds("v0-answers.txt", "v0-refused.txt", kind -> kind.endsWith("-answer"));
    }

    private interface Decoding {
        void decode(ByteBuf in) throws AnswerCodec.Refusal;
    }
}
