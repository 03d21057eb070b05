package io.qight.bench.peers;

import java.util.List;
import java.util.stream.Stream;

/** All systems that Qight is compared with, each without TLS and with it. */
public final class Peers {
    private Peers() {}

    /** Those of one server beside each other. */
    public static List<Peer> all() {
        return Stream.of(false, true).flatMap(Peers::of).toList();
    }

    /**
     * The one of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Peer named(String name) {
        return all().stream()
                .filter(peer -> peer.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no system is called " + name));
    }

    /** The file that a class is from, without its suffix: the library and its version. */
    static String jar(Class<?> type) {
        String path = type.getProtectionDomain().getCodeSource().getLocation().getPath();
        return path.substring(path.lastIndexOf('/') + 1).replace(".jar", "");
    }

    private static Stream<Peer> of(boolean tls) {
        return Stream.of(
                new Nats(false, tls),
                new Nats(true, tls),
                new Mosquitto(tls),
                new Redis(false, tls),
                new Redis(true, tls));
    }
}
