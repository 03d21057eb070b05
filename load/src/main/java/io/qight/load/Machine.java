package io.qight.load;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this machine says of itself, each under the name that reports use. */
public final class Machine {
    static final String UNKNOWN = "unknown";

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final Pattern MODEL = Pattern.compile("(?m)^model name\\s*: (.+)$");

    private Machine() {}

    /** All of it; the store's directory may be unknown. */
    public static Map<String, String> facts(Optional<Path> store) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("java", java());
        facts.put("java options", String.join(" ", options()));
        facts.put("system", property("os.name") + " " + property("os.version"));
        facts.put("processor", processor() + ", " + property("os.arch"));
        facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        facts.put("memory", memory());
        facts.put("file system of the store", store.map(Machine::fileSystem).orElse(UNKNOWN));
        return facts;
    }

    private static String java() {
        return property("java.runtime.version")
                + " ("
                + property("java.vm.name")
                + ", "
                + property("java.vendor")
                + ")";
    }

    private static java.util.List<String> options() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> !option.startsWith("-Dqight."))
                .toList();
    }

    /** Only Linux is asked. */
    private static String processor() {
        return ProcessUse.read(PROCESSORS)
                .map(MODEL::matcher)
                .filter(Matcher::find)
                .map(matcher -> matcher.group(1).strip())
                .orElse(UNKNOWN);
    }

    private static String memory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? String.format(Locale.ROOT, "%.1f GiB", system.getTotalMemorySize() / 0x1p30)
                : UNKNOWN;
    }

    private static String fileSystem(Path directory) {
        try {
            FileStore store = Files.getFileStore(directory);
            return store.type() + " on " + store.name();
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static String property(String name) {
        return System.getProperty(name, UNKNOWN);
    }
}
