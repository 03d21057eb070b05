package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a relay signs, checked by somebody who has only the file. */
class ProofIT {
    @TempDir Path home;
    private Program qight;
    private String key;
    private Path proof;

    @BeforeEach
    void make() {
        qight = new Program(home);
        key = qight.run("keygen", home.resolve("relay.pem").toString()).expect(0).text().strip();
        proof = home.resolve("sent.proof");
    }

    @Test
    void aReceiptIsCheckedWithoutTheRelay() throws Exception {
        send(0, "--receipt-key", home.resolve("relay.pem").toString());
        Program.Result told = verify(Failures.DONE, "--by", key);
        assertThat(told.text()).contains("stored for bob", "fsync", key);
        assertThat(told.errors()).isEmpty();
        assertThat(Json.parse(verify(Failures.DONE, "--json").text()))
                .containsEntry("mailbox", "bob")
                .containsEntry("id", "0e9b1f3a-6a0c-4b57-8d2e-3f1c5a7b9d10")
                .containsEntry("by", key)
                .containsKeys("sha256", "until", "durability");
    }

    @Test
    void aForgedOneIsRefused() throws Exception {
        send(0, "--receipt-key", home.resolve("relay.pem").toString());
        String text = Files.readString(proof);
        String other =
                qight.run("keygen", home.resolve("other.pem").toString()).expect(0).text().strip();
        assertThat(verify(Failures.FAILED, "--by", other).errors()).contains("another key");
        int middle = text.length() / 2;
        char changed = text.charAt(middle) == 'A' ? 'B' : 'A';
        Files.writeString(proof, text.substring(0, middle) + changed + text.substring(middle + 1));
        assertThat(verify(Failures.FAILED, "--by", key).text()).isEmpty();
        Files.writeString(proof, "");
        assertThat(verify(Failures.FAILED).errors()).contains("no proof");
    }

    @Test
    void aRelayWithoutAKeySignsNothingAndTheSenderIsTold() throws Exception {
        assertThat(send(Failures.FAILED).errors()).contains("signed nothing");
    }

    private Program.Result send(int exitCode, String... options) throws Exception {
        try (RunningRelay relay = RunningRelay.start(qight, options)) {
            return qight.run(
                            "send",
                            "--relay",
                            relay.address(),
                            "bob",
                            "hello",
                            "--id",
                            "0e9b1f3a-6a0c-4b57-8d2e-3f1c5a7b9d10",
                            "--proof",
                            proof.toString())
                    .expect(exitCode);
        }
    }

    private Program.Result verify(int exitCode, String... options) {
        String[] command = new String[options.length + 2];
        command[0] = "verify";
        command[1] = proof.toString();
        System.arraycopy(options, 0, command, 2, options.length);
        return qight.run(command).expect(exitCode);
    }
}
