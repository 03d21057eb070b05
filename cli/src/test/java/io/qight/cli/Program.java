package io.qight.cli;

import io.qight.identity.Identity;
import io.qight.identity.IdentityFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs {@code qight} as its users do: as a process, by its launcher, with an environment. */
final class Program {
    private static final long TIMEOUT_SECONDS = 60;
    private static final String JAVA_OPTIONS = "QIGHT_JAVA_OPTS";

    private final Map<String, String> environment = new TreeMap<>();
    private final List<String> wrapper = new ArrayList<>();
    private Path launcher = Distribution.launcher();
    private Path directory;

    /**
     * With a home of its own, so that nothing of this machine's user is touched, and with the quick
     * compiler alone: most of these processes end long before the other one has paid off, and all
     * together it would cost minutes. Tests of the launcher's own options say {@link #asInstalled}.
     */
    Program(Path home) {
        this.directory = home;
        with("JAVA_HOME", System.getProperty("java.home"));
        with("HOME", home.toString());
        with("QIGHT_DATA", home.resolve("data").toString());
        with("XDG_CACHE_HOME", Distribution.cache().toString());
        with(JAVA_OPTIONS, "-XX:TieredStopAtLevel=1");
    }

    /** On a Java virtual machine with the launcher's options and no others, as users run it. */
    Program asInstalled() {
        environment.remove(JAVA_OPTIONS);
        return this;
    }

    Program with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Program launcher(Path file) {
        launcher = file;
        return this;
    }

    Program directory(Path workingDirectory) {
        directory = workingDirectory;
        return this;
    }

    /** Runs the launcher by another program, whose arguments end with the launcher's. */
    Program within(List<String> command) {
        wrapper.addAll(command);
        return this;
    }

    /** A new identity in a file of the working directory, made by this process; its address. */
    String identity(String file) {
        Identity identity = Identity.generate(new SecureRandom());
        Path path = directory.resolve(file);
        try {
            Files.deleteIfExists(path);
            IdentityFile.write(identity, path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return identity.key().address();
    }

    /** Runs to the end with nothing on standard input. */
    Result run(String... arguments) {
        return run(new byte[0], arguments);
    }

    /** Runs to the end. */
    Result run(byte[] input, String... arguments) {
        Process process = start(arguments);
        try {
            CompletableFuture<byte[]> output = readAll(process.getInputStream());
            CompletableFuture<byte[]> errors = readAll(process.getErrorStream());
            try (var in = process.getOutputStream()) {
                in.write(input);
            } catch (IOException e) {
                // A program that ends without reading its input closes the pipe.
            }
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("qight " + List.of(arguments) + " did not end");
            }
            return new Result(
                    process.exitValue(),
                    output.get(TIMEOUT_SECONDS, TimeUnit.SECONDS),
                    new String(
                            errors.get(TIMEOUT_SECONDS, TimeUnit.SECONDS), StandardCharsets.UTF_8));
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Starts and returns at once. */
    Process start(String... arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.add(launcher.toString());
        Collections.addAll(command, arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("QIGHT_"));
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CompletableFuture<byte[]> readAll(InputStream in) {
        return CompletableFuture.supplyAsync(() -> {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try {
                in.transferTo(out);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return out.toByteArray();
        });
    }

    /**
     * How a run ended.
     *
     * @param exitCode its exit code
     * @param output its standard output
     * @param errors its standard error
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Result(int exitCode, byte[] output, String errors) {
        String text() {
            return new String(output, StandardCharsets.UTF_8);
        }

        /** Fails, with all that was said, unless the code is this one. */
        Result expect(int code) {
            if (exitCode != code) {
                throw new AssertionError(
                        "exit code " + exitCode + ", not " + code + "\n" + text() + errors);
            }
            return this;
        }
    }
}
