package io.qight.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 200ms}, {@code 90s}, {@code 1.5h}, {@code 7d}. The unit is never left away. */
final class DurationConverter implements ITypeConverter<Duration> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,3})?) ?([a-z]*)");

    /** In milliseconds, the largest first. */
    private static final List<Map.Entry<String, Long>> UNITS =
            List.of(
                    Map.entry("d", 86_400_000L),
                    Map.entry("h", 3_600_000L),
                    Map.entry("m", 60_000L),
                    Map.entry("s", 1_000L),
                    Map.entry("ms", 1L));

    private static final Map<String, Long> MILLIS =
            UNITS.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));

    @Override
    public Duration convert(String text) {
        Matcher matcher = FORM.matcher(text);
        Long unit = matcher.matches() ? MILLIS.get(matcher.group(2)) : null;
        if (unit == null) {
            throw new TypeConversionException(
                    "'"
                            + text
                            + "' is not a duration: a number and one of ms, s, m, h, d,"
                            + " for example 90s");
        }
        BigDecimal millis = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unit));
        return Duration.ofMillis(millis.longValue());
    }

    /** Its parts, the largest unit first: {@code 30d}, {@code 1m 30s}. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        StringBuilder text = new StringBuilder();
        for (Map.Entry<String, Long> unit : UNITS) {
            if (millis >= unit.getValue()) {
                text.append(text.isEmpty() ? "" : " ")
                        .append(millis / unit.getValue())
                        .append(unit.getKey());
                millis %= unit.getValue();
            }
        }
        return text.isEmpty() ? "0s" : text.toString();
    }
}
