package io.qight.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The thread of a {@link RoughNetwork}: its sockets, and the packets that it holds. Tasks given to
 * {@link #execute} run on it; all methods without another word in their doc are for it alone.
 */
final class NetworkLoop {
    private static final int FLOWS_MAX = 1_024;
    private static final long HELD_BYTES_MAX = 64 << 20;
    private static final int PACKET_BYTES_MAX = 65_535;

    /** So that one busy socket does not keep the others, and the time, waiting. */
    private static final int PACKETS_A_TURN = 64;

    private record Held(
            long releaseNanos, long order, Flow flow, Direction direction, ByteBuffer bytes)
            implements Comparable<Held> {
        @Override
        public int compareTo(Held other) {
            int byTime = Long.compare(releaseNanos, other.releaseNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** What may fail because of a socket. */
    interface Task {
        void run() throws IOException;
    }

    private final Selector selector = Selector.open();
    private final DatagramChannel front = DatagramChannel.open();
    private final InetSocketAddress address;
    private final PacketDecisions decisions;
    private final PacketCounts counts = new PacketCounts();
    private final Schedule schedule = new Schedule();
    private final RateLimit toRelayLimit = new RateLimit();
    private final RateLimit toClientLimit = new RateLimit();
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private final Thread thread = new Thread(this::loop, "rough-network");
    private final long startNanos = System.nanoTime();

    /** The quietest first. */
    private final Map<InetSocketAddress, Flow> flows = new LinkedHashMap<>(16, 0.75f, true);

    private final PriorityQueue<Held> held = new PriorityQueue<>();
    private final ByteBuffer packet = ByteBuffer.allocateDirect(PACKET_BYTES_MAX);
    private InetSocketAddress relay;
    private long heldBytes;
    private long packetsHeld;
    private long flowsSeen;
    private final AtomicLong rebinds = new AtomicLong();
    private volatile boolean closed;

    private NetworkLoop(InetSocketAddress listen, InetSocketAddress relay, long seed)
            throws IOException {
        this.relay = relay;
        this.decisions = new PacketDecisions(seed);
        try {
            front.setOption(StandardSocketOptions.SO_RCVBUF, Flow.SOCKET_BUFFER_BYTES);
            front.configureBlocking(false);
            front.bind(listen);
            front.register(selector, SelectionKey.OP_READ);
            address = (InetSocketAddress) front.getLocalAddress();
        } catch (IOException | RuntimeException e) {
            front.close();
            selector.close();
            throw e;
        }
    }

    static NetworkLoop start(InetSocketAddress listen, InetSocketAddress relay, long seed)
            throws IOException {
        NetworkLoop loop = new NetworkLoop(listen, relay, seed);
        loop.thread.setDaemon(true);
        loop.thread.start();
        return loop;
    }

    /** For any thread. */
    InetSocketAddress address() {
        return address;
    }

    /** For any thread. */
    PacketCounts counts() {
        return counts;
    }

    /** For any thread. */
    long rebinds() {
        return rebinds.get();
    }

    /** For any thread. The future fails if the task does, or if the loop ends before it ran. */
    CompletableFuture<?> execute(Task task) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        tasks.add(() -> {
            try {
                task.run();
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        selector.wakeup();
        return CompletableFuture.anyOf(done, ended);
    }

    /** For any thread. */
    void close() {
        closed = true;
        selector.wakeup();
        ended.handle((nothing, failure) -> failure).join();
    }

    void run(NetworkScript script) {
        schedule.run(script, nowNanos());
    }

    void rebind() throws IOException {
        for (Flow flow : flows.values()) {
            flow.rebind(selector, relay);
        }
        rebinds.incrementAndGet();
    }

    void moveTo(InetSocketAddress newRelay) throws IOException {
        relay = newRelay;
        rebind();
    }

    private void loop() {
        Throwable end = new IllegalStateException("the network is closed");
        try {
            while (!closed) {
                turn();
            }
        } catch (IOException | RuntimeException | Error e) {
            end = e;
        }
        try {
            for (Flow flow : flows.values()) {
                flow.close();
            }
            front.close();
            selector.close();
        } catch (IOException e) {
            end.addSuppressed(e);
        }
        ended.completeExceptionally(end);
    }

    private void turn() throws IOException {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
        if (schedule.takeRebind(nowNanos())) {
            rebind();
        }
        releaseDue();
        long waitNanos = nextNanos() - nowNanos();
        if (waitNanos <= 0) {
            selector.selectNow();
        } else {
            // Rounded up: rather a little late than turning in vain.
            selector.select(TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1);
        }
        Iterator<SelectionKey> keys = selector.selectedKeys().iterator();
        while (keys.hasNext()) {
            SelectionKey key = keys.next();
            keys.remove();
            if (key.isValid()) {
                receive(key);
            }
        }
    }

    private long nextNanos() {
        Held first = held.peek();
        long never = nowNanos() + TimeUnit.MINUTES.toNanos(1);
        long next = Math.min(never, schedule.nextRebindNanos());
        return first == null ? next : Math.min(next, first.releaseNanos);
    }

    private void receive(SelectionKey key) throws IOException {
        Flow flow = (Flow) key.attachment();
        for (int i = 0; i < PACKETS_A_TURN; i++) {
            packet.clear();
            SocketAddress sender = flow == null ? front.receive(packet) : receiveFromRelay(flow);
            if (sender == null) {
                return;
            }
            packet.flip();
            if (flow == null) {
                arrived(flow((InetSocketAddress) sender), Direction.TO_RELAY);
            } else {
                arrived(flow, Direction.TO_CLIENT);
            }
        }
    }

    private @Nullable SocketAddress receiveFromRelay(Flow flow) throws IOException {
        try {
            return flow.channel().receive(packet);
        } catch (SocketException e) {
            // An earlier packet found nobody, or no way: it is lost, as on any network.
            return null;
        }
    }

    private Flow flow(InetSocketAddress client) throws IOException {
        Flow known = flows.get(client);
        if (known != null) {
            return known;
        }
        if (flows.size() == FLOWS_MAX) {
            Iterator<Flow> quietest = flows.values().iterator();
            quietest.next().close();
            quietest.remove();
        }
        Flow flow = new Flow(flowsSeen++, client, selector, relay);
        flows.put(client, flow);
        return flow;
    }

    private void arrived(Flow flow, Direction direction) {
        long now = nowNanos();
        int size = packet.remaining();
        NetworkConditions conditions = schedule.conditions(direction, now);
        Flow.Way way = flow.way(direction);
        PacketFate fate =
                decisions.decide(flow.number(), direction, way.nextIndex(), size, conditions);
        counts.add(direction, PacketEvent.ARRIVED);
        if (conditions.cut()) {
            counts.add(direction, PacketEvent.CUT);
            return;
        }
        if (fate.lost()) {
            counts.add(direction, PacketEvent.LOST);
            return;
        }
        if (fate.corruptBit() >= 0) {
            counts.add(direction, PacketEvent.CORRUPTED);
            turnBit(fate.corruptBit());
        }
        pass(flow, direction, fate, now, conditions);
        if (fate.duplicated()) {
            counts.add(direction, PacketEvent.DUPLICATED);
            pass(flow, direction, fate, now, conditions);
        }
    }

    private void turnBit(long bit) {
        int place = (int) (bit / 8);
        packet.put(place, (byte) (packet.get(place) ^ (1 << (bit % 8))));
    }

    private void pass(
            Flow flow,
            Direction direction,
            PacketFate fate,
            long now,
            NetworkConditions conditions) {
        RateLimit limit = direction == Direction.TO_RELAY ? toRelayLimit : toClientLimit;
        int size = packet.remaining();
        long throughNanos = limit.throughAtNanos(size, now, conditions);
        if (throughNanos == RateLimit.FULL || heldBytes + size > HELD_BYTES_MAX) {
            counts.add(direction, PacketEvent.QUEUE_FULL);
            return;
        }
        long releaseNanos = throughNanos + fate.delayNanos() + fate.holdNanos();
        if (fate.holdNanos() > 0) {
            counts.add(direction, PacketEvent.REORDERED);
        } else {
            releaseNanos = flow.way(direction).inOrder(releaseNanos);
        }
        if (releaseNanos <= now) {
            send(flow, direction, packet.duplicate());
            return;
        }
        ByteBuffer bytes = ByteBuffer.allocate(size).put(packet.duplicate()).flip();
        heldBytes += size;
        held.add(new Held(releaseNanos, packetsHeld++, flow, direction, bytes));
    }

    private void releaseDue() {
        long now = nowNanos();
        for (Held next = held.peek(); next != null && next.releaseNanos <= now; ) {
            held.remove();
            heldBytes -= next.bytes.remaining();
            send(next.flow, next.direction, next.bytes);
            next = held.peek();
        }
    }

    private void send(Flow flow, Direction direction, ByteBuffer bytes) {
        boolean sent;
        try {
            if (direction == Direction.TO_CLIENT) {
                sent = front.send(bytes, flow.client()) > 0;
            } else {
                sent = flow.channel().isOpen() && flow.channel().write(bytes) > 0;
            }
        } catch (IOException e) {
            // There is no way, or an earlier packet found nobody: it is lost.
            sent = false;
        }
        counts.add(direction, sent ? PacketEvent.PASSED : PacketEvent.UNDELIVERABLE);
    }

    private long nowNanos() {
        return System.nanoTime() - startNanos;
    }
}
