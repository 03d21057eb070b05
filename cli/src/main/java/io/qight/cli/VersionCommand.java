package io.qight.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/** {@code qight version}. */
@Command(
        name = "version",
        mixinStandardHelpOptions = true,
        description = "Show the version of Qight and of what it runs on.")
final class VersionCommand implements Callable<Integer> {
    @Option(names = "--json", description = "As one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        String java = System.getProperty("java.version");
        String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        try (Output out = Output.standard()) {
            if (json) {
                out.jsonLine(object ->
                        object.text("version", version())
                                .text("java", java)
                                .text("system", system));
            } else {
                out.line("qight " + version());
                out.line("java " + java + ", " + system);
            }
        }
        return Failures.DONE;
    }

    /** The version that the build wrote down. */
    static String version() {
        Properties properties = new Properties();
        try (InputStream in = VersionCommand.class.getResourceAsStream("version.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    /** For {@code qight --version}. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"qight " + version()};
        }
    }
}
