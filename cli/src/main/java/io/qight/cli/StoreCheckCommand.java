package io.qight.cli;

import io.qight.store.embedded.StoreCheck;
import io.qight.store.embedded.StoreReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code qight store check}. */
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        description = {
            "Tell what is in the store of a stopped relay, and what of it is damaged.",
            "Every batch and every waiting message is read; nothing is changed."
        },
        footer = {
            "",
            "Exit code 1 if anything is damaged: each damage is a line with file and offset.",
            "",
            "Examples:",
            "  qight store check",
            "  qight store check --json --data /var/lib/qight",
            "  qight store check /backup/qight/store"
        })
final class StoreCheckCommand implements Callable<Integer> {
    @Mixin private DataDirectory data;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "DIR",
            description = "The store itself; if not given, the one in the data directory.")
    private @Nullable Path store;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        StoreReport report =
                StoreCheck.run(store != null ? store : DataDirectory.store(data.path()));
        try (Output out = Output.standard()) {
            if (json) {
                out.line(json(report));
            } else {
                print(report, out);
            }
        }
        return report.isWhole() ? Failures.DONE : Failures.FAILED;
    }

    private static void print(StoreReport report, Output out) throws IOException {
        out.line("messages   " + report.waiting() + " (" + report.waitingBytes() + " bytes)");
        out.line("mailboxes  " + report.mailboxCount());
        out.line("outboxes   " + report.outboxes());
        out.line(
                "files      "
                        + report.segments().size()
                        + " segments, "
                        + report.mediumBytes()
                        + " bytes");
        for (StoreReport.MailboxReport mailbox : report.mailboxes()) {
            out.line(
                    "mailbox    "
                            + mailbox.name()
                            + ": "
                            + mailbox.waiting()
                            + " ("
                            + mailbox.waitingBytes()
                            + " bytes)");
        }
        for (StoreReport.Damage damage : report.damages()) {
            out.line(
                    "DAMAGED    "
                            + damage.file()
                            + " at "
                            + damage.offset()
                            + ": "
                            + damage.what());
        }
        out.line(
                report.isWhole()
                        ? "The store is whole."
                        : "The store is damaged in " + report.damages().size() + " places.");
    }

    private static String json(StoreReport report) {
        return JsonObject.text(object ->
                object.flag("whole", report.isWhole())
                        .number("waiting", report.waiting())
                        .number("waitingBytes", report.waitingBytes())
                        .number("mailboxCount", report.mailboxCount())
                        .number("outboxes", report.outboxes())
                        .number("mediumBytes", report.mediumBytes())
                        .objects(
                                "mailboxes",
                                report.mailboxes(),
                                (one, mailbox) ->
                                        one.text("name", mailbox.name())
                                                .number("waiting", mailbox.waiting())
                                                .number("waitingBytes", mailbox.waitingBytes()))
                        .objects(
                                "segments",
                                report.segments(),
                                (one, segment) ->
                                        one.text("file", segment.file())
                                                .number("bytes", segment.bytes())
                                                .number("usedBytes", segment.usedBytes())
                                                .number("live", segment.live())
                                                .number("liveBytes", segment.liveBytes()))
                        .objects(
                                "damages",
                                report.damages(),
                                (one, damage) ->
                                        one.text("file", damage.file())
                                                .number("offset", damage.offset())
                                                .text("what", damage.what())));
    }
}
