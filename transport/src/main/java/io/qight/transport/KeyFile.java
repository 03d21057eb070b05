package io.qight.transport;

import io.qight.transport.TransportException.BadCertificateFile;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.jspecify.annotations.Nullable;

/** Reads a private key from a PEM file; what is wrong is said with the file's name. */
final class KeyFile {
    private KeyFile() {}

    static PrivateKey read(Path file) {
        String text = new String(CertificateFile.readBytes(file), StandardCharsets.US_ASCII);
        PrivateKeyInfo key = parse(file, text);
        ASN1ObjectIdentifier algorithm = key.getPrivateKeyAlgorithm().getAlgorithm();
        String name;
        if (algorithm.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
            name = "EC";
        } else if (algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
            name = "RSA";
        } else {
            throw new BadCertificateFile(
                    file, "the key in " + file + " is neither an EC nor an RSA key", null);
        }
        try {
            return KeyFactory.getInstance(name)
                    .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
        } catch (GeneralSecurityException | IOException e) {
            throw bad(file, e);
        }
    }

    private static PrivateKeyInfo parse(Path file, String text) {
        try (PEMParser parser = new PEMParser(new StringReader(text))) {
            // Other blocks, such as the parameters of a curve, may come before the key.
            for (Object block = parser.readObject(); block != null; block = parser.readObject()) {
                if (block instanceof PrivateKeyInfo key) {
                    return key;
                } else if (block instanceof PEMKeyPair pair) {
                    return pair.getPrivateKeyInfo();
                } else if (block instanceof PKCS8EncryptedPrivateKeyInfo
                        || block instanceof PEMEncryptedKeyPair) {
                    throw new BadCertificateFile(
                            file,
                            "the key in " + file + " is encrypted; Qight needs it plain",
                            null);
                }
            }
        } catch (IOException | RuntimeException e) {
            throw e instanceof BadCertificateFile known ? known : bad(file, e);
        }
        throw bad(file, null);
    }

    private static BadCertificateFile bad(Path file, @Nullable Exception cause) {
        return new BadCertificateFile(
                file, "the file " + file + " does not hold a private key in PEM", cause);
    }
}
