package io.qight.cli;

import io.qight.transport.ClientCertificates;
import io.qight.transport.TlsIdentity;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Signs certificates of clients, for tests. */
final class ClientAuthority {
    private final Path directory;
    private final KeyPair keys;
    private final X509Certificate certificate;

    /** A new one, which leaves its files in this directory. */
    ClientAuthority(Path directory, String name) throws Exception {
        this.directory = directory;
        this.keys = newKeys();
        this.certificate = sign(name, true, keys, name, keys, Duration.ofDays(1));
    }

    /** What a relay asks clients for. */
    ClientCertificates asked(boolean required) {
        return new ClientCertificates(List.of(certificate), required);
    }

    /** Its own certificate. */
    Path file() throws IOException {
        return Files.writeString(directory.resolve("authority.pem"), pem(certificate));
    }

    /** A certificate for this name, valid until then; in {@code NAME.pem} and its key beside it. */
    TlsIdentity sign(String name, Duration untilThen) throws Exception {
        KeyPair own = newKeys();
        String issuer = certificate.getSubjectX500Principal().getName().substring(3);
        X509Certificate signed = sign(name, false, own, issuer, keys, untilThen);
        Files.writeString(directory.resolve(name + ".pem"), pem(signed));
        Files.writeString(
                directory.resolve(name + "-key.pem"),
                pem(new JcaPKCS8Generator(own.getPrivate(), null)));
        return TlsIdentity.pem(
                directory.resolve(name + ".pem"), directory.resolve(name + "-key.pem"));
    }

    private static KeyPair newKeys() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private static X509Certificate sign(
            String name,
            boolean authority,
            KeyPair own,
            String issuer,
            KeyPair issuerKeys,
            Duration untilThen)
            throws Exception {
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder =
                new JcaX509v3CertificateBuilder(
                        new X500Name("CN=" + issuer),
                        BigInteger.valueOf(System.nanoTime()),
                        Date.from(now.minus(Duration.ofDays(2))),
                        Date.from(now.plus(untilThen)),
                        new X500Name("CN=" + name),
                        own.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(issuerKeys.getPrivate())));
    }

    private static String pem(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }
}
