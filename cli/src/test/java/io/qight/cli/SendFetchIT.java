package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.transport.TlsIdentity;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** {@code send} and {@code fetch} against one relay, each test with mailboxes of its own. */
class SendFetchIT {
    @TempDir private static Path home;
    private static RunningRelay relay;

    @BeforeAll
    static void start() throws Exception {
        relay = RunningRelay.start(new Program(home));
    }

    @AfterAll
    static void stop() throws Exception {
        relay.close();
    }

    @Test
    void aMessageIsSentAndFetchedOnce() throws Exception {
        Program.Result sent = qight().run("send", "bob", "hello").expect(Failures.DONE);
        assertThat(sent.text()).isEmpty();
        assertThat(sent.errors()).isEqualTo("qight: stored for bob\n");
        Program.Result fetched = qight().run("fetch", "bob").expect(Failures.DONE);
        assertThat(fetched.text()).isEqualTo("hello\n");
        assertThat(fetched.errors()).isEmpty();
        Program.Result again = qight().run("fetch", "bob").expect(Failures.DONE);
        assertThat(again.text()).isEmpty();
        assertThat(again.errors()).isEqualTo("qight: nothing waits for bob\n");
    }

    @Test
    void anyBytesComeBackAsTheyWereSent(TestInfo test) throws Exception {
        byte[] payload = new byte[300_000];
        new Random(1).nextBytes(payload);
        String mailbox = test.getDisplayName();
        qight().run(payload, "send", mailbox, "-").expect(Failures.DONE);
        assertThat(qight().run("fetch", mailbox, "--raw").expect(Failures.DONE).output())
                .isEqualTo(payload);

        Path file = Files.write(home.resolve("payload"), payload);
        qight().run("send", mailbox, "--file", file.toString()).expect(Failures.DONE);
        assertThat(qight().run("fetch", mailbox).expect(Failures.DONE).text())
                .isEqualTo("base64:" + Base64.getEncoder().encodeToString(payload) + "\n");

        qight().run(payload, "send", mailbox, "-").expect(Failures.DONE);
        Map<String, String> json = Json.parse(qight().run("fetch", mailbox, "--json").text());
        assertThat(Base64.getDecoder().decode(json.get("payloadBase64"))).isEqualTo(payload);
    }

    @Test
    void interruptedSenderOfLinesTellsWhatIsStored() throws Exception {
        Process sender = qight().start("send", "sig", "--lines", "--json");
        OutputStream in = sender.getOutputStream();
        in.write("one\ntwo\nthr".getBytes(StandardCharsets.UTF_8));
        in.flush();
        BufferedReader out = sender.inputReader(StandardCharsets.UTF_8);
        assertThat(Json.parse(out.readLine())).containsEntry("line", "1");
        assertThat(Json.parse(out.readLine())).containsEntry("outcome", "stored");
        sender.toHandle().destroy();
        assertThat(sender.errorReader(StandardCharsets.UTF_8).readLine())
                .isEqualTo("qight: interrupted: stored 2 of 2 lines for sig");
        assertThat(sender.waitFor()).isEqualTo(Failures.INTERRUPTED);
        assertThat(qight().run("fetch", "sig").expect(Failures.DONE).text())
                .isEqualTo("one\ntwo\n");
    }

    @Test
    void interruptedSenderOfLinesWaitsForReceiptsWithinABound() throws Exception {
        Path file = Files.writeString(home.resolve("lines"), "x\n".repeat(90_000));
        Process sender =
                qight().start("send", "late", "--lines", "--json", "--file", file.toString());
        BufferedReader out = sender.inputReader(StandardCharsets.UTF_8);
        assertThat(Json.parse(out.readLine())).containsEntry("outcome", "stored");
        relay.signal("STOP");
        try {
            CompletableFuture<Long> rest = CompletableFuture.supplyAsync(() -> out.lines().count());
            sender.toHandle().destroy();
            assertThat(sender.errorReader(StandardCharsets.UTF_8).readLine())
                    .matches(
                            "qight: interrupted: stored \\d+ of \\d+ lines for late; \\d+ not known");
            assertThat(sender.waitFor()).isEqualTo(Failures.INTERRUPTED);
            assertThat(rest.join()).isLessThan(89_999);
        } finally {
            relay.signal("CONT");
        }
    }

    @Test
    void jsonHasEveryField() throws Exception {
        Program.Result sent =
                qight().run(
                                "send",
                                "carol",
                                "--from",
                                "alice",
                                "--ttl",
                                "90s",
                                "--id",
                                "x1",
                                "--json",
                                "ein \"Gruß\"")
                        .expect(Failures.DONE);
        assertThat(Json.parse(sent.text()))
                .containsEntry("id", "x1")
                .containsEntry("recipient", "carol")
                .containsEntry("ttl", "90");
        assertThat(sent.errors()).isEmpty();
        qight().run("send", "carol", "second").expect(Failures.DONE);
        String[] lines = qight().run("fetch", "carol", "--json").expect(0).text().split("\n");
        assertThat(lines).hasSize(2);
        assertThat(Json.parse(lines[0]))
                .containsEntry("id", "x1")
                .containsEntry("sender", "alice")
                .containsEntry("recipient", "carol")
                .containsEntry("ttl", "90")
                .containsEntry("payload", "ein \"Gruß\"")
                .containsKey("timestamp");
        assertThat(Json.parse(lines[1])).containsEntry("payload", "second");
    }

    @Test
    void bothVersionsSeeTheSameMailbox() throws Exception {
        qight().run("send", "both", "old", "--seed", "--from", "alice").expect(Failures.DONE);
        qight().run("send", "both", "newer").expect(Failures.DONE);
        assertThat(qight().run("fetch", "both").expect(0).text()).isEqualTo("old\nnewer\n");
        qight().run("send", "both", "new", "--from", "alice").expect(Failures.DONE);
        assertThat(Json.parse(qight().run("fetch", "both", "--seed", "--json").expect(0).text()))
                .containsEntry("sender", "alice")
                .containsEntry("payload", "new");
    }

    @Test
    void linesOfAnyBytesAreMessages() throws Exception {
        byte[] lines = "one\n\n\u0000two\r\nthree".getBytes(StandardCharsets.ISO_8859_1);
        String[] told =
                qight().run(lines, "send", "lines", "--lines", "--json")
                        .expect(0)
                        .text()
                        .split("\n");
        assertThat(told).hasSize(4);
        assertThat(Json.parse(told[3]))
                .containsEntry("line", "4")
                .containsEntry("outcome", "stored");
        String fetched = qight().run("fetch", "lines", "--json").expect(0).text();
        assertThat(fetched.lines().map(line -> Json.parse(line).get("payload")))
                .containsExactly("one", "", "\u0000two\r", "three");
    }

    @Test
    void refusedLinesAreSummedUp() throws Exception {
        byte[] lines =
                ("good\n" + "x".repeat(10_000_000) + "\nalso good\n")
                        .getBytes(StandardCharsets.UTF_8);
        Program.Result sent =
                qight().run(lines, "send", "mixed", "--lines").expect(Failures.FAILED);
        assertThat(sent.errors())
                .contains("line 2: ", "stored 2 of 3 lines for mixed; 1 refused as envelope_size");
        assertThat(qight().run("fetch", "mixed").expect(0).text()).isEqualTo("good\nalso good\n");
    }

    @Test
    void aTextThatLooksLikeAnOptionIsSentBehindTwoDashes() throws Exception {
        qight().run("send", "dan", "--", "--json").expect(Failures.DONE);
        assertThat(qight().run("fetch", "dan").text()).isEqualTo("--json\n");
    }

    @Test
    void aPinnedFingerprintIsTrustedAndAnotherIsNot() throws Exception {
        String fingerprint = relay.fingerprint();
        qight().with("QIGHT_DATA", "/nonexistent")
                .run("send", "eve", "pinned", "--pin", fingerprint)
                .expect(Failures.DONE);
        Program.Result other =
                qight().run("send", "eve", "not", "--pin", "ab".repeat(32)).expect(Failures.FAILED);
        assertThat(other.errors())
                .startsWith("qight: ")
                .contains("(untrusted", fingerprint)
                .hasLineCount(1);
    }

    @Test
    void aTrustFileIsTrustedAndAForeignOneIsNot() throws Exception {
        Path certificate = home.resolve("data").resolve("relay-cert.der");
        qight().with("QIGHT_TRUST", certificate.toString())
                .with("QIGHT_DATA", "/nonexistent")
                .run("send", "eve", "by file")
                .expect(Failures.DONE);
        Path foreign = Files.createDirectories(home.resolve("foreign"));
        TlsIdentity.development(foreign);
        Program.Result other =
                qight().run("fetch", "eve", "--trust", foreign.resolve("relay-cert.pem").toString())
                        .expect(Failures.FAILED);
        assertThat(other.errors()).contains("(untrusted").hasLineCount(1);
    }

    @Test
    void trustInNothingIsAnError() throws Exception {
        Program.Result result =
                qight().with("QIGHT_DATA", "/nonexistent")
                        .run("send", "eve", "x")
                        .expect(Failures.FAILED);
        assertThat(result.errors()).contains("--trust", "--pin");
    }

    @Test
    void nobodyAtTheAddressMayBeTriedAgain() throws IOException {
        Program.Result result =
                qight().with("QIGHT_RELAY", "127.0.0.1:9")
                        .run("send", "bob", "x", "--timeout", "2s")
                        .expect(Failures.RETRY);
        assertThat(result.errors()).contains("127.0.0.1:9").hasLineCount(1);
    }

    @Test
    void aRefusalSaysWhy() {
        assertThat(qight().run("send", "", "x").expect(Failures.FAILED).errors())
                .contains("(invalid_mailbox)");
        assertThat(qight().run("send", "bob", "x", "--ttl", "31d").expect(1).errors())
                .contains("(invalid_ttl)");
        assertThat(qight().run(new byte[10_000_001], "send", "bob", "-").expect(1).errors())
                .contains("(envelope_size)");
    }

    @Test
    void whatCouldNotBePrintedComesAgain() throws Exception {
        qight().run("send", "frank", "kept").expect(Failures.DONE);
        Program toFullDevice =
                qight().within(List.of("sh", "-c", "exec \"$0\" \"$@\" > /dev/full"));
        assertThat(toFullDevice.run("fetch", "frank").expect(Failures.FAILED).errors())
                .contains("No space left");
        assertThat(qight().run("fetch", "frank").expect(Failures.DONE).text()).isEqualTo("kept\n");
    }

    @Test
    void aStackTraceIsShownOnRequestAlone() {
        String[] unreachable = {"fetch", "bob", "--relay", "127.0.0.1:9", "--timeout", "300ms"};
        assertThat(qight().run(unreachable).errors()).doesNotContain("\tat ");
        String[] verbose = Arrays.copyOf(unreachable, unreachable.length + 1);
        verbose[unreachable.length] = "--verbose";
        assertThat(qight().run(verbose).errors()).contains("\tat ");
    }

    /** With nothing told but the port, which is not the usual one so that tests can run at once. */
    private static Program qight() {
        return new Program(home).with("QIGHT_RELAY", address());
    }

    private static String address() {
        try {
            return relay.address();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
