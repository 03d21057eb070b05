package io.qight.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.testkit.ForgedHandshakes;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.StreamOutput;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Two threads that attack a relay on this machine, until the standard input ends; then they say how
 * much they did. What they do is told by a word:
 *
 * <ul>
 *   <li>{@code flood}: one begins handshakes as fast as it can, and proves its address where that
 *       is asked for; the other is a crowd of one: it opens connections, with streams that stall
 *       within a frame, streams that take no delivery, and hundreds of mailboxes each, and drops
 *       them again.
 *   <li>{@code crowd}: both are such crowds.
 *   <li>{@code churn}: both keep a few connections, whose streams add and remove mailboxes without
 *       end and read the answers.
 *   <li>{@code streams}: the same with streams that ask for one mailbox, end and are opened anew.
 *   <li>{@code spin}: both only take the processors, to see what of an attack's effect is that.
 * </ul>
 *
 * <p>Linux alone. Arguments: the relay's port, the directory with its certificate, the word.
 */
public final class Attackers {
    /** Open at a time. */
    private static final int CONNECTIONS = 100;

    private static final int WRITERS = 15;
    private static final int READERS = 30;
    private static final int MAILBOXES = 20;

    private static final int BUSY_CONNECTIONS = 4;
    private static final int BUSY_STREAMS = 8;

    /**
     * Where the handshakes come from: another address than the second attacker's, who would get
     * hardly a connection beside them, since one address may hold a part of all handshakes alone.
     */
    private static final String FLOODED_FROM = "127.0.0.2";

    private static final Frame HELLO =
            new Frame.Hello("attacker", 0, ByteBuffer.allocate(0), ByteBuffer.allocate(0));
    private static final byte[] BEGUN_SEND = {64, 100, 17};
    private static final int DATAGRAM_BYTES_MAX = 2_048;

    private final ConnectTarget target;
    private volatile boolean attacking = true;

    private Attackers(ConnectTarget target) {
        this.target = target;
    }

    /** Attacks. */
    public static void main(String[] args) throws Exception {
        Trust trust = OwnServer.trust(Path.of(args[1]));
        new Attackers(
                        new ConnectTarget(
                                "127.0.0.1",
                                Integer.parseInt(args[0]),
                                trust,
                                "qight/1",
                                Duration.ofSeconds(10)))
                .run(args[2]);
    }

    private void run(String how) throws Exception {
        Attack first =
                switch (how) {
                    case "flood" -> this::begin;
                    case "crowd" -> this::crowd;
                    case "churn" -> () -> keepBusy(connection -> new Churning());
                    case "streams" -> () -> keepBusy(Brief::new);
                    case "spin" -> this::spin;
                    default -> throw new IllegalArgumentException(how);
                };
        List<Thread> attackers =
                List.of(
                        start("first", first),
                        start("second", how.equals("flood") ? this::crowd : first));
        System.in.transferTo(OutputStream.nullOutputStream());
        attacking = false;
        for (Thread attacker : attackers) {
            attacker.join();
        }
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

    private void spin() {
        while (attacking) {
            Thread.onSpinWait();
        }
    }

    private void begin() throws IOException {
        ForgedHandshakes handshakes = handshakes();
        InetSocketAddress at =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), target.port());
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

    private void keepBusy(Function<Connection, ChannelInboundHandlerAdapter> stream) {
        TransportSettings settings = TransportSettings.defaults().withEventLoops(1);
        ByteBuffer none = ByteBuffer.allocate(0);
        try (ClientEndpoint endpoint = ClientEndpoint.open(settings)) {
            for (int i = 0; i < BUSY_CONNECTIONS; i++) {
                Connection connection = endpoint.connect(target, new Nobody()).join();
                connection.openStream(new Said(List.of(HELLO), none));
                for (int k = 0; k < BUSY_STREAMS; k++) {
                    connection.openStream(stream.apply(connection));
                }
            }
            while (attacking) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
    }

    private static void misbehave(Connection connection) {
        ByteBuffer none = ByteBuffer.allocate(0);
        connection.openStream(new Said(List.of(HELLO), none));
        for (int i = 0; i < WRITERS; i++) {
            connection.openStream(
                    new Said(
                            List.of(new Frame.Outbox(randomId(), 1, 600_000, 0, 0)),
                            ByteBuffer.wrap(BEGUN_SEND)));
        }
        for (int i = 0; i < READERS; i++) {
            Frame[] frames = new Frame[1 + MAILBOXES];
            frames[0] = subscribe();
            for (int mailbox = 1; mailbox <= MAILBOXES; mailbox++) {
                frames[mailbox] = new Frame.Add(mailbox, "attacked-" + randomId());
            }
            connection.openStream(new Said(List.of(frames), none));
        }
    }

    private static Frame subscribe() {
        return new Frame.Subscribe(randomId(), 1, Mode.SHARED, 30_000, 65_536, 64 << 20, 0, 0);
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

    /** Throws away what it reads. */
    private abstract static class Busy extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }
    }

    /** Says something, and never reads nor ends. */
    private static final class Said extends Busy {
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
    }

    /** Adds mailboxes and removes them as fast as the relay takes it. */
    private static final class Churning extends Busy {
        private long mailbox;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            StreamOutput output = StreamOutput.of((QuicStreamChannel) context.channel());
            ByteBuf first = context.alloc().buffer();
            FrameCodec.encode(subscribe(), first);
            output.write(first);
            output.whenDrained(() -> more(context, output));
            more(context, output);
        }

        private void more(ChannelHandlerContext context, StreamOutput output) {
            ByteBuf bytes = context.alloc().buffer();
            long begin = mailbox;
            for (int i = 0; i < MAILBOXES; i++) {
                FrameCodec.encode(new Frame.Add(++mailbox, "attacked-" + randomId()), bytes);
            }
            for (int i = 0; i < MAILBOXES; i++) {
                FrameCodec.encode(new Frame.Remove(++begin), bytes);
            }
            output.write(bytes);
        }
    }

    /** Asks for a mailbox, ends, and has another do the same. */
    private static final class Brief extends Busy {
        private final Connection connection;

        Brief(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            ByteBuf bytes = context.alloc().buffer();
            FrameCodec.encode(subscribe(), bytes);
            FrameCodec.encode(new Frame.Add(1, "attacked-" + randomId()), bytes);
            StreamOutput.of((QuicStreamChannel) context.channel()).finish(bytes);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            connection.openStream(new Brief(connection));
        }
    }
}
