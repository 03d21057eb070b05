package io.qight.cli;

import io.qight.load.Report;
import io.qight.load.ReportJson;
import io.qight.load.ReportPage;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where {@code qight bench} writes what it measured, beside standard output. */
final class BenchFiles {
    @Option(names = "--json", paramLabel = "FILE", description = "Write all figures as JSON.")
    private @Nullable Path json;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "Write a page with plots, which needs nothing else.")
    private @Nullable Path html;

    /** Makes the files, so that one that cannot be written is noticed before anything runs. */
    void create() throws IOException {
        write(json, out -> {});
        write(html, out -> {});
    }

    void write(Report report) throws IOException {
        write(json, out -> ReportJson.write(report, out));
        write(html, out -> ReportPage.write(report, out));
    }

    private static void write(@Nullable Path file, Writing writing) throws IOException {
        if (file != null) {
            try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
                writing.to(out);
            }
        }
    }

    private interface Writing {
        void to(Writer out) throws IOException;
    }
}
