package io.qight.relay.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The certificates are in {@code src/test/resources}, made by openssl and signed by themselves. */
class CertificatePolicyTest {
    private Instant now = Instant.EPOCH;
    private final AccessPolicy policy = new CertificatePolicy(new SetClock());

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dns | alice.example",
                "uri | urn:alice",
                "email | alice@example.org",
                "address | common",
                "common | first",
                "escaped | a, b+c",
                "path | ../../etc"
            })
    void theNameIsTheFirstOfTheFirstKindThatThereIs(String file, String name) throws Exception {
        assertThat(peer(certificate(file)).certificateName()).contains(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unnamed", "control", "key"})
    void whatIsNoMailboxNameOrAKeysIsNoName(String file) throws Exception {
        Peer peer = peer(certificate(file));
        assertThat(peer.certificateName()).isEmpty();
        now = peer.certificate().orElseThrow().getNotBefore().toInstant();
        assertThat(policy.admit(peer)).isEqualTo(new Admission.Stranger());
    }

    @Test
    void whoShowsNoneIsAStranger() {
        Peer nobody =
                new Peer(
                        InetAddress.getLoopbackAddress(),
                        Optional.empty(),
                        Optional.empty(),
                        false);
        assertThat(policy.admit(nobody)).isEqualTo(new Admission.Stranger());
    }

    @Test
    void itsHolderSendsEverywhereAndFetchesFromTheMailboxOfItsName() throws Exception {
        X509Certificate dns = certificate("dns");
        now = dns.getNotBefore().toInstant();
        Access access = granted(dns);
        assertThat(access.maySend("bob") && access.maySend("alice.example")).isTrue();
        assertThat(access.mayFetch("alice.example")).isTrue();
        assertThat(access.mayFetch("other.example") || access.mayFetch("common")).isFalse();
        assertThat(access.mayFetch("Alice.example") || access.mayFetch("alice.exampl")).isFalse();
    }

    @Test
    void itEndsWithItsDatesThoughItsSessionGoesOn() throws Exception {
        X509Certificate dns = certificate("dns");
        Instant last = dns.getNotAfter().toInstant();
        now = last;
        Access access = granted(dns);
        assertThat(access.stands()).isTrue();
        now = last.plusMillis(1);
        assertThat(access.stands()).isFalse();
        assertThat(policy.admit(peer(dns))).isInstanceOf(Admission.Refused.class);
        now = dns.getNotBefore().toInstant().minusMillis(1);
        assertThat(policy.admit(peer(dns))).isInstanceOf(Admission.Refused.class);
    }

    private Access granted(X509Certificate certificate) {
        return ((Admission.Granted) policy.admit(peer(certificate))).access();
    }

    private static Peer peer(X509Certificate certificate) {
        return new Peer(
                InetAddress.getLoopbackAddress(),
                Optional.of(certificate),
                Optional.empty(),
                false);
    }

    private static X509Certificate certificate(String name) throws Exception {
        try (InputStream in =
                CertificatePolicyTest.class.getResourceAsStream("/certificates/" + name + ".pem")) {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(Objects.requireNonNull(in));
        }
    }

    private final class SetClock extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }
}
