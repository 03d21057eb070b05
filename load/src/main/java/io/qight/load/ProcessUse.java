package io.qight.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process has used so far; empty where this operating system does not tell.
 *
 * @param cpuNanos processor time
 * @param residentBytes memory that it has now
 * @param writtenBytes what it wrote by system calls, which for a relay is nearly all to files; what
 *     the kernel counts as written to disks is larger by far where it caches files in large parts
 */
public record ProcessUse(
        OptionalLong cpuNanos, OptionalLong residentBytes, OptionalLong writtenBytes) {
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB$");
    private static final Pattern WRITTEN = Pattern.compile("(?m)^wchar: (\\d+)$");

    /** Nothing is known. */
    static final ProcessUse UNKNOWN =
            new ProcessUse(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

    static ProcessUse of(long pid) {
        Path proc = Path.of("/proc", Long.toString(pid));
        return new ProcessUse(
                ProcessHandle.of(pid)
                        .flatMap(process -> process.info().totalCpuDuration())
                        .map(cpu -> OptionalLong.of(cpu.toNanos()))
                        .orElse(OptionalLong.empty()),
                number(proc.resolve("status"), RESIDENT, kib -> kib * 1024),
                number(proc.resolve("io"), WRITTEN, bytes -> bytes));
    }

    /** The number that a pattern finds in a file; empty if there is no such file or number. */
    static OptionalLong number(Path file, Pattern pattern, Function<Long, Long> unit) {
        Optional<Matcher> matcher = read(file).map(pattern::matcher).filter(Matcher::find);
        return matcher.isPresent()
                ? OptionalLong.of(unit.apply(Long.valueOf(matcher.get().group(1))))
                : OptionalLong.empty();
    }

    static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
