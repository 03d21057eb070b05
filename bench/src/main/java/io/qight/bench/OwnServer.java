package io.qight.bench;

import io.qight.transport.Trust;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A server of a distribution, on a free port of this machine, in a process of its own. */
final class OwnServer implements AutoCloseable {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final Process process;
    private final int port;

    private OwnServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** A relay that keeps its files in this directory, for any number of clients. */
    static OwnServer relay(Path distribution, Path data) throws IOException {
        return relay(
                qight(
                        distribution,
                        data,
                        "relay",
                        "--listen",
                        "127.0.0.1:0",
                        "--connections",
                        "1000000",
                        "--connections-per-address",
                        "1000000",
                        "--connects-per-address",
                        "1000000"));
    }

    /** The relay that this command starts on a free port. */
    static OwnServer relay(ProcessBuilder command) throws IOException {
        return start(command, Pattern.compile("listens at .*:(\\d+) .*"));
    }

    /** The raw echo, which keeps its certificate in this directory. */
    static OwnServer echo(Path distribution, Path directory) throws IOException {
        return start(
                qight(distribution, directory, "echo", directory.toString()),
                Pattern.compile("echo at (\\d+) .*"));
    }

    /** A command of the distribution, with files and archive of classes in this directory. */
    static ProcessBuilder qight(Path distribution, Path data, String... arguments) {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Stream.concat(
                                        Stream.of(distribution.resolve("bin/qight").toString()),
                                        Stream.of(arguments))
                                .collect(Collectors.toList()));
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("QIGHT_DATA", data.toString());
        builder.environment().put("XDG_CACHE_HOME", data.resolveSibling("cache").toString());
        return builder;
    }

    int port() {
        return port;
    }

    /** Trusts the certificate that the server has made in its directory. */
    static Trust trust(Path data) throws IOException {
        try (Stream<Path> files = Files.list(data)) {
            List<Path> certificates =
                    files.filter(file -> file.toString().endsWith("-cert.pem")).toList();
            return Trust.certificate(certificates.get(0));
        }
    }

    /** The process's resident memory in bytes, by what Linux says. */
    long residentBytes() throws IOException {
        String status = Files.readString(Path.of("/proc/" + process.pid() + "/status"));
        Matcher resident = RESIDENT.matcher(status);
        if (!resident.find()) {
            throw new IOException("the memory of process " + process.pid() + " is not known");
        }
        return Long.parseLong(resident.group(1)) << 10;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }

    private static OwnServer start(ProcessBuilder command, Pattern ready) throws IOException {
        Process process = command.redirectErrorStream(true).start();
        BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            Matcher listens = ready.matcher(line);
            if (listens.find()) {
                return new OwnServer(process, Integer.parseInt(listens.group(1)));
            }
        }
        throw new IOException(command.command() + " did not start");
    }
}
