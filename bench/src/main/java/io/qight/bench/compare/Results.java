package io.qight.bench.compare;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What all measurements gave. On one thread. */
final class Results {
    private final Map<Row, Map<String, Map<Figure, List<Double>>>> values =
            new EnumMap<>(Row.class);
    private final List<String> remarks = new ArrayList<>();

    /** One measurement. */
    void add(Row row, String contender, Measured measured) {
        Map<Figure, List<Double>> ofContender =
                values.computeIfAbsent(row, any -> new LinkedHashMap<>())
                        .computeIfAbsent(contender, any -> new EnumMap<>(Figure.class));
        measured.figures()
                .forEach((figure, value) ->
                        ofContender.computeIfAbsent(figure, any -> new ArrayList<>()).add(value));
        if (!measured.whole()) {
            remark(row, contender, "once, not all that was sent was answered and received");
        }
    }

    /** Something that a reader must know, a failed measurement above all. */
    void remark(Row row, String contender, String sentence) {
        remarks.add(contender + ", " + row.text() + ": " + sentence);
    }

    /** The rows with any value. */
    Set<Row> rows() {
        return values.keySet();
    }

    /** The contenders with any value in a row, in the order of the first round. */
    Set<String> contenders(Row row) {
        return values.getOrDefault(row, Map.of()).keySet();
    }

    /** What was measured, in order; empty if nothing was. */
    double[] values(Row row, String contender, Figure figure) {
        return values
                .getOrDefault(row, Map.of())
                .getOrDefault(contender, Map.of())
                .getOrDefault(figure, List.of())
                .stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    /** All remarks, in order. */
    List<String> remarks() {
        return List.copyOf(remarks);
    }
}
