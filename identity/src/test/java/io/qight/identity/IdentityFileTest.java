package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An identity's file is its owner's alone, and what others take too. */
class IdentityFileTest {
    private final Identity identity = Identity.generate(new SecureRandom());

    @TempDir Path directory;

    @Test
    void itIsReadAsItWasWritten() throws Exception {
        Path file = directory.resolve("me.pem");
        IdentityFile.write(identity, file);

        assertThat(IdentityFile.read(file).key()).isEqualTo(identity.key());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        byte[] der = Base64.getDecoder().decode(Files.readAllLines(file).get(1));
        assertThat(
                        KeyFactory.getInstance("Ed25519")
                                .generatePrivate(new PKCS8EncodedKeySpec(der))
                                .getFormat())
                .isEqualTo("PKCS#8");
    }

    @Test
    void noFileIsOverwritten() throws Exception {
        Path file = directory.resolve("me.pem");
        IdentityFile.write(identity, file);
        assertThatThrownBy(() -> IdentityFile.write(Identity.generate(new SecureRandom()), file))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(IdentityFile.read(file).key()).isEqualTo(identity.key());
    }

    @Test
    void aFileThatOthersMayReadIsRefused() throws Exception {
        Path file = directory.resolve("me.pem");
        IdentityFile.write(identity, file);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(() -> IdentityFile.read(file))
                .isInstanceOf(IdentityFile.BadIdentityFile.class)
                .hasMessageContaining("chmod 600");
    }

    @Test
    void whatIsNoKeyIsRefusedWithoutShowingIt() throws Exception {
        Path file = directory.resolve("me.pem");
        IdentityFile.write(identity, file);
        String good = Files.readString(file);
        for (String bad :
                new String[] {
                    "",
                    "secret words",
                    good.substring(0, good.length() / 2),
                    good.replace("MC4C", "MC4D"),
                    good.replace("PRIVATE", "PUBLIC"),
                    good.repeat(40)
                }) {
            Files.writeString(file, bad);
            assertThatThrownBy(() -> IdentityFile.read(file))
                    .as(bad)
                    .isInstanceOf(IdentityFile.BadIdentityFile.class)
                    .hasMessage(file + " is no Ed25519 key in PEM, not encrypted");
        }
    }
}
