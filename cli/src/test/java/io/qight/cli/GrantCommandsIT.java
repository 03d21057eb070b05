package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Grants from the command line, with a relay that is killed in between. */
class GrantCommandsIT {
    private static final String NOT_ALLOWED = "(not_allowed)";

    @TempDir private Path home;

    @Test
    void whatOwnersLayDownSurvivesSigkill() throws Exception {
        Program qight = new Program(home);
        String mailbox = line(qight.run("keygen", "me.pem"));
        String key = line(qight.run("keygen", "shop.pem"));
        grant(qight, key, "shop.grant");
        grant(qight, key, "taken-back.grant");

        try (RunningRelay relay = RunningRelay.start(qight)) {
            assertThat(send(qight, relay, mailbox, "taken-back.grant").exitCode()).isZero();
            assertThat(owner(qight, relay, "demand-grants", "on").exitCode()).isZero();
            assertThat(owner(qight, relay, "revoke", "taken-back.grant").exitCode()).isZero();
            relay.kill();
        }
        try (RunningRelay relay = RunningRelay.start(qight)) {
            Program.Result stranger =
                    qight.run("send", "--relay", relay.address(), mailbox, "let me in");
            assertThat(stranger.exitCode()).isEqualTo(Failures.FAILED);
            assertThat(stranger.errors()).contains(NOT_ALLOWED, "demands a grant");
            Program.Result revoked = send(qight, relay, mailbox, "taken-back.grant");
            assertThat(revoked.exitCode()).isEqualTo(Failures.FAILED);
            assertThat(revoked.errors()).contains(NOT_ALLOWED, "taken back");
            assertThat(send(qight, relay, mailbox, "shop.grant").exitCode()).isZero();

            assertThat(owner(qight, relay, "demand-grants", "off").exitCode()).isZero();
            relay.kill();
        }
        try (RunningRelay relay = RunningRelay.start(qight)) {
            assertThat(qight.run("send", "--relay", relay.address(), mailbox, "hello").exitCode())
                    .isZero();
            Program.Result fetched = owner(qight, relay, "fetch", mailbox);
            assertThat(fetched.text().lines())
                    .containsExactly(
                            "unsigned: taken-back.grant",
                            "unsigned: shop.grant",
                            "unsigned: hello");
            assertThat(relay.terminate()).isZero();
        }
    }

    @Test
    void wrongFilesAndOptionsAreToldOf() throws IOException {
        Program qight = new Program(home);
        String mailbox = line(qight.run("keygen", "me.pem"));
        String key = line(qight.run("keygen", "shop.pem"));
        grant(qight, key, "shop.grant");

        Program.Result lacking = qight.run("send", mailbox, "x", "--grant", "shop.grant");
        assertThat(lacking.exitCode()).isEqualTo(Failures.USAGE);
        Program.Result otherKey =
                qight.run("send", mailbox, "x", "--grant", "shop.grant", "--grant-key", "me.pem");
        assertThat(otherKey.exitCode()).isEqualTo(Failures.FAILED);
        assertThat(otherKey.errors()).contains("is not for the key");
        Program.Result noGrant =
                qight.run("send", mailbox, "x", "--grant", "me.pem", "--grant-key", "shop.pem");
        assertThat(noGrant.exitCode()).isEqualTo(Failures.FAILED);
        assertThat(noGrant.errors()).contains("qight-grant:");
        List<String> grant = List.of("grant", "--identity", "me.pem", "--for");
        assertThat(with(qight, grant, "me").exitCode()).isEqualTo(Failures.USAGE);
        assertThat(with(qight, grant, key, "--expires", "367d").exitCode())
                .isEqualTo(Failures.USAGE);
        assertThat(with(qight, grant, key, "--rate", "fast").exitCode()).isEqualTo(Failures.USAGE);
        assertThat(with(qight, grant, key, "--size", "0").exitCode()).isEqualTo(Failures.USAGE);
        assertThat(qight.run("grant", "--for", key).exitCode()).isEqualTo(Failures.USAGE);
    }

    private static Program.Result with(Program qight, List<String> first, String... more) {
        List<String> arguments = new ArrayList<>(first);
        arguments.addAll(List.of(more));
        return qight.run(arguments.toArray(String[]::new));
    }

    private void grant(Program qight, String key, String file) throws IOException {
        Program.Result granted =
                qight.run("grant", "--identity", "me.pem", "--for", key, "--rate", "5/10m");
        Files.write(home.resolve(file), granted.expect(Failures.DONE).output());
    }

    private static Program.Result send(
            Program qight, RunningRelay relay, String mailbox, String grant) throws Exception {
        return qight.run(
                "send",
                "--relay",
                relay.address(),
                mailbox,
                grant,
                "--grant",
                grant,
                "--grant-key",
                "shop.pem");
    }

    private static Program.Result owner(
            Program qight, RunningRelay relay, String command, String argument) throws Exception {
        return qight.run(command, "--relay", relay.address(), "--identity", "me.pem", argument);
    }

    private static String line(Program.Result result) {
        return result.expect(Failures.DONE).text().strip();
    }
}
