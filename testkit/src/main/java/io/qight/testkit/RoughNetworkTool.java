package io.qight.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * A {@link RoughNetwork} for a terminal: {@code --listen HOST:PORT --to HOST:PORT [--script FILE]
 * [--seed N]}. It runs until it is interrupted, and says at its end what happened to packets. Exit
 * code 2 for arguments that make no sense, 1 if it cannot begin.
 */
public final class RoughNetworkTool {
    private static final String USAGE =
            "usage: RoughNetworkTool --listen HOST:PORT --to HOST:PORT [--script FILE] [--seed N]";
    private static final Set<String> OPTIONS = Set.of("--listen", "--to", "--script", "--seed");

    private RoughNetworkTool() {}

    /** Runs it until the process is ended. */
    public static void main(String[] arguments) throws InterruptedException {
        RoughNetwork network;
        try {
            network = start(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("rough network: " + e.getMessage() + "\n" + USAGE);
            System.exit(2);
            return;
        } catch (IOException | UncheckedIOException e) {
            System.err.println("rough network: " + e.getMessage());
            System.exit(1);
            return;
        }
        InetSocketAddress address = network.address();
        System.err.println(
                "rough network: listens at "
                        + address.getAddress().getHostAddress()
                        + ":"
                        + address.getPort());
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> System.err.println("rough network: " + network)));
        new CountDownLatch(1).await();
    }

    private static RoughNetwork start(String[] arguments) throws IOException {
        Map<String, String> options = options(arguments);
        InetSocketAddress listen = address(options, "--listen");
        InetSocketAddress relay = address(options, "--to");
        String seed = options.getOrDefault("--seed", "1");
        String file = options.get("--script");
        NetworkScript script =
                NetworkScript.parse(file == null ? "" : Files.readString(Path.of(file)));
        if (!seed.matches("-?\\d{1,18}")) {
            throw new IllegalArgumentException("--seed is a number, not '" + seed + "'");
        }
        RoughNetwork network = RoughNetwork.between(listen, relay, Long.parseLong(seed));
        network.run(script);
        return network;
    }

    private static Map<String, String> options(String[] arguments) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!OPTIONS.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException(
                        "'" + arguments[i] + "' is no option, or has no value");
            }
            options.put(arguments[i], arguments[i + 1]);
        }
        return options;
    }

    private static InetSocketAddress address(Map<String, String> options, String name) {
        String text = options.getOrDefault(name, "");
        int colon = text.lastIndexOf(':');
        if (colon < 1 || !text.substring(colon + 1).matches("\\d{1,5}")) {
            throw new IllegalArgumentException(name + " is HOST:PORT, not '" + text + "'");
        }
        return new InetSocketAddress(
                text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
    }
}
