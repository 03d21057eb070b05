package io.qight.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How long {@code qight send} takes, from the call to its end, beside {@link BareClient} with the
 * same flags and an archive of classes of its own: medians of runs that take turns. Arguments: the
 * distribution's directory, and how many runs of each.
 */
public final class StartUp {
    private static final List<String> FLAGS =
            List.of(
                    "-Xshare:auto",
                    "-Xlog:disable",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:-UsePerfData",
                    // As silent as qight send: else Netty looks for other logging libraries.
                    "-Dslf4j.provider=org.slf4j.helpers.NOP_FallbackServiceProvider",
                    "-Dslf4j.internal.verbosity=WARN");

    private final Path distribution;
    private final Path work;
    private final Path data;
    private final String java = System.getProperty("java.home") + "/bin/java";

    private StartUp(Path distribution, Path work) {
        this.distribution = distribution;
        this.work = work;
        this.data = work.resolve("data");
    }

    /** Measures and prints. */
    public static void main(String[] args) throws Exception {
        int runs = Integer.parseInt(args[1]);
        Path work = Files.createTempDirectory("qight-start-up-");
        new StartUp(Path.of(args[0]).toAbsolutePath(), work).measure(runs);
    }

    private void measure(int runs) throws IOException, InterruptedException {
        try (OwnServer relay = OwnServer.relay(distribution, data)) {
            String port = String.valueOf(relay.port());
            List<String> bare = bareCommand(port);
            ProcessBuilder send =
                    OwnServer.qight(
                            distribution,
                            data,
                            "send",
                            "--relay",
                            "127.0.0.1:" + port,
                            "bob",
                            "hello");
            nanos(new ProcessBuilder(withFlag(bare, "-XX:ArchiveClassesAtExit=" + bareArchive())));
            nanos(send);
            ProcessBuilder bareRun =
                    new ProcessBuilder(withFlag(bare, "-XX:SharedArchiveFile=" + bareArchive()));
            long[] bareNanos = new long[runs];
            long[] sendNanos = new long[runs];
            for (int i = 0; i < runs; i++) {
                bareNanos[i] = nanos(bareRun);
                sendNanos[i] = nanos(send);
            }
            double bareMillis = medianMillis(bareNanos);
            double sendMillis = medianMillis(sendNanos);
            System.out.printf(
                    "bare client %.0f ms, qight send %.0f ms: %.2f times (medians of %d)%n",
                    bareMillis, sendMillis, sendMillis / bareMillis, runs);
        }
    }

    /** Jars alone: the virtual machine archives no class of a directory. */
    private List<String> bareCommand(String port) throws IOException {
        String own =
                Path.of(StartUp.class.getProtectionDomain().getCodeSource().getLocation().getPath())
                        .toString();
        String jars;
        try (Stream<Path> files = Files.list(distribution.resolve("lib"))) {
            jars =
                    files.map(Path::toString)
                            .filter(name -> name.contains("netty") || name.contains("slf4j"))
                            .sorted()
                            .collect(Collectors.joining(":"));
        }
        List<String> command = new ArrayList<>(List.of(java));
        command.addAll(FLAGS);
        if (Runtime.version().feature() >= 24) {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(List.of("-cp", own + ":" + jars, BareClient.class.getName()));
        command.addAll(List.of("127.0.0.1", port));
        command.add(data.resolve("relay-cert.pem").toString());
        command.addAll(List.of("bob", "hello"));
        return command;
    }

    private Path bareArchive() {
        return work.resolve("bare.jsa");
    }

    private static List<String> withFlag(List<String> command, String flag) {
        List<String> all = new ArrayList<>(command);
        all.add(1, flag);
        return all;
    }

    private static long nanos(ProcessBuilder builder) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process =
                builder.redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        int exitCode = process.waitFor();
        long nanos = System.nanoTime() - start;
        if (exitCode != 0) {
            throw new IOException(builder.command() + " ended with " + exitCode);
        }
        return nanos;
    }

    private static double medianMillis(long[] nanos) {
        Arrays.sort(nanos);
        return nanos[nanos.length / 2] / 1e6;
    }
}
