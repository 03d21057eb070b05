package io.qight.transport;

import static io.qight.transport.Certificates.DAY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a client's certificate: at the server, and at the client that it is refused. */
@Timeout(60)
class ClientCertificatesIT {
    private static final byte[] REQUEST = {1, 2, 3};

    @TempDir private Path directory;
    private final ByteBudget budget = new ByteBudget(1 << 20, 1 << 19);
    private final BlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();
    private final BlockingQueue<ConnectionEnd> serverEnds = new LinkedBlockingQueue<>();
    private final BlockingQueue<ConnectionEnd> clientEnds = new LinkedBlockingQueue<>();
    private final ClientEndpoint client = ClientEndpoint.open(TransportSettings.defaults());
    private Certificates authority;
    private TlsIdentity relay;
    private @Nullable ServerEndpoint server;

    @BeforeEach
    void makeCertificates() throws Exception {
        authority = Certificates.authority("clients");
        relay = TlsIdentity.development(directory);
    }

    @AfterEach
    void end() {
        client.close();
        if (server != null) {
            server.close();
        }
    }

    @Test
    void theServerSeesWhatTheAuthoritySigned() throws Exception {
        serve(true);
        Certificates alice = authority.sign(DAY.negated(), DAY, "alice.example");
        Connection connection = connect(alice.identity(directory));
        assertThat(Rig.exchange(connection, REQUEST)).isEqualTo(REQUEST);
        assertThat(seen()).contains(alice.certificate());
    }

    @Test
    void aResumedConnectionHasTheCertificateOfItsSession() throws Exception {
        serve(true);
        Certificates alice = authority.sign(DAY.negated(), DAY, "alice.example");
        TlsIdentity identity = alice.identity(directory);
        Connection first = connect(identity);
        Rig.exchange(first, REQUEST);
        first.close(0, "");
        Rig.take(clientEnds);
        seen();
        Connection second = connect(identity);
        assertThat(Rig.exchange(second, REQUEST)).isEqualTo(REQUEST);
        assertThat(second.resumed()).isTrue();
        assertThat(seen()).contains(alice.certificate());
    }

    @Test
    void aTicketIsNotSharedBetweenCertificates() throws Exception {
        serve(false);
        Certificates alice = authority.sign(DAY.negated(), DAY, "alice.example");
        Connection first = connect(alice.identity(directory));
        Rig.exchange(first, REQUEST);
        first.close(0, "");
        Rig.take(clientEnds);
        seen();
        Connection other = connect(null);
        Rig.exchange(other, REQUEST);
        assertThat(other.resumed()).isFalse();
        assertThat(seen()).isEmpty();
    }

    @Test
    void otherAuthoritiesJudgeWhoComesNextAndWhoComesBack() throws Exception {
        serve(true);
        TlsIdentity alice = authority.sign(DAY.negated(), DAY, "alice.example").identity(directory);
        Connection first = connect(alice);
        Rig.exchange(first, REQUEST);
        seen();
        Certificates others = Certificates.authority("others");
        Objects.requireNonNull(server)
                .renew(new ClientCertificates(List.of(others.certificate()), true));
        // What is open lives on.
        assertThat(Rig.exchange(first, REQUEST)).isEqualTo(REQUEST);
        first.close(0, "");
        Rig.take(clientEnds);

        assertRefused(alice);
        Certificates bob = others.sign(DAY.negated(), DAY, "bob.example");
        assertThat(Rig.exchange(connect(bob.identity(directory)), REQUEST)).isEqualTo(REQUEST);
        assertThat(seen()).contains(bob.certificate());
    }

    @Test
    void sessionsLiveOnWhereTheAuthoritiesAreTheSame() throws Exception {
        serve(true);
        TlsIdentity alice = authority.sign(DAY.negated(), DAY, "alice.example").identity(directory);
        Connection first = connect(alice);
        Rig.exchange(first, REQUEST);
        first.close(0, "");
        Rig.take(clientEnds);
        Objects.requireNonNull(server)
                .renew(new ClientCertificates(List.of(authority.certificate()), true));
        Connection second = connect(alice);
        Rig.exchange(second, REQUEST);
        assertThat(second.resumed()).isTrue();
    }

    @Test
    void whoAsksForNoCertificatesHasNoAuthoritiesToReplace() {
        serve(null);
        ClientCertificates some = new ClientCertificates(List.of(authority.certificate()), true);
        assertThatThrownBy(() -> Objects.requireNonNull(server).renew(some))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void withoutACertificateNobodyGetsInWhereItIsRequired() throws Exception {
        serve(true);
        assertRefused(null);
    }

    @Test
    void anotherAuthoritysCertificateIsRefused() throws Exception {
        serve(true);
        Certificates eve = Certificates.authority("eve").sign(DAY.negated(), DAY, "alice.example");
        assertRefused(eve.identity(directory));
    }

    @Test
    void anotherAuthorityOfTheSameNameIsRefused() throws Exception {
        serve(true);
        Certificates eve =
                Certificates.authority("clients").sign(DAY.negated(), DAY, "alice.example");
        assertRefused(eve.identity(directory));
    }

    @Test
    void anExpiredCertificateIsRefusedAlsoWhereNoneIsRequired() throws Exception {
        serve(false);
        Certificates late =
                authority.sign(DAY.multipliedBy(-2), Duration.ofHours(-1), "alice.example");
        assertRefused(late.identity(directory));
    }

    @Test
    void withoutACertificateAClientIsServedWhereItIsOptional() throws Exception {
        serve(false);
        assertThat(Rig.exchange(connect(null), REQUEST)).isEqualTo(REQUEST);
        assertThat(seen()).isEmpty();
    }

    @Test
    void aServerThatAsksForNoneSeesNone() throws Exception {
        serve(null);
        Certificates alice = authority.sign(DAY.negated(), DAY, "alice.example");
        assertThat(Rig.exchange(connect(alice.identity(directory)), REQUEST)).isEqualTo(REQUEST);
        assertThat(seen()).isEmpty();
    }

    @Test
    void earlyDataAndCertificatesExcludeEachOther() {
        assertThatThrownBy(() ->
                        new ServerConfig(
                                Rig.loopback(0),
                                relay,
                                List.of(Rig.ALPN),
                                TransportSettings.defaults(),
                                budget,
                                bytes -> Rig.ALPN,
                                new ClientCertificates(List.of(authority.certificate()), true),
                                HandshakeQuota.USUAL))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void serve(@Nullable Boolean required) {
        ClientCertificates clients =
                required == null
                        ? null
                        : new ClientCertificates(List.of(authority.certificate()), required);
        server =
                ServerEndpoint.bind(
                        new ServerConfig(
                                Rig.loopback(0),
                                relay,
                                List.of(Rig.ALPN),
                                TransportSettings.defaults(),
                                budget,
                                null,
                                clients,
                                HandshakeQuota.USUAL),
                        connection -> {
                            accepted.add(connection);
                            return Rig.listener(Rig.Echo::new, serverEnds);
                        });
    }

    private Connection connect(@Nullable TlsIdentity certificate) throws Exception {
        ConnectTarget target =
                new ConnectTarget(
                        "127.0.0.1",
                        Objects.requireNonNull(server).address().getPort(),
                        Trust.fingerprint(relay.fingerprint()),
                        Rig.ALPN,
                        Duration.ofSeconds(10),
                        certificate);
        return Rig.get(client.connect(target, Rig.listener(Rig.Echo::new, clientEnds)));
    }

    private Optional<X509Certificate> seen() throws Exception {
        return Rig.take(accepted).peerCertificate();
    }

    /** The client has its connection when the server refuses it. */
    private void assertRefused(@Nullable TlsIdentity certificate) throws Exception {
        connect(certificate);
        assertThat(Rig.take(clientEnds)).isInstanceOf(ConnectionEnd.CertificateRefused.class);
        assertThat(accepted).isEmpty();
    }
}
