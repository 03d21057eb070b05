package io.qight.wire.v0;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.qight.wire.ProtocolException;
import io.qight.wire.Vectors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** The bad input of {@code v0-refused.txt}. */
final class Refused {
    private Refused() {}

    static Stream<Vectors.Case> ofKind(String kind) {
        List<Vectors.Case> cases =
                Vectors.of("v0-refused.txt")
                        .filter(vector -> vector.value("kind").equals(kind))
                        .toList();
        assertThat(cases).as(kind).isNotEmpty();
        return cases.stream();
    }

    /** The inputs that the case stands for. */
    static List<byte[]> inputs(Vectors.Case vector) {
        if (!vector.has("every-beginning")) {
            return List.of(vector.bytes("bytes"));
        }
        byte[] bytes = vector.bytes("every-beginning");
        return IntStream.range(0, bytes.length)
                .mapToObj(length -> Arrays.copyOf(bytes, length))
                .toList();
    }

    static void check(Vectors.Case vector, ThrowingCallable decoding) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(decoding)
                .satisfies(e -> assertThat(e.code().token()).isEqualTo(vector.value("error")));
    }
}
