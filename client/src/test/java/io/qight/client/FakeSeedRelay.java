package io.qight.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.qight.transport.ByteBudget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.ServerConfig;
import io.qight.transport.ServerEndpoint;
import io.qight.transport.StreamOutput;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v0.AnswerCodec;
import io.qight.wire.v0.EnvelopeCodec;
import io.qight.wire.v0.Request;
import io.qight.wire.v0.RequestCodec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A relay for tests of the client: it keeps mailboxes in memory by version 0's rules, and does with
 * a request whatever a test's script says instead.
 */
final class FakeSeedRelay implements AutoCloseable {
    /** Answers as a relay does. */
    static final Consumer<Exchange> WELL = Exchange::answerWell;

    /** Leaves the request for the test, which takes it by {@link #next()}. */
    static final Consumer<Exchange> NOTHING = exchange -> {};

    private final TlsIdentity identity;
    private final ServerEndpoint endpoint;
    private final List<MessageEnvelope> mailbox = new ArrayList<>();
    private final BlockingQueue<Exchange> arrived = new LinkedBlockingQueue<>();
    private final BlockingQueue<ConnectionEnd> ends = new LinkedBlockingQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private volatile Consumer<Exchange> script = WELL;
    private volatile boolean hasty;

    private FakeSeedRelay(Path directory, TransportSettings settings) {
        this.identity = TlsIdentity.development(directory);
        this.endpoint =
                ServerEndpoint.bind(
                        new ServerConfig(
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                                identity,
                                List.of("qight"),
                                settings,
                                new ByteBudget(1 << 30, 1 << 30)),
                        Session::new);
    }

    /** A relay on a free port, with its certificate in a directory. */
    static FakeSeedRelay start(Path directory) {
        return start(directory, TransportSettings.defaults().withEventLoops(1));
    }

    static FakeSeedRelay start(Path directory, TransportSettings settings) {
        return new FakeSeedRelay(directory, settings);
    }

    String address() {
        return "127.0.0.1:" + endpoint.address().getPort();
    }

    Trust trust() {
        return Trust.fingerprint(identity.fingerprint());
    }

    /** What to do with the requests that come from now on; runs on the event loop. */
    void script(Consumer<Exchange> next) {
        script = next;
    }

    /** Does its script when the head of a request is there, and reads no envelope. */
    void hasty() {
        hasty = true;
    }

    /** The next request that has arrived. */
    Exchange next() throws InterruptedException {
        return required(arrived.poll(10, TimeUnit.SECONDS), "no request came");
    }

    /** The next connection's end. */
    ConnectionEnd nextEnd() throws InterruptedException {
        return required(ends.poll(10, TimeUnit.SECONDS), "no connection ended");
    }

    /** Whether no further request has arrived. */
    boolean quiet() {
        return arrived.isEmpty();
    }

    /** Connections that stand. */
    int connections() {
        return connections.get();
    }

    void put(MessageEnvelope envelope) {
        synchronized (mailbox) {
            mailbox.add(envelope);
        }
    }

    List<MessageEnvelope> waiting() {
        synchronized (mailbox) {
            return List.copyOf(mailbox);
        }
    }

    @Override
    public void close() {
        endpoint.close();
    }

    private static <T> T required(@Nullable T value, String otherwise) {
        if (value == null) {
            throw new AssertionError(otherwise + " within 10 s");
        }
        return value;
    }

    /** One connection, and what its last FETCH was answered with. */
    private final class Session implements ConnectionListener {
        private final Connection connection;
        private final List<MessageEnvelope> leased = new ArrayList<>();

        Session(Connection connection) {
            this.connection = connection;
            connections.incrementAndGet();
        }

        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            return new Stream(this, stream);
        }

        @Override
        public void onClosed(ConnectionEnd end) {
            boolean orderly = end instanceof ConnectionEnd.Orderly by && by.code() == 0;
            synchronized (mailbox) {
                if (!orderly) {
                    mailbox.addAll(0, leased);
                }
                leased.clear();
            }
            connections.decrementAndGet();
            ends.add(end);
        }

        private List<MessageEnvelope> lease() {
            synchronized (mailbox) {
                leased.addAll(mailbox);
                mailbox.clear();
                return List.copyOf(leased);
            }
        }
    }

    private final class Stream extends ByteToMessageDecoder {
        private final Session session;
        private final StreamOutput output;
        private @Nullable Exchange exchange;
        private @Nullable Request head;

        Stream(Session session, QuicStreamChannel stream) {
            this.session = session;
            this.output = StreamOutput.of(stream);
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            if (head == null) {
                Optional<Request> decoded = RequestCodec.decode(in, false);
                if (decoded.isEmpty()) {
                    return;
                }
                head = decoded.get();
                session.leased.clear();
            }
            if (exchange != null) {
                in.skipBytes(in.readableBytes());
                return;
            }
            int length = head instanceof Request.Send send && !hasty ? send.envelopeBytes() : 0;
            if (in.readableBytes() >= length) {
                byte[] envelope = new byte[length];
                in.readBytes(envelope);
                exchange = new Exchange(session, output, head, envelope);
                // Before the test hears of it, which may change the script then.
                Consumer<Exchange> now = script;
                arrived.add(exchange);
                now.accept(exchange);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            // A reset: the channel goes inactive next.
        }
    }

    /** One request that has arrived whole. Its methods may be called from any thread. */
    final class Exchange {
        private final Session session;
        private final StreamOutput output;
        private final Request request;
        private final byte[] envelope;

        private Exchange(Session session, StreamOutput output, Request request, byte[] envelope) {
            this.session = session;
            this.output = output;
            this.request = request;
            this.envelope = envelope;
        }

        Request request() {
            return request;
        }

        MessageEnvelope envelope() {
            return EnvelopeCodec.decode(Unpooled.wrappedBuffer(envelope));
        }

        void answerWell() {
            if (request instanceof Request.Hello) {
                answer("WELCOME fake\n");
            } else if (request instanceof Request.Send) {
                put(envelope());
                answer("OK\n");
            } else {
                answer(fetched(session.lease(), true));
            }
        }

        void answer(String text) {
            answer(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
        }

        void answer(ByteBuf bytes) {
            run(() -> output.finish(bytes));
        }

        void refuse(ErrorCode code, String sentence) {
            ByteBuf line = Unpooled.buffer();
            AnswerCodec.encodeError(code, sentence, line);
            answer(line);
        }

        /** Writes, and lets the stream go on. */
        void write(ByteBuf bytes) {
            run(() -> output.write(bytes));
        }

        void reset(long code) {
            run(() -> output.abort(code));
        }

        /**
         * Writes a few bytes again and again until the stream takes no more, far below its window:
         * the client has reset it. The transport may fail such a write, or keep it for ever.
         */
        void awaitReset() throws Exception {
            long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            CompletableFuture<Boolean> taken;
            do {
                // Slowly: the client would reset the stream of too long a line by itself.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
                assertThat(System.nanoTime()).as("not reset").isLessThan(deadlineNanos);
                taken = new CompletableFuture<>();
                run(writeOne(taken));
            } while (taken.get(10, TimeUnit.SECONDS));
        }

        private Runnable writeOne(CompletableFuture<Boolean> taken) {
            return () -> {
                output.write(Unpooled.buffer(1).writeByte('x'));
                taken.complete(!output.finished().isDone() && output.queuedBytes() == 0);
            };
        }

        /** What the client's window holds back of the answer, in bytes. */
        long unsentBytes() throws Exception {
            CompletableFuture<Long> unsent = new CompletableFuture<>();
            run(() -> unsent.complete(output.queuedBytes()));
            return unsent.get(10, TimeUnit.SECONDS);
        }

        void closeConnection(long code, String reason) {
            session.connection.close(code, reason);
        }

        private void run(Runnable task) {
            session.connection.eventLoop().execute(task);
        }
    }

    /** Envelopes as an answer to FETCH has them. */
    static ByteBuf fetched(List<MessageEnvelope> envelopes, boolean whole) {
        ByteBuf out = Unpooled.buffer();
        for (MessageEnvelope envelope : envelopes) {
            ByteBuf bytes = EnvelopeCodec.encode(envelope, Unpooled.buffer().alloc());
            out.writeInt(bytes.readableBytes()).writeBytes(bytes);
            bytes.release();
        }
        return whole ? out.writeInt(AnswerCodec.FETCH_END) : out;
    }
}
