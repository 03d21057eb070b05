package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SealedContentTest {
    private static final ByteBuffer NONE = ByteBuffer.allocate(0);
    private static final ByteBuffer SIGNATURE = filled(64, 7);
    private static final ByteBuffer BODY = filled(5, 9);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 16_383, 16_384, 100_000})
    void whatIsWrittenIsReadWhateverItsPadding(int paddingBytes) {
        for (SealedContent content :
                new SealedContent[] {
                    new SealedContent(SIGNATURE, BODY),
                    new SealedContent(NONE, BODY),
                    new SealedContent(SIGNATURE, NONE)
                }) {
            ByteBuffer written = content.write(paddingBytes);

            assertThat(written.remaining()).isEqualTo(content.bytes(paddingBytes));
            assertThat(SealedContent.read(written)).isEqualTo(content);
        }
    }

    @Test
    void signaturesOfAnotherSizeAreMalformed() {
        for (int bytes : new int[] {1, 63, 65, 128}) {
            assertMalformed(new SealedContent(filled(bytes, 7), BODY).write(0));
        }
    }

    @Test
    void aPaddingOfAnythingButZeroIsMalformed() {
        byte[] written = new SealedContent(NONE, BODY).write(100).array();
        for (int i = 2; i < 102; i++) {
            byte[] changed = written.clone();
            changed[i] = 1;
            assertMalformed(ByteBuffer.wrap(changed));
        }
    }

    @Test
    void whatEndsBeforeTheBodyIsMalformed() {
        SealedContent content = new SealedContent(SIGNATURE, BODY);
        byte[] written = content.write(10).array();
        for (int bytes = 0; bytes < written.length - BODY.remaining(); bytes++) {
            assertMalformed(ByteBuffer.wrap(Arrays.copyOf(written, bytes)));
        }
    }

    private static void assertMalformed(ByteBuffer opened) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(() -> SealedContent.read(opened))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_ENVELOPE));
    }

    private static ByteBuffer filled(int bytes, int value) {
        byte[] filled = new byte[bytes];
        Arrays.fill(filled, (byte) value);
        return ByteBuffer.wrap(filled);
    }
}
