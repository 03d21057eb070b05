package io.qight.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;

/**
 * A UDP proxy between QUIC clients and a relay, as bad as a test wants it: it loses, duplicates,
 * corrupts, reorders and delays packets, limits their rate, cuts the way for a time, and rebinds,
 * as a NAT does that forgets its mapping: the relay then sees the same client at a new port. It
 * begins as a clean network; a {@link NetworkScript} or the methods here change that.
 *
 * <p>Each packet is judged when it arrives; what is on its way arrives in its time whatever comes
 * after. Delay and jitter alone do not change the order of one client's packets; {@code reorder}
 * does. The rate holds for all clients together, in each direction; what finds the queue full is
 * dropped. What a cut swallows is lost.
 *
 * <p>Thread-safe. One daemon thread moves the packets, and times are kept to about a millisecond.
 * When a method that changes something has returned, each packet that arrives later meets the
 * change. At most 1,024 clients are known at a time, the quietest one gives way to a new one; at
 * most 64 MiB are held, what does not fit is dropped. Methods throw an {@link
 * IllegalStateException} when the network is closed, and an {@link UncheckedIOException} when it
 * has failed. A relay that is not there is no failure: packets to it are lost.
 */
public final class RoughNetwork implements AutoCloseable {
    private final NetworkLoop loop;

    private RoughNetwork(NetworkLoop loop) {
        this.loop = loop;
    }

    /**
     * Before a relay, listening at a free port of the loopback address.
     *
     * @throws UncheckedIOException if the sockets cannot be had
     */
    public static RoughNetwork before(InetSocketAddress relay, long seed) {
        return between(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), relay, seed);
    }

    /**
     * Before a relay, listening where clients shall find it.
     *
     * @param seed of all that is left to chance
     * @throws UncheckedIOException if the sockets cannot be had
     */
    public static RoughNetwork between(
            InetSocketAddress listen, InetSocketAddress relay, long seed) {
        if (relay.isUnresolved() || listen.isUnresolved()) {
            throw new IllegalArgumentException("no such host: " + listen + " or " + relay);
        }
        try {
            return new RoughNetwork(NetworkLoop.start(listen, relay, seed));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where clients reach the relay through this network. */
    public InetSocketAddress address() {
        return loop.address();
    }

    /** Runs a {@link NetworkScript}, whose times count from now, beside what still runs. */
    public void run(String script) {
        run(NetworkScript.parse(script));
    }

    /** Runs a script, whose times count from now, beside what still runs. */
    public void run(NetworkScript script) {
        await(loop.execute(() -> loop.run(script)));
    }

    /**
     * From now on so many are lost.
     *
     * @param part 0 to 1, as in all methods here
     */
    public void loss(double part) {
        requirePart(part);
        change(c -> c.withLoss(part));
    }

    /** From now on so many come twice. */
    public void duplicate(double part) {
        requirePart(part);
        change(c -> c.withDuplicate(part));
    }

    /** From now on one bit is turned in so many. */
    public void corrupt(double part) {
        requirePart(part);
        change(c -> c.withCorrupt(part));
    }

    /** From now on so many are held back for the time given, so that later ones pass them. */
    public void reorder(double part, Duration hold) {
        requirePart(part);
        change(c -> c.withReorder(part, hold.toNanos()));
    }

    /** From now on each takes {@code delay}, and up to {@code jitter} more or less. */
    public void delay(Duration delay, Duration jitter) {
        change(c -> c.withDelay(delay.toNanos(), jitter.toNanos()));
    }

    /** From now on so many bytes a second pass in each direction, and so many may wait for it. */
    public void rate(long bytesPerSecond, long queueBytes) {
        if (bytesPerSecond < 1 || queueBytes < 0) {
            throw new IllegalArgumentException("a rate is at least 1, a queue at least 0");
        }
        change(c -> c.withRate(bytesPerSecond, queueBytes));
    }

    /** From now on nothing passes, until {@link #heal}. */
    public void cut() {
        change(NetworkConditions::withCut);
    }

    /** For so long nothing passes; then it is as it would have been. */
    public void cut(Duration duration) {
        run(String.format(Locale.ROOT, "cut %dms", duration.toMillis()));
    }

    /** From now on everything passes at once, but for what a script does later. */
    public void heal() {
        change(c -> NetworkConditions.CLEAN);
    }

    /** Every client gets a new port towards the relay; what still comes to the old ones is lost. */
    public void rebind() {
        await(loop.execute(loop::rebind));
    }

    /** From now on the relay is found at another address; every client gets a new port. */
    public void moveTo(InetSocketAddress relay) {
        await(loop.execute(() -> loop.moveTo(relay)));
    }

    /** How often this happened to packets that go this way. */
    public long count(Direction direction, PacketEvent event) {
        return loop.counts().of(direction, event);
    }

    /** How often this happened, both ways together. */
    public long count(PacketEvent event) {
        return count(Direction.TO_RELAY, event) + count(Direction.TO_CLIENT, event);
    }

    /** How often it rebound, by a script or by a method. */
    public long rebinds() {
        return loop.rebinds();
    }

    /** What happened so far, in a line. */
    @Override
    public String toString() {
        return loop.counts() + "; " + rebinds() + " rebinds";
    }

    /** Ends it at once; what is held is lost. The second time it does nothing. */
    @Override
    public void close() {
        loop.close();
    }

    private void change(UnaryOperator<NetworkConditions> effect) {
        run(NetworkScript.of(effect));
    }

    private static void requirePart(double part) {
        if (!(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException("a part is 0 to 1, not " + part);
        }
    }

    private static void await(CompletableFuture<?> done) {
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw new UncheckedIOException(failure);
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
