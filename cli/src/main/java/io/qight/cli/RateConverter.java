package io.qight.cli;

import io.qight.identity.GrantTerms.Rate;
import io.qight.wire.ProtocolException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 10/s}, {@code 100/h}, {@code 5/10m}: so many in a time, and as many at once. */
final class RateConverter implements ITypeConverter<Rate> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,7})/([\\d.]*)([a-z]+)");

    @Override
    public Rate convert(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException(
                    "'"
                            + text
                            + "' is not a rate: a number, / and a time, for example 10/s, 5/10m");
        }
        String count = matcher.group(2).isEmpty() ? "1" : matcher.group(2);
        long periodMillis = new DurationConverter().convert(count + matcher.group(3)).toMillis();
        long envelopes = Long.parseLong(matcher.group(1));
        try {
            return new Rate(envelopes, periodMillis, Math.max(1, envelopes));
        } catch (ProtocolException e) {
            throw new TypeConversionException("'" + text + "': " + e.sentence());
        }
    }
}
