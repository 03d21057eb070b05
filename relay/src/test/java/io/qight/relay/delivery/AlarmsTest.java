package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AlarmsTest {
    private final Alarms alarms = new Alarms();
    private final List<String> rung = new ArrayList<>();

    @Test
    void ringInTheOrderOfTheirTimesAndThenOfTheirSetting() {
        set(20, "c");
        set(10, "a");
        set(20, "d");
        set(10, "b");
        assertThat(alarms.nextMillis()).isEqualTo(10);
        alarms.run(9);
        assertThat(rung).isEmpty();
        alarms.run(20);
        assertThat(rung).containsExactly("a", "b", "c", "d");
        assertThat(alarms.nextMillis()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void cancelledOnesDoNotRing() {
        Alarms.Alarm first = set(10, "a");
        set(10, "b");
        alarms.cancel(first);
        alarms.cancel(first);
        alarms.cancel(null);
        alarms.run(10);
        assertThat(rung).containsExactly("b");
    }

    @Test
    void whatAnAlarmSetsRingsTooIfItIsDue() {
        alarms.set(10, at -> set(at, "now"));
        alarms.set(10, at -> set(at + 1, "later"));
        alarms.run(10);
        assertThat(rung).containsExactly("now");
        alarms.run(11);
        assertThat(rung).containsExactly("now", "later");
    }

    @Test
    void oneMayCancelAnotherThatIsDue() {
        Alarms.Alarm[] second = new Alarms.Alarm[1];
        alarms.set(10, at -> alarms.cancel(second[0]));
        second[0] = set(10, "b");
        alarms.run(10);
        assertThat(rung).isEmpty();
    }

    @Test
    void theyAreGivenTheTimeAtWhichTheyRing() {
        alarms.set(10, at -> rung.add("" + at));
        alarms.run(15);
        assertThat(rung).containsExactly("15");
    }

    private Alarms.Alarm set(long atMillis, String name) {
        return alarms.set(atMillis, at -> rung.add(name));
    }
}
