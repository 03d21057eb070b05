package io.qight.bench.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;

/** A system that Qight is compared with: its server, and its clients. Immutable. */
public interface Peer {
    /** What it is called in options and tables, for example {@code nats-sync-tls}. */
    String name();

    /** Whether its connections are secured; Qight's always are. */
    boolean tls();

    /** The server's program. */
    String program();

    /** What the program is asked with for its version. */
    String versionOption();

    /** The library of its clients, with its version. */
    String client();

    /** What its answer to a sender means: where the message is by then. */
    String stored();

    /** How server and clients are set up, wherever that is not their default. */
    String setUp();

    /**
     * What the server is started with; files that it reads are written first.
     *
     * @throws IOException if they cannot be
     */
    List<String> serverArguments(Place place) throws IOException;

    /**
     * Makes what messages wait in, before there are a sender and a receiver.
     *
     * @throws Exception if the server does not
     */
    void prepare(Place place) throws Exception;

    /**
     * A connected sender.
     *
     * @throws Exception if it cannot connect
     */
    PeerSender sender(Place place) throws Exception;

    /**
     * Connects a receiver: each message is acknowledged when the handler, which is given the
     * payload, has returned. It ends with the process.
     *
     * @throws Exception if it cannot connect
     */
    void receive(Place place, Consumer<ByteBuffer> handler) throws Exception;
}
