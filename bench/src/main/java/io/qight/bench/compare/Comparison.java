package io.qight.bench.compare;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is reported: facts, contenders, and their figures beside those of Qight.
 *
 * @param facts by name
 * @param contenders those that were to be measured
 * @param skipped those that could not be had, and why
 * @param results what was measured
 */
record Comparison(
        Map<String, String> facts,
        List<Contender> contenders,
        List<String> skipped,
        Results results) {
    /** How the names of Qight's relays begin: all others stand beside them. */
    static final String OURS = "qight";

    /** The relays that the others are compared with in a row. */
    List<String> ours(Row row) {
        return results.contenders(row).stream().filter(name -> name.startsWith(OURS)).toList();
    }

    /** What was found for one; empty if nothing was. */
    Optional<Interval> median(Row row, String contender, Figure figure) {
        double[] values = results.values(row, contender, figure);
        return values.length == 0 ? Optional.empty() : Optional.of(Bootstrap.ofMedian(values));
    }

    /** Each of ours divided by one, in the order of {@link #ours}. */
    Map<String, Interval> ratios(Row row, String contender, Figure figure) {
        double[] divisor = results.values(row, contender, figure);
        Map<String, Interval> ratios = new LinkedHashMap<>();
        if (divisor.length > 0) {
            for (String own : ours(row)) {
                ratios.put(own, Bootstrap.ofRatio(results.values(row, own, figure), divisor));
            }
        }
        return ratios;
    }
}
