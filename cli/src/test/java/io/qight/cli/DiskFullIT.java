package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A relay whose store is on a small file system of its own, made in a mount namespace. */
class DiskFullIT {
    private static final int PAYLOAD_BYTES = 400_000;
    private static final int SENDS_MAX = 100;

    @TempDir private Path home;

    @Test
    void aFullDiskRefusesSendsAndFetchesMakeRoom() throws Exception {
        Path store = Files.createDirectories(home.resolve("data").resolve("store"));
        List<String> onSmallDisk =
                List.of(
                        "unshare",
                        "--user",
                        "--map-root-user",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=12m tmpfs \"$0\" && exec \"$@\"",
                        store.toString());
        assumeThat(works(onSmallDisk))
                .as("needs unshare(1) and the right to mount a tmpfs in a user namespace")
                .isTrue();
        Program onDisk = new Program(home).within(onSmallDisk);
        try (RunningRelay relay = RunningRelay.start(onDisk, "--segment", "1MiB")) {
            Program qight = new Program(home).with("QIGHT_RELAY", relay.address());
            byte[] payload = new byte[PAYLOAD_BYTES];
            int stored = 0;
            Program.Result send = qight.run(payload, "send", "bob", "-");
            while (send.exitCode() == Failures.DONE && stored < SENDS_MAX) {
                stored++;
                send = qight.run(payload, "send", "bob", "-");
            }
            assertThat(stored).isBetween(4, SENDS_MAX - 1);
            assertThat(send.expect(Failures.RETRY).errors()).contains("(store_full)");
            assertThat(qight.run("fetch", "bob", "--raw").expect(Failures.DONE).output())
                    .hasSize(stored * PAYLOAD_BYTES);
            // The space comes back beside the relay's other work, so soon and not at once.
            Program.Result again = qight.run(payload, "send", "bob", "-");
            for (int i = 0; i < SENDS_MAX && again.exitCode() == Failures.RETRY; i++) {
                again = qight.run(payload, "send", "bob", "-");
            }
            again.expect(Failures.DONE);
        }
    }

    private static boolean works(List<String> wrapper) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(wrapper));
        builder.command().add("true");
        try {
            Process process = builder.redirectErrorStream(true).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
