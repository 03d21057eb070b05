package io.qight.testkit;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.atomic.LongAdder;

/** How often what happened to packets. Thread-safe. */
final class PacketCounts {
    private final Map<Direction, Map<PacketEvent, LongAdder>> counts =
            new EnumMap<>(Direction.class);

    PacketCounts() {
        for (Direction direction : Direction.values()) {
            Map<PacketEvent, LongAdder> events = new EnumMap<>(PacketEvent.class);
            for (PacketEvent event : PacketEvent.values()) {
                events.put(event, new LongAdder());
            }
            counts.put(direction, events);
        }
    }

    void add(Direction direction, PacketEvent event) {
        counter(direction, event).increment();
    }

    long of(Direction direction, PacketEvent event) {
        return counter(direction, event).sum();
    }

    /** What is not zero: {@code to relay: 12 arrived, 12 passed; to client: nothing}. */
    @Override
    public String toString() {
        StringJoiner both = new StringJoiner("; ");
        for (Direction direction : Direction.values()) {
            StringJoiner one = new StringJoiner(", ");
            one.setEmptyValue("nothing");
            for (PacketEvent event : PacketEvent.values()) {
                long count = of(direction, event);
                if (count > 0) {
                    one.add(count + " " + words(event));
                }
            }
            both.add(words(direction) + ": " + one);
        }
        return both.toString();
    }

    private LongAdder counter(Direction direction, PacketEvent event) {
        return Objects.requireNonNull(Objects.requireNonNull(counts.get(direction)).get(event));
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
