package io.qight.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A report as lines of text. */
public final class ReportTable {
    private static final int NAME_COLUMNS = 26;
    private static final String PERCENTILES = "%-26s%10s%10s%10s%10s%10s%12s";

    private final List<String> lines = new ArrayList<>();

    private ReportTable() {}

    /** The facts, then each measurement. */
    public static List<String> lines(Report report) {
        ReportTable table = new ReportTable();
        report.facts().forEach(table::row);
        report.outcomes().forEach(table::outcome);
        return table.lines;
    }

    private void outcome(Outcome outcome) {
        lines.add("");
        lines.add(outcome.plan().name() + (outcome.whole() ? "" : " (NOT WHOLE)"));
        row("  plan", plan(outcome.plan()));
        row("  measured for", String.format(Locale.ROOT, "%.1f s", outcome.seconds()));
        rates(outcome);
        row("  envelopes", counts(outcome));
        latencies(outcome);
        consumption(outcome);
    }

    /** What was done, in one line. */
    static String plan(LoadPlan plan) {
        String pace =
                plan.pace() instanceof Pace.Open open
                        ? "open loop, " + Units.perSecond((double) open.perSecond())
                        : "closed loop, window "
                                + Units.count(((Pace.Closed) plan.pace()).window());
        return pace
                + "; senders "
                + plan.senders()
                + ", receivers "
                + plan.receivers()
                + ", mailboxes "
                + plan.mailboxes()
                + "; payload "
                + Units.bytes(plan.payloadBytes())
                + "; backlog "
                + Units.count(plan.backlog())
                + "; warm-up "
                + Units.seconds(plan.warmUp());
    }

    /** How many there were, and what became of them. */
    static String counts(Outcome outcome) {
        StringBuilder text = new StringBuilder();
        text.append(Units.count(outcome.sent())).append(" sent, ");
        text.append(Units.count(outcome.stored())).append(" stored");
        if (outcome.plan().receivers() > 0) {
            text.append(", ").append(Units.count(outcome.received())).append(" received");
        }
        text.append(", ").append(Units.count(outcome.refusedCount())).append(" refused");
        outcome.refused()
                .forEach(
                        (code, count) -> text.append(" (" + Units.count(count) + " " + code + ")"));
        if (outcome.redelivered() > 0) {
            text.append("; ").append(Units.count(outcome.redelivered())).append(" came again");
        }
        return text.toString();
    }

    private void rates(Outcome outcome) {
        row("  stored", Units.perSecond(outcome.storedPerSecond()));
        if (outcome.plan().receivers() > 0) {
            row("  received", Units.perSecond(outcome.receivedPerSecond()));
        }
        outcome.echo()
                .ifPresent(echo ->
                        row(
                                "  raw echo",
                                Units.perSecond(echo.perSecond())
                                        + " of "
                                        + Units.bytes(echo.messageBytes())
                                        + "; beside it: "
                                        + besideEcho(outcome)));
    }

    /** The ratios to the echo: of the rate, or in an open loop of the latency. */
    static String besideEcho(Outcome outcome) {
        if (outcome.rateBesideEcho().isPresent()) {
            return Units.digits(outcome.rateBesideEcho().getAsDouble());
        }
        OptionalDouble median = outcome.latencyBesideEcho(50);
        OptionalDouble tail = outcome.latencyBesideEcho(99);
        return median.isPresent() && tail.isPresent()
                ? "p50 "
                        + Units.digits(median.getAsDouble())
                        + ", p99 "
                        + Units.digits(tail.getAsDouble())
                : "";
    }

    private void latencies(Outcome outcome) {
        lines.add(
                String.format(PERCENTILES, "  latency", "p50", "p90", "p99", "p99.9", "max", "of"));
        latency("    send called late by", outcome.late());
        latency("    send to receipt", outcome.toReceipt());
        latency("    send to handler", outcome.toHandler());
        outcome.echo().ifPresent(echo -> latency("    raw ping-pong", echo.roundTrip()));
    }

    private void latency(String name, Latency latency) {
        if (latency.isEmpty()) {
            return;
        }
        List<String> cells = new ArrayList<>();
        cells.add(name);
        Latency.ASKED_FOR.forEach(percentile -> cells.add(Units.nanos(latency.nanos(percentile))));
        cells.add(Units.count(latency.count()));
        lines.add(String.format(PERCENTILES, cells.toArray()));
    }

    private void consumption(Outcome outcome) {
        Consumption used = Consumption.of(outcome);
        row(
                "  processors",
                "relay "
                        + Units.processors(used.relayProcessors())
                        + ", clients "
                        + Units.processors(used.clientsProcessors()));
        row(
                "  resident memory",
                "relay "
                        + Units.bytes(used.relayResidentBytes())
                        + ", clients "
                        + Units.bytes(used.clientsResidentBytes()));
        row(
                "  bytes on disk",
                "store "
                        + Units.bytes(used.storeBytes())
                        + ", written "
                        + Units.bytes(used.writtenBytes())
                        + each(used.writtenBytes(), outcome));
        row("  bytes on loopback", Units.bytes(used.wireBytes()) + each(used.wireBytes(), outcome));
    }

    private static String each(OptionalLong bytes, Outcome outcome) {
        return bytes.isEmpty() || outcome.stored() == 0
                ? ""
                : " ("
                        + Units.bytes((double) bytes.getAsLong() / outcome.stored())
                        + " an envelope)";
    }

    private void row(String name, String text) {
        lines.add(name + " ".repeat(Math.max(1, NAME_COLUMNS - name.length())) + text);
    }
}
