package io.qight.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.transport.ByteBudget;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectTarget;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.ServerConfig;
import io.qight.transport.ServerEndpoint;
import io.qight.transport.StreamOutput;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/**
 * What the transport alone can do: one stream carries messages of one size, the other side answers
 * each read with the count of messages so far, eight bytes. The same endpoints and settings as
 * Qight's, without frames, checks or a store.
 */
public final class RawEcho {
    private static final String ALPN = "echo";
    private static final int WINDOW_MESSAGES = 4096;
    private static final int BATCH_MESSAGES = 256;

    private RawEcho() {}

    /** Serves for ever: {@code serve DIRECTORY PORT BYTES}; the certificate is in the directory. */
    public static void main(String[] args) throws InterruptedException {
        int messageBytes = Integer.parseInt(args[2]);
        ServerEndpoint.bind(
                new ServerConfig(
                        new InetSocketAddress(
                                InetAddress.getLoopbackAddress(), Integer.parseInt(args[1])),
                        TlsIdentity.development(Path.of(args[0])),
                        List.of(ALPN),
                        TransportSettings.defaults(),
                        new ByteBudget(256 << 20, 64 << 20)),
                connection -> new Listener(() -> new Counting(messageBytes)));
        System.out.println("listening");
        new CountDownLatch(1).await();
    }

    /** Messages a second that went to a server and were answered. */
    static double messagesPerSecond(int port, Trust trust, int messageBytes, int messages) {
        ClientEndpoint endpoint =
                ClientEndpoint.open(TransportSettings.defaults().withEventLoops(1));
        try {
            Connection connection =
                    endpoint.connect(
                                    new ConnectTarget(
                                            "127.0.0.1", port, trust, ALPN, Duration.ofSeconds(10)),
                                    new Listener(ChannelInboundHandlerAdapter::new))
                            .join();
            CompletableFuture<Void> done = new CompletableFuture<>();
            long start = System.nanoTime();
            connection.openStream(new Sending(messageBytes, messages, done)).join();
            done.join();
            double rate = messages * 1e9 / (System.nanoTime() - start);
            connection.close(0, "");
            return rate;
        } finally {
            endpoint.close();
        }
    }

    private record Listener(java.util.function.Supplier<ChannelHandler> handlers)
            implements ConnectionListener {
        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            return handlers.get();
        }

        @Override
        public void onClosed(ConnectionEnd end) {}
    }

    /** The server's side. */
    private static final class Counting extends ChannelInboundHandlerAdapter {
        private final int messageBytes;
        private final AtomicReference<StreamOutput> output = new AtomicReference<>();
        private long bytes;
        private long told;

        Counting(int messageBytes) {
            this.messageBytes = messageBytes;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            output.set(StreamOutput.of((QuicStreamChannel) context.channel()));
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            bytes += ((ByteBuf) message).readableBytes();
            ReferenceCountUtil.release(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            long messages = bytes / messageBytes;
            if (messages > told) {
                told = messages;
                output.get().write(context.alloc().buffer(8).writeLong(messages));
            }
        }
    }

    /** The client's side: at most a window of messages without an answer. */
    private static final class Sending extends ChannelInboundHandlerAdapter {
        private final int messageBytes;
        private final int messages;
        private final CompletableFuture<Void> done;
        private final AtomicReference<StreamOutput> output = new AtomicReference<>();
        private long sent;
        private long answered;
        private long answerPart;
        private int answerBytes;

        Sending(int messageBytes, int messages, CompletableFuture<Void> done) {
            this.messageBytes = messageBytes;
            this.messages = messages;
            this.done = done;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            output.set(StreamOutput.of((QuicStreamChannel) context.channel()));
            output.get().whenDrained(() -> fill(context));
            fill(context);
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf in = (ByteBuf) message;
            while (in.isReadable()) {
                answerPart = answerPart << 8 | in.readUnsignedByte();
                if (++answerBytes == 8) {
                    answered = answerPart;
                    answerBytes = 0;
                    answerPart = 0;
                }
            }
            ReferenceCountUtil.release(message);
            if (answered >= messages) {
                done.complete(null);
            } else {
                fill(context);
            }
        }

        private void fill(ChannelHandlerContext context) {
            while (sent < messages
                    && sent - answered < WINDOW_MESSAGES
                    && output.get().queuedBytes() < (long) BATCH_MESSAGES * messageBytes) {
                int batch =
                        (int)
                                Math.min(
                                        BATCH_MESSAGES,
                                        Math.min(
                                                messages - sent,
                                                WINDOW_MESSAGES - (sent - answered)));
                sent += batch;
                output.get()
                        .write(
                                context.alloc()
                                        .buffer(batch * messageBytes)
                                        .writeZero(batch * messageBytes));
            }
        }
    }
}
