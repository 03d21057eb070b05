package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sealed and signed messages by the command, through one relay in a process of its own. */
class SealedIT {
    private static final String SECRET = "the secret that nobody else may read";
    private static final String NO_SECRET = "what its sender leaves open to the relay";

    @TempDir private static Path home;
    private static RunningRelay relay;
    private String alice;
    private String bob;

    @BeforeAll
    static void start() throws Exception {
        relay = RunningRelay.start(new Program(home));
    }

    @AfterAll
    static void stop() {
        relay.close();
    }

    /** Others for each test, and so other mailboxes. */
    @BeforeEach
    void makeIdentities() {
        alice = qight().identity("alice.pem");
        bob = qight().identity("bob.pem");
    }

    @Test
    void aSealedMessageSurvivesARestartAndNobodyElseReadsIt() throws Exception {
        Program.Result sent =
                qight().run("send", "--identity", "alice.pem", bob, SECRET).expect(Failures.DONE);
        assertThat(sent.errors()).isEqualTo("qight: stored for " + bob + ", sealed, signed\n");
        relay.kill();

        assertThat(onDisk(bob)).isTrue();
        assertThat(onDisk(SECRET)).isFalse();
        assertThat(onDisk(alice)).isFalse();

        relay = RunningRelay.start(new Program(home));
        qight().run("fetch", "--seed", bob).expect(Failures.FAILED);
        qight().run("fetch", bob).expect(Failures.FAILED);
        qight().run("fetch", "--identity", "alice.pem", bob).expect(Failures.FAILED);
        Program.Result fetched =
                qight().run("fetch", "--identity", "bob.pem", bob).expect(Failures.DONE);
        assertThat(fetched.text()).isEqualTo("verified " + alice + ": " + SECRET + "\n");
        assertThat(fetched.errors()).isEmpty();
    }

    @Test
    void inTheClearTheRelayHasIt() throws Exception {
        send("--clear", bob, NO_SECRET);

        assertThat(onDisk(NO_SECRET)).isTrue();
    }

    @Test
    void subscribersSeeWhoHasProvedToHaveSent() throws Exception {
        send("--identity", "alice.pem", "--pad", bob, "one");
        send(bob, "two\nverified " + alice + ": three");
        send("--identity", "alice.pem", "--clear", bob, "four");

        String[] lines =
                qight().run("subscribe", "--identity", "bob.pem", "--max", "3", "--json", bob)
                        .expect(Failures.DONE)
                        .text()
                        .split("\n", -1);
        assertThat(Json.parse(lines[0])).containsAllEntriesOf(shown(alice, "verified", "true"));
        assertThat(Json.parse(lines[1])).containsAllEntriesOf(shown("", "unsigned", "true"));
        assertThat(Json.parse(lines[2])).containsAllEntriesOf(shown(alice, "verified", "false"));

        send(bob, "two\nverified " + alice + ": three");
        assertThat(qight().run("fetch", "--identity", "bob.pem", bob).text())
                .isEqualTo("unsigned: two\n    verified " + alice + ": three\n");
    }

    @Test
    void aNameGetsASignatureOnlyWhereItIsWished() throws Exception {
        send("--identity", "alice.pem", "carol", "one");
        send("--identity", "alice.pem", "--sign", "carol", "two");
        String[] lines = qight().run("fetch", "carol", "--json").text().split("\n", -1);

        assertThat(Json.parse(lines[0])).containsEntry("authenticity", "unsigned");
        assertThat(Json.parse(lines[1]))
                .containsEntry("authenticity", "verified")
                .containsEntry("sender", alice);

        send("--identity", "alice.pem", "--sign", "carol", "three");
        Program.Result old = qight().run("fetch", "--seed", "--json", "carol").expect(0);
        assertThat(Json.parse(old.text()))
                .containsEntry("authenticity", "unsigned")
                .containsEntry("payload", "three");
    }

    @Test
    void linesAreSealedToo() throws Exception {
        byte[] lines = "one\ntwo\nthree\n".getBytes(StandardCharsets.UTF_8);
        qight().run(lines, "send", "--identity", "alice.pem", "--lines", bob).expect(0);
        String line = "verified " + alice + ": ";

        assertThat(qight().run("fetch", "--identity", "bob.pem", bob).text())
                .isEqualTo(line + "one\n" + line + "two\n" + line + "three\n");
    }

    @Test
    void whatCannotBeProtectedAsToldIsWrongUsage() {
        List<List<String>> wrong =
                List.of(
                        List.of("--sign", bob),
                        List.of("--pad", "carol"),
                        List.of("--pad", "--clear", bob),
                        List.of("--seed", "--clear", "carol"),
                        List.of("--identity", "alice.pem", "--from", "al", bob));
        for (List<String> options : wrong) {
            String[] arguments =
                    Stream.of(List.of("send"), options, List.of("text"))
                            .flatMap(List::stream)
                            .toArray(String[]::new);
            qight().run(arguments).expect(Failures.USAGE);
        }
    }

    private static Map<String, String> shown(String sender, String authenticity, String sealed) {
        return Map.of("sender", sender, "authenticity", authenticity, "sealed", sealed);
    }

    private void send(String... arguments) {
        qight().run(Stream.concat(Stream.of("send"), Stream.of(arguments)).toArray(String[]::new))
                .expect(Failures.DONE);
    }

    /** Whether the bytes of a text occur anywhere in what the relay keeps. */
    private boolean onDisk(String text) throws IOException {
        try (Stream<Path> files = Files.walk(home.resolve("data"))) {
            return files.filter(Files::isRegularFile).anyMatch(file -> contains(file, text));
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Program qight() {
        try {
            return new Program(home).with("QIGHT_RELAY", relay.address());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
