package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ch.qos.logback.classic.Level;
import io.qight.transport.TransportException.BadCertificateFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.bouncycastle.util.io.pem.PemObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TlsIdentityTest {
    @TempDir Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void pemFilesAreRead(String algorithm) throws Exception {
        Certificates made = Certificates.selfSigned(algorithm);
        TlsIdentity identity = made.identity(directory);
        assertThat(identity.certificate()).isEqualTo(made.certificate());
        assertThat(identity.fingerprint())
                .isEqualTo(
                        HexFormat.of()
                                .formatHex(
                                        MessageDigest.getInstance("SHA-256")
                                                .digest(made.certificate().getEncoded())));
    }

    /** As OpenSSL wrote them for long, an EC key with its curve before it. */
    @ParameterizedTest
    @ValueSource(strings = {"EC", "RSA"})
    void olderKeyFormatsAreRead(String algorithm) throws Exception {
        Certificates made = Certificates.selfSigned(algorithm);
        ASN1Encodable curve = SECObjectIdentifiers.secp256r1;
        String text =
                made.key() instanceof ECPrivateKey ec
                        ? Certificates.pem(new PemObject("EC PARAMETERS", der(curve)))
                                + Certificates.pem(
                                        new PemObject(
                                                "EC PRIVATE KEY",
                                                der(
                                                        new org.bouncycastle.asn1.sec.ECPrivateKey(
                                                                256, ec.getS(), null, curve))))
                        : Certificates.pem(made.key());
        assertThat(text).contains("BEGIN " + algorithm + " PRIVATE KEY");
        Path key = Files.writeString(directory.resolve("old.pem"), text);
        TlsIdentity.pem(made.writeCertificate(directory, "cert.pem"), key);
    }

    private static byte[] der(ASN1Encodable object) throws IOException {
        return object.toASN1Primitive().getEncoded();
    }

    @Test
    void chainIsKept() throws Exception {
        Certificates authority = Certificates.authority("ca");
        Certificates leaf =
                authority.sign(Certificates.DAY.negated(), Certificates.DAY, "localhost");
        Path chain =
                Files.writeString(
                        directory.resolve("chain.pem"),
                        Certificates.pem(leaf.certificate())
                                + Certificates.pem(authority.certificate()));
        TlsIdentity identity = TlsIdentity.pem(chain, leaf.writeKey(directory, "key.pem"));
        assertThat(identity.chain()).containsExactly(leaf.certificate(), authority.certificate());
    }

    private void refused(Path certificate, Path key, Path culprit, String sentence) {
        assertThatThrownBy(() -> TlsIdentity.pem(certificate, key))
                .isInstanceOfSatisfying(
                        BadCertificateFile.class,
                        failure -> assertThat(failure.file()).contains(culprit))
                .hasMessageContaining(culprit.toString())
                .hasMessageContaining(sentence);
    }

    @Test
    void whatIsWrongIsSaidWithTheFilesName() throws Exception {
        Certificates made = Certificates.selfSigned("EC");
        Path certificate = made.writeCertificate(directory, "cert.pem");
        Path key = made.writeKey(directory, "key.pem");
        Path missing = directory.resolve("missing.pem");
        Path text = Files.writeString(directory.resolve("text.pem"), "hello\n");
        Path empty = Files.createFile(directory.resolve("empty.pem"));
        Path other = Certificates.selfSigned("EC").writeKey(directory, "other.pem");
        Path rsa = Certificates.selfSigned("RSA").writeKey(directory, "rsa.pem");

        refused(missing, key, missing, "does not exist");
        refused(text, key, text, "does not hold a certificate");
        refused(empty, key, empty, "is empty");
        refused(key, key, key, "does not hold a certificate");
        refused(certificate, missing, missing, "does not exist");
        refused(certificate, text, text, "does not hold a private key");
        refused(certificate, empty, empty, "does not hold a private key");
        refused(certificate, certificate, certificate, "does not hold a private key");
        refused(certificate, other, other, "is not the key of the certificate");
        refused(certificate, rsa, rsa, "is not the key of the certificate");
        refused(certificate, directory, directory, "cannot be read");
    }

    @Test
    void encryptedKeyIsRefusedAsSuch() throws Exception {
        Certificates made = Certificates.selfSigned("EC");
        Path key =
                Files.writeString(
                        directory.resolve("locked.pem"),
                        Certificates.pem(
                                new JcaPKCS8Generator(
                                        made.key(),
                                        new JceOpenSSLPKCS8EncryptorBuilder(
                                                        JcaPKCS8Generator.PBE_SHA1_3DES)
                                                .setPassword("secret".toCharArray())
                                                .build())));
        refused(made.writeCertificate(directory, "cert.pem"), key, key, "is encrypted");
    }

    @Test
    void certificateOutOfItsDatesIsUsedWithAWarning() throws Exception {
        Certificates expired =
                Certificates.authority("ca")
                        .sign(
                                Certificates.DAY.multipliedBy(-2),
                                Certificates.DAY.negated(),
                                "localhost");
        try (LogCapture log = new LogCapture()) {
            expired.identity(directory);
            assertThat(log.messages(Level.WARN))
                    .singleElement()
                    .asString()
                    .contains("leaf.pem is valid from ");
        }
    }

    @Test
    void developmentCertificateIsWhatOldClientsNeed() throws Exception {
        TlsIdentity identity = TlsIdentity.development(directory.resolve("deep/inside"));
        X509Certificate certificate = identity.certificate();
        assertThat(certificate.getVersion()).isEqualTo(3);
        assertThat(certificate.getBasicConstraints()).as("not an authority").isEqualTo(-1);
        assertThat(certificate.getPublicKey().getAlgorithm()).isEqualTo("EC");
        assertThat(certificate.getSigAlgName()).isEqualTo("SHA256withECDSA");
        assertThat(certificate.getSubjectAlternativeNames())
                .extracting(name -> String.valueOf(name.get(1)))
                .containsExactly("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");
        assertThat(certificate.getNotBefore().toInstant()).isBefore(Instant.now());
        assertThat(certificate.getNotAfter().toInstant())
                .isAfter(Instant.now().plus(Duration.ofDays(90 * 365)));
        certificate.verify(certificate.getPublicKey());
    }

    @Test
    void developmentFilesAreKeptAndTheKeyIsPrivate() throws Exception {
        TlsIdentity first = TlsIdentity.development(directory);
        TlsIdentity second = TlsIdentity.development(directory);
        assertThat(second.fingerprint()).isEqualTo(first.fingerprint());
        Path der = directory.resolve("relay-cert.der");
        assertThat(Files.readAllBytes(der)).isEqualTo(first.certificate().getEncoded());
        assertThat(
                        CertificateFactory.getInstance("X.509")
                                .generateCertificate(
                                        new ByteArrayInputStream(
                                                Files.readAllBytes(
                                                        directory.resolve("relay-cert.pem")))))
                .isEqualTo(first.certificate());
        Files.delete(der);
        TlsIdentity.development(directory);
        assertThat(Files.readAllBytes(der)).isEqualTo(first.certificate().getEncoded());
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "relay-cert.pem", "relay-cert.der", "relay-key.pem", "relay-cert.lock");
        }
        assumeTrue(
                directory.getFileSystem().supportedFileAttributeViews().contains("posix"),
                "needs a file system with POSIX permissions");
        assertThat(Files.getPosixFilePermissions(directory.resolve("relay-key.pem")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }

    @Test
    void whatACrashLeftIsMadeAgain() throws Exception {
        // The key was in place, the certificate not yet.
        Files.writeString(directory.resolve("relay-key.pem"), "half");
        Files.writeString(directory.resolve("relay-cert.pem.new"), "half");
        String fingerprint = TlsIdentity.development(directory).fingerprint();
        assertThat(TlsIdentity.development(directory).fingerprint()).isEqualTo(fingerprint);
    }

    @Test
    void certificateWithoutItsKeyIsNotReplaced() throws Exception {
        TlsIdentity.development(directory);
        Files.delete(directory.resolve("relay-key.pem"));
        assertThatThrownBy(() -> TlsIdentity.development(directory))
                .isInstanceOf(BadCertificateFile.class)
                .hasMessageContaining("relay-key.pem")
                .hasMessageContaining("remove the certificate to have a new pair made");
    }

    @Test
    void directoryThatCannotBeMadeIsNamed() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() -> TlsIdentity.development(file.resolve("data")))
                .isInstanceOf(BadCertificateFile.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void threadsThatStartAtOnceAgree() throws Exception {
        List<CompletableFuture<String>> started = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            started.add(
                    CompletableFuture.supplyAsync(
                            () -> TlsIdentity.development(directory).fingerprint(),
                            task -> new Thread(task).start()));
        }
        Set<String> fingerprints = new HashSet<>();
        for (CompletableFuture<String> each : started) {
            fingerprints.add(each.get(30, TimeUnit.SECONDS));
        }
        assertThat(fingerprints).hasSize(1);
    }
}
