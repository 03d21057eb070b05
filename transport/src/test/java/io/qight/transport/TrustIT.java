package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.qight.transport.TransportException.Untrusted;
import io.qight.wire.ErrorCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a client trusts, over real handshakes. */
final class TrustIT {
    private static final TransportSettings SETTINGS = TransportSettings.defaults();

    @TempDir Path directory;

    private ConnectTarget target(Rig rig, String host, Trust trust) {
        int port = rig.server.address().getPort();
        return new ConnectTarget(host, port, trust, Rig.ALPN, Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @ValueSource(strings = {"relay-cert.pem", "relay-cert.der"})
    void developmentCertificateIsTrustedByItsFile(String file) throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            Path certificate = directory.resolve(file);
            rig.connect(target(rig, "127.0.0.1", Trust.certificate(certificate)));
            rig.connect(target(rig, "localhost", Trust.file(certificate)));
        }
    }

    @Test
    void anotherCertificateThanThePinnedOneIsRefused() throws Exception {
        Path elsewhere = directory.resolve("elsewhere");
        TlsIdentity other = TlsIdentity.development(elsewhere);
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            Untrusted refused =
                    rig.failure(
                            Untrusted.class,
                            target(rig, "127.0.0.1", Trust.fingerprint(other.fingerprint())));
            assertThat(refused.code()).isEqualTo(ErrorCode.UNTRUSTED);
            assertThat(refused.fingerprint()).contains(rig.identity.fingerprint());
            assertThat(refused)
                    .hasMessageContaining("127.0.0.1:" + rig.server.address().getPort())
                    .hasMessageContaining("sha256:" + other.fingerprint())
                    .hasMessageContaining("sha256:" + rig.identity.fingerprint());
            assertThat(rig.accepted).isEmpty();
            rig.connect();
        }
    }

    @Test
    void pinnedCertificateIsTrustedWhateverItsHostAndDates() throws Exception {
        Certificates expired =
                Certificates.authority("ca")
                        .sign(
                                Certificates.DAY.multipliedBy(-2),
                                Certificates.DAY.negated(),
                                "relay.example");
        TlsIdentity identity = expired.identity(directory);
        try (Rig rig = new Rig(identity, SETTINGS, Rig.Echo::new)) {
            rig.connect(target(rig, "127.0.0.1", Trust.fingerprint(identity.fingerprint())));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1"})
    void whatTheAuthoritySignedForTheHostIsTrusted(String host) throws Exception {
        Certificates authority = Certificates.authority("ca");
        Trust trust = Trust.authority(authority.writeCertificate(directory, "ca.pem"));
        TlsIdentity identity =
                authority
                        .sign(Certificates.DAY.negated(), Certificates.DAY, host)
                        .identity(directory);
        try (Rig rig = new Rig(identity, SETTINGS, Rig.Echo::new)) {
            rig.connect(target(rig, host, trust));
        }
    }

    @Test
    void certificateForAnotherHostIsRefused() throws Exception {
        Certificates authority = Certificates.authority("ca");
        Trust trust = Trust.authority(authority.writeCertificate(directory, "ca.pem"));
        TlsIdentity identity =
                authority
                        .sign(Certificates.DAY.negated(), Certificates.DAY, "relay.example")
                        .identity(directory);
        try (Rig rig = new Rig(identity, SETTINGS, Rig.Echo::new)) {
            assertThat(rig.failure(Untrusted.class, target(rig, "127.0.0.1", trust)))
                    .hasMessageContaining("is not trusted: it is not for this host;");
            assertThat(rig.failure(Untrusted.class, target(rig, "localhost", trust)))
                    .hasMessageContaining("is not trusted: it is not for this host;");
        }
    }

    @Test
    void certificateOutOfItsDatesIsRefused() throws Exception {
        Certificates authority = Certificates.authority("ca");
        Trust trust = Trust.authority(authority.writeCertificate(directory, "ca.pem"));
        TlsIdentity expired =
                authority
                        .sign(
                                Certificates.DAY.multipliedBy(-2),
                                Certificates.DAY.negated(),
                                "localhost")
                        .identity(directory);
        try (Rig rig = new Rig(expired, SETTINGS, Rig.Echo::new)) {
            assertThat(rig.failure(Untrusted.class, target(rig, "localhost", trust)))
                    .hasMessageContaining("it expired on ");
        }
        TlsIdentity early =
                authority
                        .sign(Certificates.DAY, Certificates.DAY.multipliedBy(2), "localhost")
                        .identity(directory);
        try (Rig rig = new Rig(early, SETTINGS, Rig.Echo::new)) {
            assertThat(rig.failure(Untrusted.class, target(rig, "localhost", trust)))
                    .hasMessageContaining("it is not valid before ");
        }
    }

    @Test
    void whatAnotherAuthoritySignedIsRefused() throws Exception {
        Certificates stranger = Certificates.authority("ca");
        Trust trust =
                Trust.authority(Certificates.authority("ca").writeCertificate(directory, "ca.pem"));
        TlsIdentity identity =
                stranger.sign(Certificates.DAY.negated(), Certificates.DAY, "localhost")
                        .identity(directory);
        try (Rig rig = new Rig(identity, SETTINGS, Rig.Echo::new)) {
            assertThat(rig.failure(Untrusted.class, target(rig, "localhost", trust)))
                    .hasMessageContaining("none of the trusted authorities has signed it");
        }
    }

    @Test
    void selfSignedCertificateIsNoAuthorityForItsHost() throws Exception {
        TlsIdentity identity = TlsIdentity.development(directory);
        Trust other =
                Trust.authority(Certificates.authority("ca").writeCertificate(directory, "ca.pem"));
        try (Rig rig = new Rig(identity, SETTINGS, Rig.Echo::new)) {
            rig.failure(Untrusted.class, target(rig, "localhost", other));
        }
    }

    @Test
    void laterConnectionsToTheSameRelayWork() throws Exception {
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            for (int i = 0; i < 5; i++) {
                byte[] request = {(byte) i};
                Connection connection = rig.connect();
                assertThat(Rig.exchange(connection, request)).isEqualTo(request);
                connection.close(0, "next");
                Rig.take(rig.clientEnds);
            }
        }
    }

    @Test
    void relayWithAnRsaKeyWorks() throws Exception {
        TlsIdentity identity = Certificates.selfSigned("RSA").identity(directory);
        try (Rig rig = new Rig(identity, SETTINGS, Rig.Echo::new)) {
            rig.connect();
        }
    }

    /** As the seed protocol's clients do: with and without a server name. */
    @ParameterizedTest
    @ValueSource(strings = {"localhost", ""})
    void bareNettyClientConnects(String serverName) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (Rig rig = new Rig(directory, SETTINGS, Rig.Echo::new)) {
            QuicSslContext tls =
                    QuicSslContextBuilder.forClient()
                            .trustManager(rig.identity.certificate())
                            .endpointIdentificationAlgorithm("")
                            .applicationProtocols(Rig.ALPN)
                            .build();
            Channel socket =
                    new Bootstrap()
                            .group(group)
                            .channel(NioDatagramChannel.class)
                            .handler(
                                    new QuicClientCodecBuilder()
                                            .sslEngineProvider(channel ->
                                                    serverName.isEmpty()
                                                            ? tls.newEngine(channel.alloc())
                                                            : tls.newEngine(
                                                                    channel.alloc(),
                                                                    serverName,
                                                                    4433))
                                            .build())
                            .bind(0)
                            .sync()
                            .channel();
            QuicChannel.newBootstrap(socket)
                    .handler(new ChannelInboundHandlerAdapter())
                    .streamHandler(new ChannelInboundHandlerAdapter())
                    .remoteAddress(rig.server.address())
                    .connect()
                    .get(10, TimeUnit.SECONDS);
            Rig.take(rig.accepted);
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
        }
    }
}
