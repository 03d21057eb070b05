package io.qight.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ErrorCodeTest {
    private static final Path PROTOCOL = Path.of("..", "docs", "protocol.md");
    private static final Pattern ROW_OF_A_CODE = Pattern.compile("\\| \\d+ \\| `.*");

    @Test
    void documentHasExactlyThisTable() throws IOException {
        List<String> rows;
        try (Stream<String> lines = Files.lines(PROTOCOL)) {
            rows = lines.filter(line -> ROW_OF_A_CODE.matcher(line).matches()).toList();
        }
        assertThat(rows).isEqualTo(Stream.of(ErrorCode.values()).map(this::row).toList());
    }

    @Test
    void numbersAreUniqueAndGrow() {
        assertThat(ErrorCode.values())
                .extracting(ErrorCode::number)
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @EnumSource
    void tokenNamesItsCode(ErrorCode code) {
        assertThat(code.token()).matches("[a-z]+(_[a-z]+)*");
        assertThat(ErrorCode.ofToken(code.token())).contains(code);
        assertThat(code.sentence()).doesNotContain("\n").doesNotEndWith(".");
    }

    @Test
    void otherTokensNameNone() {
        assertThat(ErrorCode.ofToken("")).isEmpty();
        assertThat(ErrorCode.ofToken("INTERNAL")).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void numberNamesItsCode(ErrorCode code) {
        assertThat(ErrorCode.ofNumber(code.number())).contains(code);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0, 50, 99, 107, 1L << 32 | 1, Long.MAX_VALUE})
    void otherNumbersNameNone(long number) {
        assertThat(ErrorCode.ofNumber(number)).isEmpty();
    }

    @Test
    void codesBelow100ComeFromTheRelay() {
        assertThat(ErrorCode.SLOW_READER.fromRelay()).isTrue();
        assertThat(ErrorCode.CONNECT_FAILED.fromRelay()).isFalse();
    }

    private String row(ErrorCode code) {
        return "| "
                + code.number()
                + " | `"
                + code.token()
                + "` | "
                + (code.retryable() ? "yes" : "no")
                + " | "
                + code.sentence()
                + " |";
    }
}
