package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The tables of version 1's frames in {@code docs/protocol.md}, section 6.4. */
final class ProtocolTablesTest {
    private static final Pattern ROW_OF_A_FRAME =
            Pattern.compile("(?m)^\\| (\\d+ \\| [A-Z_]+ \\| \\w+ \\| \\w+) \\|(.*)\\|$");
    private static final Pattern ROW_OF_A_LIMIT = Pattern.compile("(?m)^\\| ([a-z_]+_[a-z]+) \\|");

    private static final Pattern FIELD = Pattern.compile("([a-z_]+)[^,]*");

    private static String section = "";

    @BeforeAll
    static void readSection() throws IOException {
        String page = Files.readString(Path.of("..", "docs", "protocol.md"));
        section = page.substring(page.indexOf("\n### 6.4 "), page.indexOf("\n### 6.5 "));
    }

    @Test
    void documentHasExactlyTheseFrames() {
        assertThat(rows(ROW_OF_A_FRAME, 1))
                .isEqualTo(Stream.of(FrameType.values()).map(this::row).toList());
    }

    @Test
    void documentHasTheFieldsOfEachFrame() {
        List<List<String>> fields =
                rows(ROW_OF_A_FRAME, 2).stream().map(ProtocolTablesTest::names).toList();

        assertThat(fields)
                .isEqualTo(
                        Stream.of(FrameType.values())
                                .map(type -> RandomFrames.of(type, new Random(0)).getClass())
                                .map(ProtocolTablesTest::components)
                                .toList());
    }

    @Test
    void documentHasExactlyTheseLimits() {
        assertThat(rows(ROW_OF_A_LIMIT, 1)).isEqualTo(components(ConnectionLimits.class));
    }

    @Test
    void frameNumbersAreUniqueGrowAndMustBeUnderstood() {
        assertThat(FrameType.values())
                .extracting(FrameType::number)
                .isSorted()
                .doesNotHaveDuplicates()
                .allMatch(number -> number < FrameType.IGNORABLE_FROM);
        assertThat(FrameType.values())
                .allSatisfy(type -> assertThat(FrameType.of(type.number())).contains(type));
    }

    private String row(FrameType type) {
        String streams =
                Stream.of(StreamKind.values())
                        .filter(type::standsOn)
                        .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                        .collect(Collectors.joining(","));
        String direction =
                switch (type.direction()) {
                    case TO_RELAY -> "c";
                    case TO_CLIENT -> "r";
                    case BOTH -> "b";
                };
        return String.join(
                " | ",
                String.valueOf(type.number()),
                type.name(),
                streams.replace("control,send,fetch", "any"),
                direction);
    }

    private static List<String> rows(Pattern row, int group) {
        return row.matcher(section).results().map(found -> found.group(group)).toList();
    }

    /** The first word of each field; the detail of a receipt is a part of its outcome. */
    private static List<String> names(String fields) {
        return FIELD.matcher(fields)
                .results()
                .map(field -> field.group(1))
                .filter(name -> !name.equals("detail"))
                .toList();
    }

    private static List<String> components(Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .map(name -> name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT))
                .toList();
    }
}
