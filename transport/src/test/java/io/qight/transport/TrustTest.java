package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.transport.TransportException.BadCertificateFile;
import io.qight.wire.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TrustTest {
    private static final String DIGITS = "00112233445566778899aabbccddeeff".repeat(2);

    @TempDir Path directory;

    @Test
    void fingerprintsAreReadAsPeopleWriteThem() {
        Trust expected = new Trust.Pinned(DIGITS);
        assertThat(Trust.fingerprint(DIGITS)).isEqualTo(expected);
        assertThat(Trust.fingerprint("sha256:" + DIGITS)).isEqualTo(expected);
        assertThat(Trust.fingerprint(" SHA256:" + DIGITS.toUpperCase(Locale.ROOT) + "\n"))
                .isEqualTo(expected);
        assertThat(Trust.fingerprint(DIGITS.replaceAll("(..)(?!$)", "$1:"))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sha256:", "00", "md5:00", "x", "sha256: ", "sha1:0011"})
    void badFingerprintsAreRefused(String text) {
        for (String bad : new String[] {text, DIGITS + text + "0", DIGITS.substring(1) + text}) {
            assertThatThrownBy(() -> Trust.fingerprint(bad))
                    .isInstanceOfSatisfying(
                            BadCertificateFile.class,
                            failure -> {
                                assertThat(failure.code()).isEqualTo(ErrorCode.UNTRUSTED);
                                assertThat(failure.file()).isEmpty();
                            })
                    .hasMessageContaining("64 hexadecimal digits");
        }
    }

    @Test
    void fileIsAnAuthorityIfItIsMarkedAsOne() throws Exception {
        Certificates authority = Certificates.authority("ca");
        Certificates leaf =
                authority.sign(Certificates.DAY.negated(), Certificates.DAY, "localhost");
        Path ca = authority.writeCertificate(directory, "ca.pem");
        Path pem = leaf.writeCertificate(directory, "leaf.pem");
        Path der = Files.write(directory.resolve("leaf.der"), leaf.certificate().getEncoded());
        Trust pinned = Trust.fingerprint(CertificateFile.fingerprint(leaf.certificate()));
        assertThat(Trust.file(ca)).isEqualTo(Trust.authority(ca));
        assertThat(Trust.file(pem)).isEqualTo(pinned);
        assertThat(Trust.file(der)).isEqualTo(pinned);
        assertThat(Trust.certificate(der)).isEqualTo(pinned);
        assertThat(Trust.certificate(ca)).isInstanceOf(Trust.Pinned.class);
    }

    @Test
    void fileWithSeveralAuthoritiesTrustsThemAll() throws Exception {
        Certificates first = Certificates.authority("one");
        Certificates second = Certificates.authority("two");
        Path both =
                Files.writeString(
                        directory.resolve("both.pem"),
                        Certificates.pem(first.certificate())
                                + Certificates.pem(second.certificate()));
        assertThat(Trust.file(both))
                .isInstanceOfSatisfying(
                        Trust.Authority.class,
                        trust ->
                                assertThat(trust.authorities())
                                        .containsExactly(
                                                first.certificate(), second.certificate()));
    }

    @Test
    void unusableFilesAreRefusedByName() throws Exception {
        Path missing = directory.resolve("missing.pem");
        Path empty = Files.createFile(directory.resolve("empty.pem"));
        Path text = Files.writeString(directory.resolve("text.pem"), "# nothing here\n");
        for (Path bad : new Path[] {missing, empty, text, directory}) {
            assertThatThrownBy(() -> Trust.file(bad))
                    .isInstanceOfSatisfying(
                            BadCertificateFile.class,
                            failure -> assertThat(failure.file()).contains(bad))
                    .hasMessageContaining(bad.toString());
            assertThatThrownBy(() -> Trust.authority(bad)).isInstanceOf(BadCertificateFile.class);
            assertThatThrownBy(() -> Trust.certificate(bad)).isInstanceOf(BadCertificateFile.class);
        }
    }
}
