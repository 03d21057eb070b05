package io.qight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names of mailboxes, ids and senders that mean something elsewhere mean nothing to the relay. */
@Timeout(120)
class MailboxNamesAttackIT {
    private static final List<String> NAMES =
            List.of(
                    "..",
                    ".",
                    "/",
                    "a/b",
                    "../../etc/passwd",
                    "../".repeat(80) + "tmp/x",
                    "/etc/passwd",
                    "C:\\x",
                    "..\\..\\x",
                    "store/lock",
                    "%2e%2e%2f",
                    "$(touch pwned)",
                    "`touch pwned`; touch pwned",
                    "-rf",
                    "\u202egnp.exe",
                    "x".repeat(255));

    private static final String ESCAPE = "\u001b[2J\u001b]0;owned\u0007\u009b2J\r";

    @TempDir Path home;

    @Test
    void namesAreNoPaths() throws Exception {
        try (RunningRelay relay = RunningRelay.start(new Program(home));
                RelayClient client = connect(relay)) {
            Set<String> before = tree();
            for (String name : NAMES) {
                client.send(envelope(name).payload(name).build());
            }
            for (String name : NAMES) {
                List<MessageEnvelope> fetched = new ArrayList<>();
                client.fetch(name, fetched::add);
                assertThat(fetched)
                        .extracting(MessageEnvelope::payloadText)
                        .as(name)
                        .containsExactly(name);
            }
            assertThat(tree()).isEqualTo(before);
            assertThat(relay.terminate()).isZero();
            assertThat(relay.said()).doesNotContain("ERROR", "passwd");
        }
    }

    @Test
    void whatOthersWroteReachesNoTerminalAsItIs() throws Exception {
        Program qight = new Program(home);
        try (RunningRelay relay = RunningRelay.start(qight);
                RelayClient client = connect(relay)) {
            for (String command : List.of("peek", "fetch", "subscribe")) {
                client.send(
                        envelope(command)
                                .sender("eve" + ESCAPE)
                                .id("id" + ESCAPE)
                                .payload("text" + ESCAPE)
                                .build());
            }
            qight.with("QIGHT_RELAY", relay.address());
            assertHarmless(qight.run("peek", "peek").expect(Failures.DONE));
            assertHarmless(qight.run("stat", "peek").expect(Failures.DONE));
            assertHarmless(qight.run("peek", "peek", "--json").expect(Failures.DONE));
            assertHarmless(qight.run("fetch", "fetch").expect(Failures.DONE));
            assertHarmless(
                    qight.run("subscribe", "subscribe", "--max", "1", "--json")
                            .expect(Failures.DONE));
            assertHarmless(qight.run("fetch", "a" + ESCAPE).expect(Failures.FAILED));
            relay.terminate();
            assertHarmless(relay.said());
        }
    }

    private static void assertHarmless(Program.Result result) {
        assertThat(result.text() + result.errors()).isNotEmpty();
        assertHarmless(result.text());
        assertHarmless(result.errors());
    }

    private static void assertHarmless(String text) {
        assertThat(text.chars().filter(c -> c != '\n' && c != '\t'))
                .as(text)
                .noneMatch(Character::isISOControl);
    }

    /** All files that there are, but for those in which the store keeps what it is sent. */
    private Set<String> tree() throws IOException {
        Path segments = home.resolve("data").resolve("store");
        try (Stream<Path> paths = Files.walk(home)) {
            return paths.filter(path -> !segments.equals(path.getParent()))
                    .map(path -> home.relativize(path).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static MessageEnvelope.Builder envelope(String mailbox) {
        assertThat(mailbox.getBytes(UTF_8)).hasSizeLessThanOrEqualTo(255);
        return MessageEnvelope.builder().recipient(mailbox);
    }

    private static RelayClient connect(RunningRelay relay) throws Exception {
        return RelayClient.connect(relay.address(), trusting(relay));
    }

    private static ClientConfig trusting(RunningRelay relay) {
        return ClientConfig.defaults().withTrust(Trust.fingerprint(relay.fingerprint()));
    }
}
