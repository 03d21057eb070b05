package io.qight.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * One SEND of version 0 with Netty alone, no class of Qight: what {@code qight send} is measured
 * against. Arguments: host, port, the relay's certificate, mailbox, text.
 */
public final class BareClient {
    private static final long TTL_SECONDS = 86_400;

    private BareClient() {}

    /** Sends, prints the answer's line, and ends with 0 if it is OK. */
    public static void main(String[] args) throws Exception {
        String host = args[0];
        int port = Integer.parseInt(args[1]);
        QuicSslContext ssl =
                QuicSslContextBuilder.forClient()
                        .trustManager(new Pin(certificate(Path.of(args[2]))))
                        .endpointIdentificationAlgorithm("")
                        .applicationProtocols("qight")
                        .build();
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Channel udp =
                new Bootstrap()
                        .group(loop)
                        .channel(NioDatagramChannel.class)
                        .handler(
                                new QuicClientCodecBuilder()
                                        .sslEngineProvider(
                                                quic -> ssl.newEngine(quic.alloc(), host, port))
                                        .maxIdleTimeout(30, TimeUnit.SECONDS)
                                        .initialMaxData(10_000_000)
                                        .initialMaxStreamDataBidirectionalLocal(1_000_000)
                                        .build())
                        .bind(0)
                        .sync()
                        .channel();
        QuicChannel quic =
                QuicChannel.newBootstrap(udp)
                        .handler(new ChannelInboundHandlerAdapter())
                        .streamHandler(new ChannelInboundHandlerAdapter())
                        .remoteAddress(new InetSocketAddress(host, port))
                        .connect()
                        .get(10, TimeUnit.SECONDS);
        CompletableFuture<String> answer = new CompletableFuture<>();
        QuicStreamChannel stream =
                quic.createStream(QuicStreamType.BIDIRECTIONAL, new AnswerHandler(answer))
                        .sync()
                        .getNow();
        stream.writeAndFlush(new DefaultQuicStreamFrame(request(args[3], args[4]), true));
        String line = answer.get(10, TimeUnit.SECONDS);
        System.out.println(line);
        quic.close(true, 0, Unpooled.EMPTY_BUFFER).sync();
        System.exit(line.equals("OK") ? 0 : 1);
    }

    private static byte[] certificate(Path pem) throws Exception {
        try (InputStream in = Files.newInputStream(pem)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in).getEncoded();
        }
    }

    private static ByteBuf request(String mailbox, String text) {
        ByteBuf envelope = Unpooled.buffer();
        writeBytes(envelope, UUID.randomUUID().toString());
        writeBytes(envelope, "");
        writeBytes(envelope, mailbox);
        envelope.writeLongLE(System.currentTimeMillis() / 1000);
        envelope.writeIntLE((int) TTL_SECONDS);
        writeBytes(envelope, text);
        ByteBuf request = Unpooled.buffer();
        request.writeCharSequence("SEND", UTF_8);
        request.writeInt(envelope.readableBytes());
        return request.writeBytes(envelope);
    }

    private static void writeBytes(ByteBuf out, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeLongLE(bytes.length);
        out.writeBytes(bytes);
    }

    /** Waits for the answer's line feed. */
    private static final class AnswerHandler extends SimpleChannelInboundHandler<ByteBuf> {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<String> answer;

        AnswerHandler(CompletableFuture<String> answer) {
            this.answer = answer;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
            text.append(bytes.toString(UTF_8));
            int end = text.indexOf("\n");
            if (end >= 0) {
                answer.complete(text.substring(0, end));
            }
        }
    }

    /** Trusts one certificate by its bytes: what {@code qight send} does on the same machine. */
    private static final class Pin extends X509ExtendedTrustManager {
        private final byte[] certificate;

        Pin(byte[] certificate) {
            this.certificate = certificate;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            checkServerTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            checkServerTrusted(chain, type);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            if (!Arrays.equals(certificate, chain[0].getEncoded())) {
                throw new CertificateException("another certificate");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("no client is trusted");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("no client is trusted");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type)
                throws CertificateException {
            throw new CertificateException("no client is trusted");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
