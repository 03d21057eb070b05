package io.qight.cli;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 127.0.0.1:4433}, {@code [::1]:4433} or {@code host.example:4433}. */
final class AddressConverter implements ITypeConverter<InetSocketAddress> {
    private static final Pattern FORM = Pattern.compile("(?:\\[([^]]+)]|([^:]+)):(\\d{1,5})");

    @Override
    public InetSocketAddress convert(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group(3)) > 65_535) {
            throw new TypeConversionException(
                    "'"
                            + text
                            + "' is not an address: HOST:PORT, for example 127.0.0.1:4433 or"
                            + " [::1]:4433");
        }
        String host = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
        InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(matcher.group(3)));
        if (address.isUnresolved()) {
            throw new TypeConversionException("'" + text + "': there is no host " + host);
        }
        return address;
    }

    /** The address as it is typed. */
    static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
