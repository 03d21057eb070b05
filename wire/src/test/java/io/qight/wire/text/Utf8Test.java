package io.qight.wire.text;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.qight.wire.Perturbed;
import io.qight.wire.RandomEnvelopes;
import io.qight.wire.Seeded;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class Utf8Test {
    @Test
    void everyEdgeOfFourBytesIsTakenAsTheJdkTakesIt() {
        int[] edges = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
        for (int first = 0x7F; first <= 0xFF; first++) {
            for (int second : edges) {
                for (int third : edges) {
                    for (int fourth : edges) {
                        sameAsTheJdk(
                                new byte[] {
                                    (byte) first, (byte) second, (byte) third, (byte) fourth
                                });
                    }
                }
            }
        }
    }

    @Test
    void changedTextsAreTakenAsTheJdkTakesThem() {
        Seeded.run(
                10_000,
                random -> {
                    byte[] text = RandomEnvelopes.text(random).getBytes(UTF_8);
                    sameAsTheJdk(text);
                    sameAsTheJdk(Perturbed.bytes(random, text));
                });
    }

    private static void sameAsTheJdk(byte[] bytes) {
        assertThat(decoded(bytes)).isEqualTo(decodedByJdk(bytes));
    }

    private static Optional<String> decoded(byte[] bytes) {
        try {
            return Optional.of(Utf8.decode(Unpooled.wrappedBuffer(bytes)));
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    private static Optional<String> decodedByJdk(byte[] bytes) {
        try {
            return Optional.of(UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
