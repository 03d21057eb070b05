package io.qight.bench.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Measures contenders in turns: each of them once, row by row, and that for some rounds. */
final class Rounds {
    private final List<Contender> contenders;
    private final List<Row> rows;
    private final Effort effort;
    private final Processes processes;
    private final PrintStream progress;

    Rounds(
            List<Contender> contenders,
            List<Row> rows,
            Effort effort,
            Processes processes,
            PrintStream progress) {
        this.contenders = contenders;
        this.rows = rows;
        this.effort = effort;
        this.processes = processes;
        this.progress = progress;
    }

    /** What there is at the end, or when it was stopped; whether nothing failed. */
    boolean run(int rounds, Results results) throws IOException, InterruptedException {
        boolean allMeasured = true;
        for (int round = 1; round <= rounds; round++) {
            for (Row row : rows) {
                for (Contender contender : contenders) {
                    if (processes.stopped()) {
                        return false;
                    }
                    if (contender.takes(row)) {
                        String turn =
                                round + " of " + rounds + ", " + row + ", " + contender.name();
                        allMeasured &= measure(row, contender, turn, results);
                    }
                }
            }
        }
        return allMeasured;
    }

    private boolean measure(Row row, Contender contender, String turn, Results results)
            throws IOException, InterruptedException {
        try {
            Measured measured = contender.measure(row, effort);
            if (processes.stopped()) {
                return false;
            }
            results.add(row, contender.name(), measured);
            progress.println(turn + ": " + text(row, measured));
            return true;
        } catch (MeasurementFailed e) {
            if (!processes.stopped()) {
                progress.println(turn + ": failed: " + e.getMessage());
                results.remark(row, contender.name(), "once, it failed: " + e.getMessage());
            }
            return false;
        }
    }

    private static String text(Row row, Measured measured) {
        String figures =
                row.figures().stream()
                        .map(figure ->
                                String.format(
                                        Locale.ROOT,
                                        "%,.0f %s",
                                        measured.figures().get(figure),
                                        figure.text()))
                        .collect(Collectors.joining(", "));
        return measured.whole() ? figures : figures + ", not whole";
    }
}
