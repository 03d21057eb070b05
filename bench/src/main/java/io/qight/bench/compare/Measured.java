package io.qight.bench.compare;

import java.util.Map;

/**
 * What one measurement gave.
 *
 * @param figures those of its row
 * @param whole whether all that was sent was answered, and received where there was a receiver
 */
record Measured(Map<Figure, Double> figures, boolean whole) {
    /** Copies the map. */
    Measured {
        figures = Map.copyOf(figures);
    }
}
