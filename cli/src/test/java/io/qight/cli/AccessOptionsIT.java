package io.qight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The options that say who may, and those by which clients show who they are. */
@Timeout(120)
class AccessOptionsIT {
    @TempDir private Path home;

    @Test
    void tokensAreMadeListedUsedAndRevoked() throws Exception {
        Path tokens = Files.createFile(home.resolve("tokens"));
        String hash = makeToken("alice");
        assertThat(hash).matches("[0-9a-f]{64}");
        assertThat(run("token", "--show", file("alice")).expect(0).text()).isEqualTo(hash + "\n");
        add(tokens, "alice " + hash + " send:* fetch:alice");
        try (RunningRelay relay = RunningRelay.start(qight(), "--tokens", tokens.toString())) {
            assertThat(relay.said()).contains("--token-file FILE bob").doesNotContain(hash);
            assertRefused(run(relay, "send", "alice", "hello"));
            assertRefused(run(relay, "send", "alice", "hello", "--seed"));
            run(relay, "send", "alice", "hello", "--token-file", file("alice")).expect(0);
            assertThat(run(relay, "fetch", "alice", "--token-file", file("alice")).expect(0).text())
                    .isEqualTo("hello\n");
            assertRefused(run(relay, "fetch", "bob", "--token-file", file("alice")));

            String second = makeToken("bob");
            assertRefused(run(relay, "send", "bob", "hi", "--token-file", file("bob")));
            Files.writeString(tokens, "bob " + second + " send:bob\n");
            awaitSent(relay, "send", "bob", "hi", "--token-file", file("bob"));
            assertRefused(run(relay, "send", "bob", "hi", "--token-file", file("alice")));

            Files.writeString(tokens, "bob nonsense\n");
            relay.signal("HUP");
            Conditions.await("it says so", () -> relay.said().contains("line 1: behind the name"));
            run(relay, "send", "bob", "hi", "--token-file", file("bob")).expect(0);
            assertThat(relay.terminate()).isZero();
            assertThat(relay.said()).doesNotContain(token("alice"), token("bob"), "nonsense");
        }
    }

    @Test
    void theTokenInTheEnvironmentLetsInAndIsNotHandedToCommands() throws Exception {
        Path tokens = Files.createFile(home.resolve("tokens"));
        add(tokens, "alice " + makeToken("alice") + " send:* fetch:*");
        try (RunningRelay relay = RunningRelay.start(qight(), "--tokens", tokens.toString())) {
            Program alice =
                    qight().with("QIGHT_RELAY", relay.address())
                            .with("QIGHT_TOKEN", token("alice"));
            alice.run("send", "alice", "hello").expect(0);
            Program.Result environment =
                    alice.run("subscribe", "alice", "--max", "1", "--exec", "env").expect(0);
            assertThat(environment.text())
                    .contains("QIGHT_MAILBOX=alice")
                    .doesNotContain("QIGHT_TOKEN");
            Program.Result bad =
                    qight().with("QIGHT_TOKEN", "not a secret")
                            .with("QIGHT_RELAY", relay.address())
                            .run("send", "alice", "x")
                            .expect(Failures.FAILED);
            assertThat(bad.errors()).contains("QIGHT_TOKEN").doesNotContain("secret");
        }
    }

    @Test
    void certificatesLetIn() throws Exception {
        ClientAuthority authority = new ClientAuthority(home, "clients");
        authority.sign("alice", Duration.ofHours(1));
        try (RunningRelay relay =
                RunningRelay.start(qight(), "--client-ca", authority.file().toString())) {
            assertRefused(run(relay, "send", "alice", "hello"));
            run(withCertificate(relay, "alice", "send", "alice", "hello")).expect(0);
            assertThat(run(withCertificate(relay, "alice", "fetch", "alice")).expect(0).text())
                    .isEqualTo("hello\n");
            assertRefused(run(withCertificate(relay, "alice", "fetch", "bob")));
        }
        try (RunningRelay relay =
                RunningRelay.start(
                        qight(),
                        "--client-ca",
                        authority.file().toString(),
                        "--client-certificates",
                        "optional",
                        "--open-names")) {
            run(relay, "send", "alice", "hello").expect(0);
            run(relay, "send", "alice", "hello", "--seed").expect(0);
        }
    }

    @Test
    void aChangedFileOfAuthoritiesIsReadAndABadOneIsNot() throws Exception {
        ClientAuthority first = new ClientAuthority(home, "first");
        first.sign("alice", Duration.ofHours(1));
        Path authorities = first.file();
        String one = Files.readString(authorities);
        ClientAuthority second =
                new ClientAuthority(Files.createDirectory(home.resolve("second")), "second");
        second.sign("bob", Duration.ofHours(1));
        String two = Files.readString(second.file());
        try (RunningRelay relay =
                RunningRelay.start(qight(), "--client-ca", authorities.toString())) {
            String[] alice = withCertificate(relay, "alice", "send", "alice", "hello");
            String[] bob = withCertificate(relay, "second/bob", "send", "bob", "hello");
            run(alice).expect(0);
            assertRefused(run(bob));

            Files.writeString(authorities, one + two);
            Conditions.await("two are asked for", () -> relay.said().contains("certificates: 2"));
            run(alice).expect(0);
            run(bob).expect(0);

            Files.writeString(authorities, "no certificate");
            relay.signal("HUP");
            Conditions.await("it says so", () -> relay.said().contains("before stays"));
            run(alice).expect(0);

            Files.writeString(authorities, two);
            relay.signal("HUP");
            Conditions.await("one is asked for", () -> relay.said().contains("certificates: 1"));
            assertRefused(run(alice));
            run(bob).expect(0);
            assertThat(relay.terminate()).as(relay.said()).isZero();
        }
    }

    @Test
    void aRelayDoesNotStartWithAFileThatIsWrong() throws Exception {
        Path tokens = Files.writeString(home.resolve("tokens"), "\nalice secret send:*\n");
        Program.Result result = run("relay", "--tokens", tokens.toString()).expect(Failures.FAILED);
        assertThat(result.errors())
                .contains("line 2: behind the name stands a SHA-256")
                .doesNotContain("secret")
                .hasLineCount(1);
        assertThat(run("relay", "--tokens", file("nobody")).expect(Failures.FAILED).errors())
                .contains("does not exist")
                .hasLineCount(1);
        assertThat(run("relay", "--client-ca", file("nobody")).expect(Failures.FAILED).errors())
                .contains("does not exist")
                .hasLineCount(1);
    }

    @Test
    void wrongUsageIsToldAsSuch() {
        run("relay", "--client-certificates", "optional").expect(Failures.USAGE);
        run("relay", "--client-ca", "ca.pem", "--client-certificates", "perhaps")
                .expect(Failures.USAGE);
        run("send", "bob", "x", "--certificate", "only.pem").expect(Failures.USAGE);
        run("send", "bob", "x", "--token", "secret").expect(Failures.USAGE);
    }

    @Test
    void aTokensFileIsItsOwnersAloneAndIsNotOverwritten() throws Exception {
        makeToken("alice");
        assertThat(run("token", file("alice")).expect(Failures.FAILED).errors())
                .contains("is there already")
                .hasLineCount(1);
        Path file = Path.of(file("alice"));
        assumeThat(file.getFileSystem().supportedFileAttributeViews())
                .as("this test needs a file system with modes")
                .contains("posix");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(
                        run("send", "bob", "x", "--token-file", file.toString())
                                .expect(Failures.FAILED)
                                .errors())
                .contains("chmod 600")
                .hasLineCount(1);
        assertThat(run("token", "--show", file("nobody")).expect(Failures.FAILED).errors())
                .contains("no such file")
                .hasLineCount(1);
    }

    private String makeToken(String name) {
        return run("token", file(name)).expect(0).text().strip();
    }

    private String token(String name) throws IOException {
        return Files.readString(Path.of(file(name))).strip();
    }

    private String file(String name) {
        return home.resolve(name + ".token").toString();
    }

    private static void add(Path tokens, String line) throws IOException {
        Files.write(tokens, (line + "\n").getBytes(UTF_8), StandardOpenOption.APPEND);
    }

    /** Until the relay has read the file again. */
    private void awaitSent(RunningRelay relay, String... arguments) throws Exception {
        for (int tries = 0; run(relay, arguments).exitCode() != 0; tries++) {
            assertThat(tries).isLessThan(20);
        }
    }

    private static void assertRefused(Program.Result result) {
        assertThat(result.expect(Failures.FAILED).errors())
                .contains("(not_allowed)")
                .hasLineCount(1);
    }

    private String[] withCertificate(RunningRelay relay, String name, String... arguments)
            throws Exception {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(
                List.of(
                        "--relay",
                        relay.address(),
                        "--certificate",
                        home.resolve(name + ".pem").toString(),
                        "--key",
                        home.resolve(name + "-key.pem").toString()));
        return all.toArray(String[]::new);
    }

    private Program.Result run(RunningRelay relay, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.addAll(List.of("--relay", relay.address()));
        return run(all.toArray(String[]::new));
    }

    private Program.Result run(String... arguments) {
        return qight().run(arguments);
    }

    private Program qight() {
        return new Program(home);
    }
}
