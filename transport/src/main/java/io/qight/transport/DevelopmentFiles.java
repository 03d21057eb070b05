package io.qight.transport;

import io.qight.transport.TransportException.BadCertificateFile;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The files of a development certificate: made if they are missing, by one process at a time. */
final class DevelopmentFiles {
    private static final Duration LIFE = Duration.ofDays(100 * 365);

    /** Locks of files do not hold between threads of one process. */
    private static final Object THREADS = new Object();

    private final Path directory;
    private final Path certificate;
    private final Path der;
    private final Path key;

    DevelopmentFiles(Path directory) {
        this.directory = directory;
        this.certificate = directory.resolve(LocalRelay.CERTIFICATE_FILE);
        this.der = directory.resolve("relay-cert.der");
        this.key = directory.resolve("relay-key.pem");
    }

    Path certificate() {
        return certificate;
    }

    Path key() {
        return key;
    }

    /** Afterwards all three are there. */
    void ensure() {
        try {
            Files.createDirectories(directory);
            Path lock = directory.resolve("relay-cert.lock");
            synchronized (THREADS) {
                try (FileChannel channel =
                        FileChannel.open(
                                lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    channel.lock();
                    ensureLocked();
                }
            }
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new BadCertificateFile(
                    certificate,
                    "a development certificate cannot be made in " + directory + ": " + e,
                    e);
        }
    }

    private void ensureLocked()
            throws IOException, GeneralSecurityException, OperatorCreationException {
        if (!Files.exists(certificate)) {
            make();
        } else if (!Files.exists(key)) {
            // A new pair would silently break every client that has pinned the old one.
            throw new BadCertificateFile(
                    key,
                    certificate
                            + " is there, but not its key "
                            + key
                            + ": put the key back, or"
                            + " remove the certificate to have a new pair made",
                    null);
        } else if (!Files.exists(der)) {
            write(der, CertificateFile.readAll(certificate).get(0).getEncoded());
        }
    }

    /** The certificate comes last: it says that the pair is complete. */
    private void make() throws IOException, GeneralSecurityException, OperatorCreationException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        KeyPair pair = generator.generateKeyPair();
        X509Certificate made = sign(pair);
        write(key, pem(new JcaPKCS8Generator(pair.getPrivate(), null)));
        write(der, made.getEncoded());
        write(certificate, pem(made));
    }

    private static X509Certificate sign(KeyPair pair)
            throws IOException, GeneralSecurityException, OperatorCreationException {
        Instant now = Instant.now();
        X500Name name = new X500Name("CN=Qight development relay");
        GeneralName[] names = {
            new GeneralName(GeneralName.dNSName, "localhost"),
            new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
            new GeneralName(GeneralName.iPAddress, "::1"),
        };
        JcaX509v3CertificateBuilder builder =
                new JcaX509v3CertificateBuilder(
                        name,
                        new BigInteger(63, new SecureRandom()).setBit(62),
                        Date.from(now.minus(Duration.ofDays(1))),
                        Date.from(now.plus(LIFE)),
                        name,
                        pair.getPublic());
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names))
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                .addExtension(
                        Extension.extendedKeyUsage,
                        false,
                        new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(
                                new JcaContentSignerBuilder("SHA256withECDSA")
                                        .build(pair.getPrivate())));
    }

    private static byte[] pem(Object object) throws IOException {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** Puts the whole file in place at once, after its bytes are on the disk. */
    private void write(Path file, byte[] bytes) throws IOException {
        Path temporary = directory.resolve(file.getFileName() + ".new");
        Files.deleteIfExists(temporary);
        try (FileChannel channel = create(temporary, file.equals(key))) {
            channel.write(ByteBuffer.wrap(bytes));
            channel.force(true);
        }
        Files.move(
                temporary,
                file,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private static FileChannel create(Path file, boolean secret) throws IOException {
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix
                ? FileChannel.open(
                        file,
                        options,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString(
                                        secret ? "rw-------" : "rw-r--r--")))
                : FileChannel.open(file, options);
    }
}
