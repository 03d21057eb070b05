package io.qight.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Reads the files of {@code docs/vectors}, whose README says how they are built. */
public final class Vectors {
    private static final Path DIRECTORY = Path.of("..", "docs", "vectors");

    private Vectors() {}

    /** The cases of a file; to be the source of a parameterized test. */
    public static Stream<Case> of(String file) {
        List<Case> cases = new ArrayList<>();
        for (String block : text(file).split("\n\n", -1)) {
            Map<String, String> values = new LinkedHashMap<>();
            for (String line : block.lines().toList()) {
                if (!line.startsWith("#")) {
                    String[] parts = line.split(" ", 2);
                    String before = values.put(parts[0], parts.length == 2 ? parts[1] : "");
                    if (before != null) {
                        throw new IllegalStateException(file + ": twice in a case: " + line);
                    }
                }
            }
            if (!values.isEmpty()) {
                cases.add(new Case(values));
            }
        }
        return cases.stream();
    }

    /** The good bytes of a file and the bad ones of some kinds: what a search begins with. */
    public static Stream<byte[]> seeds(String good, String bad, Predicate<String> kinds) {
        Stream<Case> refused = of(bad).filter(vector -> kinds.test(vector.value("kind")));
        return Stream.concat(of(good), refused)
                .flatMap(vector ->
                        Stream.of("whole", "bytes", "every-beginning")
                                .filter(vector::has)
                                .map(vector::bytes));
    }

    private static String text(String file) {
        try {
            return Files.readString(DIRECTORY.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * One case.
     *
     * @param values by name, in the order of the file
     */
    public record Case(Map<String, String> values) {
        /** Whether there is a line of this name. */
        public boolean has(String name) {
            return values.containsKey(name);
        }

        /** The value as it stands. */
        public String value(String name) {
            String value = values.get(name);
            if (value == null) {
                throw new IllegalStateException(this + " has no " + name);
            }
            return value;
        }

        /** The value's bytes. */
        public byte[] bytes(String name) {
            return HexFormat.of().parseHex(value(name));
        }

        /** The value's bytes as UTF-8. */
        public String text(String name) {
            return new String(bytes(name), StandardCharsets.UTF_8);
        }

        /** The payload, printed or generated. */
        public byte[] payload() {
            if (!has("payload.generated")) {
                return bytes("payload");
            }
            byte[] payload = new byte[Integer.parseInt(value("payload.generated"))];
            for (int i = 0; i < payload.length; i++) {
                payload[i] = (byte) (i % 251);
            }
            return payload;
        }

        /** The bytes of all fields, one after the other. */
        public byte[] fields() {
            StringBuilder hex = new StringBuilder();
            values.forEach((name, value) -> {
                if (!List.of("case", "only", "whole").contains(name)) {
                    hex.append(value);
                }
            });
            return HexFormat.of().parseHex(hex);
        }

        @Override
        public String toString() {
            return value("case");
        }
    }
}
