package io.qight.relay.v1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The cases of {@code docs/vectors/v1-refused.txt} that a relay refuses. */
public final class RefusedVectors {
    private static final Path FILE = Path.of("..", "docs", "vectors", "v1-refused.txt");

    private RefusedVectors() {}

    /**
     * What a client sends.
     *
     * @param hexadecimal the bytes, as digits
     * @param error the code's token
     */
    public record Vector(String name, String hexadecimal, String error) {
        /** All that the client writes. */
        public byte[] bytes() {
            return HexFormat.of().parseHex(hexadecimal);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** All of one kind that have their bytes written out. */
    public static List<Vector> of(String kind) {
        try {
            return Arrays.stream(Files.readString(FILE).split("\n\n", -1))
                    .filter(block -> kind.equals(value(block, "kind")))
                    .filter(block -> !value(block, "bytes").isEmpty())
                    .map(block ->
                            new Vector(
                                    value(block, "case"),
                                    value(block, "bytes"),
                                    value(block, "error")))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String value(String block, String name) {
        return block.lines()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length() + 1))
                .findFirst()
                .orElse("");
    }
}
