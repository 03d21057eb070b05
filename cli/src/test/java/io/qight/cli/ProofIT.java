package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What relays and receivers sign, checked by somebody who has only the file. */
class ProofIT {
    @TempDir Path home;
    private Program qight;
    private String key;
    private Path proof;

    @BeforeEach
    void make() {
        qight = new Program(home);
        key = qight.identity("relay.pem");
        proof = home.resolve("sent.proof");
    }

    @Test
    void aReceiptIsCheckedWithoutTheRelay() throws Exception {
        send(0, "--receipt-key", home.resolve("relay.pem").toString());
        Program.Result told = verify(Failures.DONE, "--by", key);
        assertThat(told.text()).contains("stored for bob", "fsync", key);
        assertThat(told.errors()).isEmpty();
        assertThat(Json.parse(verify(Failures.DONE, "--json").text()))
                .containsEntry("kind", "stored")
                .containsEntry("mailbox", "bob")
                .containsEntry("id", "0e9b1f3a-6a0c-4b57-8d2e-3f1c5a7b9d10")
                .containsEntry("by", key)
                .containsKeys("sha256", "until", "durability");
    }

    @Test
    void aForgedOneIsRefused() throws Exception {
        send(0, "--receipt-key", home.resolve("relay.pem").toString());
        String text = Files.readString(proof);
        String other = qight.identity("other.pem");
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

    @Test
    void aRelaySaysWhetherItSignsAndByWhichKey() throws Exception {
        try (RunningRelay relay =
                RunningRelay.start(qight, "--receipt-key", home.resolve("relay.pem").toString())) {
            assertThat(relay.said()).contains("  receipts     signed by " + key);
        }
        try (RunningRelay relay = RunningRelay.start(qight)) {
            assertThat(relay.said()).doesNotContain("receipts");
        }
    }

    @Test
    void aReceiverConfirmsWhatItHandedOverAndNothingElse() throws Exception {
        String alice = qight.identity("alice.pem");
        String bob = qight.identity("bob.pem");
        try (RunningRelay relay =
                RunningRelay.start(qight, "--receipt-key", home.resolve("relay.pem").toString())) {
            qight.with("QIGHT_RELAY", relay.address());
            run("send", "--identity", "alice.pem", bob, "put aside");
            run(
                    "subscribe",
                    "--identity",
                    "bob.pem",
                    bob,
                    "--max=1",
                    "--confirm",
                    "--exec=exit 65");
            run("send", "--identity", "alice.pem", bob, "hi", "--proof", proof.toString());
            run("send", bob, "from nobody");
            run("subscribe", "--identity", "bob.pem", bob, "--max=2", "--confirm");

            String got = run("fetch", "--identity", "alice.pem", alice, "--raw").text();
            assertThat(got).startsWith("qight-delivery:").isNotBlank();
            Map<String, String> stored = Json.parse(verify(Failures.DONE, "--json").text());
            Files.writeString(proof, got);
            Map<String, String> received =
                    Json.parse(verify(Failures.DONE, "--by", bob, "--json").text());
            assertThat(received)
                    .containsEntry("kind", "received")
                    .containsEntry("mailbox", bob)
                    .containsEntry("id", stored.get("id"))
                    .containsEntry("sha256", stored.get("sha256"))
                    .containsEntry("by", bob)
                    .containsKey("at");
            assertThat(verify(Failures.FAILED, "--by", key).errors()).contains("another key");
        }
    }

    @Test
    void whereTheSenderTakesNoConfirmationTheMessageIsRemovedAllTheSame() throws Exception {
        String bob = qight.identity("bob.pem");
        qight.identity("alice.pem");
        try (RunningRelay relay = RunningRelay.start(qight)) {
            qight.with("QIGHT_RELAY", relay.address());
            run("demand-grants", "on", "--identity", "alice.pem");
            run("send", "--identity", "alice.pem", bob, "hi");
            Program.Result told =
                    run("subscribe", "--identity", "bob.pem", bob, "--max=1", "--confirm");

            assertThat(told.text()).contains("hi");
            assertThat(told.errors()).contains("was not confirmed to its sender", "not_allowed");
            assertThat(run("fetch", "--identity", "bob.pem", bob).text()).isEmpty();
        }
    }

    @Test
    void aReceiverWithoutAnIdentityConfirmsNothing() {
        qight.run("subscribe", "bob", "--confirm").expect(Failures.USAGE);
    }

    private Program.Result run(String... command) {
        return qight.run(command).expect(Failures.DONE);
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
