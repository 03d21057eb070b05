package io.qight.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The bad input of the files {@code *-refused.txt}. */
public final class Refused {
    private Refused() {}

    /** The cases of a kind, of which there must be some. */
    public static Stream<Vectors.Case> ofKind(String file, String kind) {
        List<Vectors.Case> cases =
                Vectors.of(file).filter(vector -> vector.value("kind").equals(kind)).toList();
        assertThat(cases).as(kind).isNotEmpty();
        return cases.stream();
    }

    /** The inputs that the case stands for. */
    public static List<byte[]> inputs(Vectors.Case vector) {
        if (!vector.has("every-beginning")) {
            return List.of(vector.bytes("bytes"));
        }
        byte[] bytes = vector.bytes("every-beginning");
        return IntStream.range(0, bytes.length)
                .mapToObj(length -> Arrays.copyOf(bytes, length))
                .toList();
    }

    /** Fails unless the decoding is refused with the case's code. */
    public static void check(Vectors.Case vector, Decoding decoding) {
        assertThatExceptionOfType(ProtocolException.class)
                .isThrownBy(decoding::run)
                .satisfies(e -> assertThat(e.code().token()).isEqualTo(vector.value("error")));
    }

    /** What must fail. */
    public interface Decoding {
        /** Reads the bad input. */
        void run() throws Exception;
    }
}
