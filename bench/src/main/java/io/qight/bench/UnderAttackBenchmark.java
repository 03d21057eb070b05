package io.qight.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.testkit.ForgedHandshakes;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.StreamOutput;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How a relay serves one sender and one receiver while two threads attack it: one begins handshakes
 * as fast as it can, and proves its address where that is asked for; the other opens connections,
 * with streams that stall within a frame, streams that take no delivery, and hundreds of mailboxes
 * each, and drops them again. In one run: the push latency without and under the attack, their
 * ratio, and the most memory that the relay took, beside its bounds.
 *
 * <p>Linux alone. Arguments: the distribution's directory, seconds for each part.
 */
public final class UnderAttackBenchmark {
    private static final int MESSAGES_A_SECOND = 200;
    private static final int WARM_UP_SECONDS = 5;
    private static final int HEAP_MIB = 256;
    private static final int BUDGET_MIB = 64;

    /** Of the second attacker at a time. */
    private static final int CONNECTIONS = 100;

    private static final int WRITERS = 15;
    private static final int READERS = 30;
    private static final int MAILBOXES = 20;

    /**
     * Where the handshakes come from: another address than the second attacker's, who would get
     * hardly a connection beside them, since one address may hold a part of all handshakes alone.
     */
    private static final String FLOODED_FROM = "127.0.0.2";

    private static final byte[] BEGUN_SEND = {64, 100, 17};
    private static final int DATAGRAM_BYTES_MAX = 2_048;

    private final OwnServer relay;
    private final ConnectTarget target;
    private volatile boolean attacking = true;
    private long highestBytes;

    private UnderAttackBenchmark(OwnServer relay, Trust trust) {
        this.relay = relay;
        this.target =
                new ConnectTarget(
                        "127.0.0.1", relay.port(), trust, "qight/1", Duration.ofSeconds(10));
    }

    /** Measures and prints. */
    public static void main(String[] args) throws Exception {
        Path files =
                Files.createDirectories(
                        Files.createTempDirectory("qight-attack-").resolve("relay"));
        ProcessBuilder command =
                OwnServer.qight(
                        Path.of(args[0]).toAbsolutePath(),
                        files,
                        "relay",
                        "--listen",
                        "127.0.0.1:0",
                        "--budget",
                        BUDGET_MIB + "MiB");
        command.environment().put("QIGHT_JAVA_OPTS", "-Xmx" + HEAP_MIB + "m");
        try (OwnServer relay = OwnServer.relay(command)) {
            new UnderAttackBenchmark(relay, OwnServer.trust(files)).run(Integer.parseInt(args[1]));
        }
    }

    private void run(int seconds) throws Exception {
        ClientConfig config = ClientConfig.defaults().withTrust(target.trust());
        String address = target.address();
        try (RelayClient sender = RelayClient.connect(address, config);
                RelayClient receiver = RelayClient.connect(address, config)) {
            LinkedBlockingQueue<Long> took = new LinkedBlockingQueue<>();
            receiver.subscribe(
                    List.of("well-behaved"),
                    delivery -> {
                        ByteBuffer sent = delivery.envelope().payloadBuffer();
                        took.add(System.nanoTime() - sent.getLong(sent.position()));
                    });
            push(sender, WARM_UP_SECONDS, took);
            long[] quiet = push(sender, seconds, took);
            long before = relay.residentBytes();
            List<Thread> attackers =
                    List.of(start("handshakes", this::begin), start("clients", this::crowd));
            push(sender, WARM_UP_SECONDS, took);
            long[] attacked = push(sender, seconds, took);
            attacking = false;
            for (Thread attacker : attackers) {
                attacker.join();
            }
            print(quiet, attacked, before);
        }
    }

    /** Sends at an even pace, and gives what each message took from its intended time, sorted. */
    private long[] push(RelayClient sender, int seconds, LinkedBlockingQueue<Long> took)
            throws Exception {
        int count = seconds * MESSAGES_A_SECOND;
        long gap = TimeUnit.SECONDS.toNanos(1) / MESSAGES_A_SECOND;
        long next = System.nanoTime();
        for (int i = 0; i < count; i++) {
            next += gap;
            while (System.nanoTime() < next) {
                LockSupport.parkNanos(next - System.nanoTime());
            }
            sender.sendAsync(
                    MessageEnvelope.builder()
                            .sender("bench")
                            .recipient("well-behaved")
                            .payload(ByteBuffer.allocate(128).putLong(0, next).array())
                            .build());
            if (i % MESSAGES_A_SECOND == 0) {
                highestBytes = Math.max(highestBytes, relay.residentBytes());
            }
        }
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            Long one = took.poll(30, TimeUnit.SECONDS);
            if (one == null) {
                throw new IOException(count - i + " messages have not come");
            }
            nanos[i] = one;
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private void print(long[] quiet, long[] attacked, long before) {
        System.out.printf(
                Locale.ROOT,
                "push p50 %.2f ms, p99 %.2f ms; attacked p50 %.2f ms, p99 %.2f ms: %.1f times%n",
                part(quiet, 50),
                part(quiet, 99),
                part(attacked, 50),
                part(attacked, 99),
                part(attacked, 99) / part(quiet, 99));
        System.out.printf(
                Locale.ROOT,
                "memory of the relay: %d MiB before, at most %d MiB; its bounds: heap %d MiB,"
                        + " budget %d MiB outside it, and what Java and connections take%n",
                before >> 20,
                highestBytes >> 20,
                HEAP_MIB,
                BUDGET_MIB);
    }

    private static double part(long[] nanos, int percent) {
        return nanos[nanos.length * percent / 100] / 1e6;
    }

    @FunctionalInterface
    private interface Attack {
        void run() throws Exception;
    }

    private static Thread start(String name, Attack attack) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                attack.run();
                            } catch (Exception e) {
                                throw new IllegalStateException("the attack has failed", e);
                            }
                        },
                        name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void begin() throws IOException {
        ForgedHandshakes handshakes = handshakes();
        InetSocketAddress at =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), relay.port());
        long begun = 0;
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(FLOODED_FROM, 0))) {
            socket.setSoTimeout(1);
            DatagramPacket answer =
                    new DatagramPacket(new byte[DATAGRAM_BYTES_MAX], DATAGRAM_BYTES_MAX);
            while (attacking) {
                byte[] first = handshakes.next();
                socket.send(new DatagramPacket(first, first.length, at));
                begun++;
                try {
                    answer.setLength(DATAGRAM_BYTES_MAX);
                    socket.receive(answer);
                    byte[] said = Arrays.copyOf(answer.getData(), answer.getLength());
                    byte[] proof = handshakes.answer(said).orElse(first);
                    socket.send(new DatagramPacket(proof, proof.length, at));
                } catch (SocketTimeoutException e) {
                    // The relay is silent, as it should be when it has too many.
                }
            }
        }
        System.out.println(begun + " handshakes begun");
    }

    private static ForgedHandshakes handshakes() throws IOException {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                ClientEndpoint client = ClientEndpoint.open(TransportSettings.defaults())) {
            client.connect(
                    new ConnectTarget(
                            "127.0.0.1",
                            silent.getLocalPort(),
                            Trust.fingerprint("00".repeat(32)),
                            "qight/1",
                            Duration.ofSeconds(10)),
                    new Nobody());
            DatagramPacket first =
                    new DatagramPacket(new byte[DATAGRAM_BYTES_MAX], DATAGRAM_BYTES_MAX);
            silent.receive(first);
            return ForgedHandshakes.of(Arrays.copyOf(first.getData(), first.getLength()));
        }
    }

    private void crowd() {
        Deque<Connection> open = new ArrayDeque<>();
        long made = 0;
        TransportSettings settings = TransportSettings.defaults().withEventLoops(1);
        try (ClientEndpoint endpoint = ClientEndpoint.open(settings)) {
            while (attacking) {
                try {
                    Connection connection = endpoint.connect(target, new Nobody()).join();
                    misbehave(connection);
                    open.add(connection);
                    made++;
                } catch (CompletionException e) {
                    // Nobody who floods is served well.
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                }
                if (open.size() > CONNECTIONS) {
                    open.remove().close(0, "");
                }
            }
        }
        System.out.println(made + " connections made");
    }

    private static void misbehave(Connection connection) {
        ByteBuffer none = ByteBuffer.allocate(0);
        connection.openStream(new Said(List.of(new Frame.Hello("attacker", 0, none, none)), none));
        for (int i = 0; i < WRITERS; i++) {
            connection.openStream(
                    new Said(
                            List.of(new Frame.Outbox(randomId(), 1, 600_000, 0, 0)),
                            ByteBuffer.wrap(BEGUN_SEND)));
        }
        for (int i = 0; i < READERS; i++) {
            Frame[] frames = new Frame[1 + MAILBOXES];
            frames[0] =
                    new Frame.Subscribe(randomId(), 1, Mode.SHARED, 30_000, 65_536, 64 << 20, 0, 0);
            for (int mailbox = 1; mailbox <= MAILBOXES; mailbox++) {
                frames[mailbox] = new Frame.Add(mailbox, "attacked-" + randomId());
            }
            connection.openStream(new Said(List.of(frames), none));
        }
    }

    private static Id randomId() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new Id(random.nextLong(), random.nextLong());
    }

    private static final class Nobody implements ConnectionListener {
        @Override
        public ChannelInboundHandlerAdapter onStream(QuicStreamChannel stream) {
            return new ChannelInboundHandlerAdapter();
        }

        @Override
        public void onClosed(ConnectionEnd end) {}
    }

    /** Says something, and never reads nor ends. */
    private static final class Said extends ChannelInboundHandlerAdapter {
        private final List<Frame> frames;
        private final ByteBuffer last;

        Said(List<Frame> frames, ByteBuffer last) {
            this.frames = frames;
            this.last = last;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.channel().config().setAutoRead(false);
            ByteBuf bytes = context.alloc().buffer();
            frames.forEach(frame -> FrameCodec.encode(frame, bytes));
            bytes.writeBytes(last.duplicate());
            StreamOutput.of((QuicStreamChannel) context.channel()).write(bytes);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }
    }
}
