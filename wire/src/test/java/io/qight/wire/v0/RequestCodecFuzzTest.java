package io.qight.wire.v0;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.Vectors;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

final class RequestCodecFuzzTest {
    @MethodSource("seeds")
    @FuzzTest
    void streamIsARequestOrRefused(byte[] bytes) {
        Optional<Request> open = decode(bytes, false);
        Optional<Request> ended = decode(bytes, true);

        open.ifPresent(request -> assertThat(ended).contains(request));
        ended.ifPresent(request -> {
            ByteBuf out = Unpooled.buffer();
            RequestCodec.encode(request, out);
            assertThat(RequestCodec.decode(out, false)).contains(request);
            assertThat(out.isReadable()).isFalse();
        });
    }

    private static Optional<Request> decode(byte[] bytes, boolean ended) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            Optional<Request> request = RequestCodec.decode(in, ended);
            assertThat(request.isPresent()).isEqualTo(in.readerIndex() > 0);
            return request;
        } catch (ProtocolException e) {
            assertThat(e.code())
                    .isIn(
                            ErrorCode.UNKNOWN_VERB,
                            ErrorCode.MALFORMED_REQUEST,
                            ErrorCode.INVALID_MAILBOX,
                            ErrorCode.ENVELOPE_SIZE);
            return Optional.empty();
        }
    }

    static Stream<byte[]> seeds() {
        return Vectors.seeds(
                "v0-requests.txt", "v0-refused.txt", kind -> kind.matches("request|relay"));
    }
}
