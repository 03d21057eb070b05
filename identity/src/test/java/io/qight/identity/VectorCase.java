package io.qight.identity;

import io.netty.buffer.Unpooled;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A case of a file in {@code docs/vectors}: its values, and their names in order. */
record VectorCase(Map<String, String> values, List<String> names) {
    private static final Path DIRECTORY = Path.of("..", "docs", "vectors");

    static VectorCase of(String file, String name) throws IOException {
        for (String block : Files.readString(DIRECTORY.resolve(file)).split("\n\n", -1)) {
            VectorCase vector = new VectorCase(new HashMap<>(), new ArrayList<>());
            for (String line : block.lines().filter(one -> !one.startsWith("#")).toList()) {
                String[] parts = line.split(" ", 2);
                vector.values.put(parts[0], parts.length == 2 ? parts[1] : "");
                vector.names.add(parts[0]);
            }
            if (name.equals(vector.values.get("case"))) {
                return vector;
            }
        }
        throw new AssertionError("no case " + name);
    }

    boolean has(String name) {
        return values.containsKey(name);
    }

    String value(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new AssertionError("no line " + name);
        }
        return value;
    }

    ByteBuffer bytes(String name) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(value(name)));
    }

    ByteBuffer fields(String first, String last) {
        StringBuilder digits = new StringBuilder();
        names.subList(names.indexOf(first), names.indexOf(last) + 1)
                .forEach(name -> digits.append(value(name)));
        return ByteBuffer.wrap(HexFormat.of().parseHex(digits));
    }

    String text(String name) {
        return StandardCharsets.UTF_8.decode(bytes(name)).toString();
    }

    long number(String name) {
        return Varint.read(Unpooled.wrappedBuffer(bytes(name)));
    }

    Id id(String name) {
        ByteBuffer bytes = bytes(name);
        return new Id(bytes.getLong(), bytes.getLong());
    }

    Identity identity(String name) {
        return Identity.ofSeed(HexFormat.of().parseHex(value(name)));
    }
}
