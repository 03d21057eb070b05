package io.qight.relay.delivery;

import java.util.Comparator;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** What is to happen at a time, driven by whoever knows the time. */
final class Alarms {
    private static final Comparator<Alarm> BY_TIME =
            Comparator.comparingLong(Alarm::atMillis).thenComparingLong(Alarm::serial);

    private final TreeSet<Alarm> alarms = new TreeSet<>(BY_TIME);
    private long serial;

    /** An action at a time; it is given the time at which it is carried out. */
    record Alarm(long atMillis, long serial, LongConsumer action) {}

    Alarm set(long atMillis, LongConsumer action) {
        Alarm alarm = new Alarm(atMillis, serial++, action);
        alarms.add(alarm);
        return alarm;
    }

    /** The alarm's action is not carried out any more; null is none. */
    void cancel(@Nullable Alarm alarm) {
        if (alarm != null) {
            alarms.remove(alarm);
        }
    }

    /** The earliest time, or {@link Long#MAX_VALUE}. */
    long nextMillis() {
        return alarms.isEmpty() ? Long.MAX_VALUE : alarms.first().atMillis();
    }

    /** How many are set. */
    int size() {
        return alarms.size();
    }

    /** Carries out what is due; what that sets may be due too, and is carried out as well. */
    void run(long nowMillis) {
        while (!alarms.isEmpty() && alarms.first().atMillis() <= nowMillis) {
            Alarm alarm = alarms.first();
            alarms.remove(alarm);
            alarm.action().accept(nowMillis);
        }
    }
}
