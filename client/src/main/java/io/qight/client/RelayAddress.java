package io.qight.client;

import io.netty.util.NetUtil;
import io.qight.transport.LocalRelay;
import io.qight.wire.ErrorCode;
import java.util.Locale;

/**
 * Where a relay listens.
 *
 * @param host a name, or a literal address without brackets
 * @param port 1 to 65,535
 */
record RelayAddress(String host, int port) {
    /**
     * Reads {@code host}, {@code host:port}, {@code [v6]}, {@code [v6]:port} or {@code v6}; the
     * port is 4433 unless given.
     *
     * @throws ConnectFailedException {@link ErrorCode#BAD_ADDRESS} if it is none of these
     */
    static RelayAddress parse(String address) {
        if (address.startsWith("[")) {
            int end = address.indexOf(']');
            if (end < 0 || !NetUtil.isValidIpV6Address(address.substring(1, end))) {
                throw nonsense(address, "an IPv6 address stands in brackets");
            }
            return new RelayAddress(
                    address.substring(1, end), port(address, address.substring(end + 1)));
        }
        int colon = address.indexOf(':');
        if (colon < 0) {
            return new RelayAddress(host(address, address), LocalRelay.DEFAULT_PORT);
        }
        if (colon != address.lastIndexOf(':')) {
            if (!NetUtil.isValidIpV6Address(address)) {
                throw nonsense(address, "it has more than one colon");
            }
            return new RelayAddress(address, LocalRelay.DEFAULT_PORT);
        }
        return new RelayAddress(
                host(address, address.substring(0, colon)),
                port(address, address.substring(colon)));
    }

    /** Whether the host is this machine by what is written, without asking any name server. */
    boolean loopback() {
        String lower = host.toLowerCase(Locale.ROOT);
        return lower.equals("localhost")
                || lower.equals("::1")
                || lower.equals("0:0:0:0:0:0:0:1")
                || lower.matches("127(\\.\\d{1,3}){3}");
    }

    @Override
    public String toString() {
        return host.indexOf(':') < 0 ? host + ":" + port : "[" + host + "]:" + port;
    }

    private static String host(String address, String host) {
        if (host.isEmpty()) {
            throw nonsense(address, "the host is missing");
        }
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c <= ' ' || c == 0x7f || "/?#@\\[]%".indexOf(c) >= 0) {
                throw nonsense(address, "a host has no spaces or signs such as / and @");
            }
        }
        return host;
    }

    /** What follows the host: nothing, or a colon and digits. */
    private static int port(String address, String rest) {
        if (rest.isEmpty()) {
            return LocalRelay.DEFAULT_PORT;
        }
        if (!rest.matches(":[0-9]{1,5}")) {
            throw nonsense(address, "a port is a number");
        }
        int port = Integer.parseInt(rest.substring(1));
        if (port < 1 || port > 65_535) {
            throw nonsense(address, "a port is 1 to 65535");
        }
        return port;
    }

    private static ConnectFailedException nonsense(String address, String why) {
        return new ConnectFailedException(
                ErrorCode.BAD_ADDRESS,
                "'" + address + "' is not an address of the form host:port: " + why);
    }
}
