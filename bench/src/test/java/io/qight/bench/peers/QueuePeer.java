package io.qight.bench.peers;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Answers and delivers on a thread of its own. */
final class QueuePeer implements Peer {
    private final ExecutorService server =
            Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, "queue-peer");
                thread.setDaemon(true);
                return thread;
            });
    private final long refuseEach;
    private volatile Consumer<ByteBuffer> handler = payload -> {};
    private boolean again;
    private long sent;

    /** Refuses one in so many; none, if that is 0. */
    QueuePeer(long refuseEach) {
        this.refuseEach = refuseEach;
    }

    void deliverFirstAgain() {
        again = true;
    }

    @Override
    public PeerSender sender(Place place) {
        return payload -> {
            long number = ++sent;
            if (refuseEach > 0 && number % refuseEach == 0) {
                throw new IllegalStateException("the queue is full");
            }
            return CompletableFuture.runAsync(() -> deliver(payload, again && number == 1), server);
        };
    }

    private void deliver(byte[] payload, boolean twice) {
        handler.accept(ByteBuffer.wrap(payload));
        if (twice) {
            handler.accept(ByteBuffer.wrap(payload));
        }
    }

    @Override
    public void receive(Place place, Consumer<ByteBuffer> newHandler) {
        handler = newHandler;
    }

    @Override
    public void prepare(Place place) {}

    @Override
    public String name() {
        return "queue";
    }

    @Override
    public boolean tls() {
        return false;
    }

    @Override
    public String program() {
        return "none";
    }

    @Override
    public String versionOption() {
        return "";
    }

    @Override
    public String client() {
        return "none";
    }

    @Override
    public String stored() {
        return "in memory";
    }

    @Override
    public String setUp() {
        return "as it is";
    }

    @Override
    public List<String> serverArguments(Place place) {
        return List.of();
    }
}
