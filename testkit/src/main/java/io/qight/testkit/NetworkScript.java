package io.qight.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * What a {@link RoughNetwork} is to do, and when. Immutable.
 *
 * <p>A script is a list of statements, each on a line of its own or parted by semicolons; what
 * follows {@code #} on a line is a comment. A statement is
 *
 * <pre>
 * [at TIME] loss PART
 * [at TIME] duplicate PART
 * [at TIME] corrupt PART
 * [at TIME] reorder PART [by TIME]
 * [at TIME] delay TIME [jitter TIME]
 * [at TIME] rate SIZE/s [queue SIZE]
 * [at TIME] cut [TIME]
 * [at TIME] heal
 * [at TIME] rebind
 * </pre>
 *
 * <p>and may end with {@code towards relay} or {@code towards client}, else it holds for both
 * directions, and with {@code for TIME}, else it holds until another statement says otherwise.
 * {@code heal} and {@code rebind} are moments and take neither. A PART is {@code 20%} or {@code
 * 0.5%}, a TIME {@code 800ms}, {@code 2s} or {@code 1.5m}, a SIZE {@code 1200B}, {@code 64KiB} or
 * {@code 1MB}. Times count from the moment when the script is run.
 *
 * <p>Of two statements about the same thing the one that began later holds, or of two that began
 * together the one that is written later; when it ends, the earlier one holds again. {@code cut} is
 * {@code cut for}; {@code heal} ends all that began before.
 */
public final class NetworkScript {
    /** Of these the network makes its conditions: a change that holds from start to end. */
    record Change(
            long startNanos,
            long endNanos,
            Set<Direction> directions,
            UnaryOperator<NetworkConditions> effect) {
        static final long FOR_EVER = Long.MAX_VALUE;

        Change(long startNanos, UnaryOperator<NetworkConditions> effect) {
            this(startNanos, FOR_EVER, EnumSet.allOf(Direction.class), effect);
        }

        Change shifted(long nanos) {
            long end = endNanos == FOR_EVER ? FOR_EVER : endNanos + nanos;
            return new Change(startNanos + nanos, end, directions, effect);
        }
    }

    private final List<Change> changes;
    private final List<Long> rebindsNanos;

    private NetworkScript(List<Change> changes, List<Long> rebindsNanos) {
        this.changes = List.copyOf(changes);
        this.rebindsNanos = List.copyOf(rebindsNanos);
    }

    /**
     * Reads a script.
     *
     * @throws IllegalArgumentException if a statement cannot be read; the message names it
     */
    public static NetworkScript parse(String text) {
        List<Change> changes = new ArrayList<>();
        List<Long> rebindsNanos = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            for (String written : line.replaceFirst("#.*", "").split(";", -1)) {
                if (!written.isBlank()) {
                    new ScriptStatement(written.strip()).read(changes, rebindsNanos);
                }
            }
        }
        changes.sort(Comparator.comparingLong(Change::startNanos));
        rebindsNanos.sort(Comparator.naturalOrder());
        return new NetworkScript(changes, rebindsNanos);
    }

    /** One change, at once and for ever. */
    static NetworkScript of(UnaryOperator<NetworkConditions> effect) {
        return new NetworkScript(List.of(new Change(0, effect)), List.of());
    }

    /** In the order of their starts, and of the text. */
    List<Change> changes() {
        return changes;
    }

    /** The moments, in their order. */
    List<Long> rebindsNanos() {
        return rebindsNanos;
    }
}
