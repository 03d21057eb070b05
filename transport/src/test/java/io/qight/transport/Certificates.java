package io.qight.transport;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Makes certificates that tests need: authorities, and what they have signed. */
record Certificates(X509Certificate certificate, PrivateKey key) {
    static final Duration DAY = Duration.ofDays(1);

    static Certificates authority(String name) throws Exception {
        return make("EC", name, true, null, DAY.negated(), DAY);
    }

    /** Signed by this authority, for these hosts, valid between the two offsets from now. */
    Certificates sign(Duration from, Duration to, String... hosts) throws Exception {
        return make("EC", "relay", false, this, from, to, hosts);
    }

    static Certificates selfSigned(String algorithm) throws Exception {
        return make(algorithm, "self", false, null, DAY.negated(), DAY, "localhost");
    }

    Path writeCertificate(Path directory, String name) throws IOException {
        return Files.writeString(directory.resolve(name), pem(certificate));
    }

    Path writeKey(Path directory, String name) throws IOException {
        return Files.writeString(directory.resolve(name), pem(new JcaPKCS8Generator(key, null)));
    }

    TlsIdentity identity(Path directory) throws IOException {
        return TlsIdentity.pem(
                writeCertificate(directory, "leaf.pem"), writeKey(directory, "leaf-key.pem"));
    }

    static String pem(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }

    private static Certificates make(
            String algorithm,
            String name,
            boolean authority,
            @Nullable Certificates issuer,
            Duration from,
            Duration to,
            String... hosts)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(algorithm.equals("EC") ? 256 : 2048);
        KeyPair pair = generator.generateKeyPair();
        Instant now = Instant.now();
        X500Name subject = new X500Name("CN=" + name);
        JcaX509v3CertificateBuilder builder =
                new JcaX509v3CertificateBuilder(
                        issuer == null
                                ? subject
                                : X500Name.getInstance(
                                        issuer.certificate.getSubjectX500Principal().getEncoded()),
                        BigInteger.valueOf(now.toEpochMilli()),
                        Date.from(now.plus(from)),
                        Date.from(now.plus(to)),
                        subject,
                        pair.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
        if (hosts.length > 0) {
            GeneralName[] names =
                    Arrays.stream(hosts).map(Certificates::name).toArray(GeneralName[]::new);
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        }
        PrivateKey signer = issuer == null ? pair.getPrivate() : issuer.key;
        String signature = signer.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
        return new Certificates(
                new JcaX509CertificateConverter()
                        .getCertificate(
                                builder.build(
                                        new JcaContentSignerBuilder(signature).build(signer))),
                pair.getPrivate());
    }

    private static GeneralName name(String host) {
        boolean address = host.contains(":") || host.chars().allMatch(c -> c == '.' || c < 'A');
        return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host);
    }
}
