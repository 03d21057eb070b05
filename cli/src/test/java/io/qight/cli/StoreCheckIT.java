package io.qight.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Operation;
import io.qight.store.embedded.EmbeddedStore;
import io.qight.store.embedded.EmbeddedStoreConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code store check} on stores that are whole, damaged, in use, and not there. */
class StoreCheckIT {
    private static final String PAYLOAD = "a payload that can be found in its segment";

    @TempDir private Path home;
    private Path directory;

    @BeforeEach
    void makeStore() {
        directory = home.resolve("store");
        try (EmbeddedStore store = open()) {
            store.commit(
                    List.of(
                            new Operation.Append(
                                    "bob",
                                    (byte) 0,
                                    1,
                                    Long.MAX_VALUE / 2,
                                    ByteBuffer.wrap(PAYLOAD.getBytes(UTF_8)),
                                    null)));
        }
    }

    @Test
    void wholeStoreIsDescribed() throws Exception {
        Program.Result checked = check("--json").expect(Failures.DONE);
        Map<String, String> json = Json.parse(checked.text());
        assertThat(json).containsEntry("whole", "true").containsEntry("waiting", "1");
        assertThat(check().expect(Failures.DONE).text())
                .contains("messages   1 (" + PAYLOAD.length() + " bytes)", "mailbox    bob: 1")
                .endsWith("The store is whole.\n");
    }

    @Test
    void damageIsNamedWithFileAndOffset() throws Exception {
        Path damaged = flipPayload();
        assertThat(check().expect(Failures.FAILED).text())
                .containsPattern("DAMAGED    " + damaged + " at \\d+: ")
                .contains("The store is damaged in ");
    }

    @Test
    void storeInUseIsRefused() throws Exception {
        try (EmbeddedStore store = open()) {
            Program.Result checked = check().expect(Failures.FAILED);
            assertThat(checked.errors()).contains("in use");
            assertThat(store.statistics().waiting()).isEqualTo(1);
        }
    }

    @Test
    void directoryWithoutStoreIsRefused() throws Exception {
        directory = home.resolve("elsewhere");
        assertThat(check().expect(Failures.FAILED).errors()).contains("there is no store in");
    }

    private EmbeddedStore open() {
        return EmbeddedStore.open(directory, EmbeddedStoreConfig.defaults());
    }

    private Program.Result check(String... options) throws Exception {
        String[] words = new String[3 + options.length];
        words[0] = "store";
        words[1] = "check";
        words[2] = directory.toString();
        System.arraycopy(options, 0, words, 3, options.length);
        return new Program(home).run(words);
    }

    private Path flipPayload() throws IOException {
        byte[] wanted = PAYLOAD.getBytes(UTF_8);
        try (var files = Files.list(directory)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".log")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                int at = new String(bytes, ISO_8859_1).indexOf(PAYLOAD);
                if (at >= 0) {
                    bytes[at + wanted.length / 2] ^= 1;
                    Files.write(file, bytes);
                    return file;
                }
            }
        }
        throw new IllegalStateException("the payload is in no segment");
    }
}
