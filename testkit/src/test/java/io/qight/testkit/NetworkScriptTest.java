package io.qight.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkScriptTest {
    private static final long MILLI = 1_000_000;

    private final Schedule schedule = new Schedule();

    @Test
    void everyStatementIsRead() {
        run(
                "loss 20%; duplicate 1%; corrupt 0.5%; reorder 5% by 30ms;"
                        + " delay 200ms jitter 50ms; rate 1MB/s queue 64KiB; cut");
        NetworkConditions expected =
                new NetworkConditions(
                        0.2,
                        0.01,
                        0.005,
                        0.05,
                        30 * MILLI,
                        200 * MILLI,
                        50 * MILLI,
                        1_000_000,
                        65_536,
                        true);
        assertThat(at(0)).isEqualTo(expected);
        assertThat(at(1_000_000)).isEqualTo(expected);
    }

    @Test
    void whatIsLeftAwayHasADefault() {
        run("reorder 5%; delay 1s; rate 9kB/s");
        assertThat(at(0))
                .isEqualTo(
                        clean(c ->
                                c.withReorder(0.05, 20 * MILLI)
                                        .withDelay(1_000 * MILLI, 0)
                                        .withRate(9_000, 262_144)));
    }

    @Test
    void aTimeBeginsAndEnds() {
        run("at 2s loss 20% for 5s\nat 3s cut 800ms # and so on\n\n");
        assertThat(at(1_999)).isEqualTo(NetworkConditions.CLEAN);
        assertThat(at(2_000)).isEqualTo(clean(c -> c.withLoss(0.2)));
        assertThat(at(3_000)).isEqualTo(clean(c -> c.withLoss(0.2).withCut()));
        assertThat(at(3_799)).isEqualTo(clean(c -> c.withLoss(0.2).withCut()));
        assertThat(at(3_800)).isEqualTo(clean(c -> c.withLoss(0.2)));
        assertThat(at(7_000)).isEqualTo(NetworkConditions.CLEAN);
    }

    @Test
    void theLaterOfTwoHoldsUntilItEnds() {
        run("at 1s loss 50% for 1s; loss 10%; at 4s loss 30%; at 4s loss 40%");
        assertThat(at(0).loss()).isEqualTo(0.1);
        assertThat(at(1_000).loss()).isEqualTo(0.5);
        assertThat(at(2_000).loss()).isEqualTo(0.1);
        assertThat(at(4_000).loss()).isEqualTo(0.4);
    }

    @Test
    void aDirectionMayBeNamed() {
        run("cut towards relay for 1s; loss 10% for 1s towards client");
        assertThat(at(0)).isEqualTo(clean(NetworkConditions::withCut));
        assertThat(schedule.conditions(Direction.TO_CLIENT, 0))
                .isEqualTo(clean(c -> c.withLoss(0.1)));
    }

    @Test
    void healEndsAllThatBeganBefore() {
        run("loss 10%; cut 9s; at 1s heal; at 2s delay 1ms");
        assertThat(at(999)).isEqualTo(clean(c -> c.withLoss(0.1).withCut()));
        assertThat(at(1_000)).isEqualTo(NetworkConditions.CLEAN);
        assertThat(at(2_000)).isEqualTo(clean(c -> c.withDelay(MILLI, 0)));
        assertThat(at(9_000)).isEqualTo(clean(c -> c.withDelay(MILLI, 0)));
    }

    @Test
    void timesCountFromTheRun() {
        assertThat(at(5_000)).isEqualTo(NetworkConditions.CLEAN);
        schedule.run(NetworkScript.parse("at 1s loss 10% for 1s"), 5_000 * MILLI);
        assertThat(at(5_999)).isEqualTo(NetworkConditions.CLEAN);
        assertThat(at(6_000).loss()).isEqualTo(0.1);
        assertThat(at(7_000)).isEqualTo(NetworkConditions.CLEAN);
    }

    @Test
    void rebindsAreDueOnce() {
        run("at 4s rebind; rebind; at 4s rebind");
        assertThat(schedule.takeRebind(0)).isTrue();
        assertThat(schedule.takeRebind(3_999 * MILLI)).isFalse();
        assertThat(schedule.nextRebindNanos()).isEqualTo(4_000 * MILLI);
        assertThat(schedule.takeRebind(4_000 * MILLI)).isTrue();
        assertThat(schedule.takeRebind(4_000 * MILLI)).isFalse();
        assertThat(schedule.nextRebindNanos()).isEqualTo(Schedule.NEVER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "loss",
                "loss 20",
                "loss 101%",
                "loss 20% 30%",
                "lose 20%",
                "at loss 20%",
                "at 2 loss 20%",
                "delay 20%",
                "delay 2s jitter",
                "rate 1MB",
                "rate 0B/s",
                "rate 5s/s",
                "loss 20% towards bob",
                "rebind for 2s",
                "heal towards relay",
                "cut soon",
                "cut 99999999s",
            })
    void whatCannotBeReadIsNamed(String statement) {
        assertThatThrownBy(() -> NetworkScript.parse("delay 1s;  " + statement + "; rebind"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("'" + statement + "': ");
    }

    private void run(String script) {
        schedule.run(NetworkScript.parse(script), 0);
    }

    private NetworkConditions at(long millis) {
        return schedule.conditions(Direction.TO_RELAY, millis * MILLI);
    }

    private static NetworkConditions clean(UnaryOperator<NetworkConditions> change) {
        return change.apply(NetworkConditions.CLEAN);
    }
}
