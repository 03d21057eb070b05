package io.qight.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool as a process, as docs/testing.md starts it. */
class RoughNetworkToolIT {
    private static final Path PAGE = Path.of("..", "docs", "testing.md");

    @TempDir private Path directory;

    @Test
    void theScriptOfThePageRunsBeforeARelay() throws Exception {
        String page = Files.readString(PAGE);
        String script = page.split("```\n", -1)[1];
        assertThat(script).contains("delay", "rebind");
        Path file = Files.writeString(directory.resolve("rough.txt"), script);
        try (UdpPeer relay = UdpPeer.echo();
                UdpPeer client = UdpPeer.silent()) {
            Process tool =
                    start(
                            "--listen",
                            "127.0.0.1:0",
                            "--to",
                            "127.0.0.1:" + relay.address().getPort(),
                            "--script",
                            file.toString(),
                            "--seed",
                            "7");
            try (BufferedReader said = errorsOf(tool)) {
                String first = said.readLine();
                assertThat(first).startsWith("rough network: listens at 127.0.0.1:");
                int port = Integer.parseInt(first.substring(first.lastIndexOf(':') + 1));
                InetSocketAddress network =
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
                for (int i = 0; i < 50; i++) {
                    client.send(i, network);
                }
                assertThat(client.take(20)).hasSize(20);
                // By its handle: the process itself would close what it says last.
                tool.toHandle().destroy();
                assertThat(said.readLine()).contains("to relay: 50 arrived", "lost", "reordered");
            } finally {
                tool.destroyForcibly().waitFor();
            }
        }
    }

    @Test
    void argumentsThatMakeNoSenseAreNamed() throws Exception {
        assertThat(refused("--listen", "here", "--to", "127.0.0.1:1")).contains("--listen is HOST");
        assertThat(refused("--listen", "127.0.0.1:0")).contains("--to is HOST:PORT");
        assertThat(refused("--speed", "1")).contains("'--speed' is no option");
        Path file = Files.writeString(directory.resolve("bad.txt"), "lose 20%");
        assertThat(
                        refused(
                                "--listen",
                                "127.0.0.1:0",
                                "--to",
                                "127.0.0.1:1",
                                "--script",
                                file.toString()))
                .contains("'lose 20%': ");
    }

    private static String refused(String... arguments) throws Exception {
        Process tool = start(arguments);
        try (BufferedReader said = errorsOf(tool)) {
            String first = said.readLine();
            assertThat(said.readLine()).startsWith("usage: ");
            assertThat(tool.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(tool.exitValue()).isEqualTo(2);
            return first;
        } finally {
            tool.destroyForcibly().waitFor();
        }
    }

    private static Process start(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(Path.of("target", "classes").toString());
        command.add(RoughNetworkTool.class.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    private static BufferedReader errorsOf(Process process) {
        return new BufferedReader(
                new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    }
}
