package io.qight.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;

/** Which conditions hold when, from the scripts that were run. Pure; times never go back. */
final class Schedule {
    /** When nothing will happen any more. */
    static final long NEVER = Long.MAX_VALUE;

    private final List<NetworkScript.Change> changes = new ArrayList<>();
    private final PriorityQueue<Long> rebindsNanos = new PriorityQueue<>();

    /** What holds by changes that never end and are no longer kept. */
    private final Map<Direction, NetworkConditions> settled = new EnumMap<>(Direction.class);

    private final Map<Direction, NetworkConditions> current = new EnumMap<>(Direction.class);
    private long validUntilNanos = NEVER;

    Schedule() {
        for (Direction direction : Direction.values()) {
            settled.put(direction, NetworkConditions.CLEAN);
            current.put(direction, NetworkConditions.CLEAN);
        }
    }

    /** The script's times count from now. */
    void run(NetworkScript script, long nowNanos) {
        script.changes().forEach(change -> changes.add(change.shifted(nowNanos)));
        changes.sort(Comparator.comparingLong(NetworkScript.Change::startNanos));
        script.rebindsNanos().forEach(moment -> rebindsNanos.add(moment + nowNanos));
        settle(nowNanos);
    }

    NetworkConditions conditions(Direction direction, long nowNanos) {
        if (nowNanos >= validUntilNanos) {
            settle(nowNanos);
        }
        return Objects.requireNonNull(current.get(direction));
    }

    /** When the next rebind is due, or {@link #NEVER}. */
    long nextRebindNanos() {
        return Objects.requireNonNullElse(rebindsNanos.peek(), NEVER);
    }

    /** Whether one or more were due; they are done with then. */
    boolean takeRebind(long nowNanos) {
        boolean due = false;
        while (nextRebindNanos() <= nowNanos) {
            rebindsNanos.remove();
            due = true;
        }
        return due;
    }

    private void settle(long nowNanos) {
        changes.removeIf(change -> change.endNanos() <= nowNanos);
        while (!changes.isEmpty() && settles(changes.get(0), nowNanos)) {
            apply(changes.remove(0), settled);
        }
        current.putAll(settled);
        validUntilNanos = NEVER;
        for (NetworkScript.Change change : changes) {
            if (change.startNanos() > nowNanos) {
                validUntilNanos = Math.min(validUntilNanos, change.startNanos());
            } else {
                apply(change, current);
                validUntilNanos = Math.min(validUntilNanos, change.endNanos());
            }
        }
    }

    private static boolean settles(NetworkScript.Change change, long nowNanos) {
        return change.startNanos() <= nowNanos
                && change.endNanos() == NetworkScript.Change.FOR_EVER;
    }

    private static void apply(
            NetworkScript.Change change, Map<Direction, NetworkConditions> conditions) {
        for (Direction direction : change.directions()) {
            conditions.computeIfPresent(direction, (d, before) -> change.effect().apply(before));
        }
    }
}
