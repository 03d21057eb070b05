package io.qight.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class PacketDecisionsTest {
    private static final int PACKETS = 20_000;
    private static final int SIZE = 1_200;
    private static final NetworkConditions ROUGH =
            NetworkConditions.CLEAN
                    .withLoss(0.2)
                    .withDuplicate(0.1)
                    .withCorrupt(0.05)
                    .withReorder(0.3, 7)
                    .withDelay(1_000, 100);

    @Test
    void sameSeedAndArrivalsGiveTheSameFates() {
        assertThat(fates(7, 0, Direction.TO_RELAY, ROUGH))
                .isEqualTo(fates(7, 0, Direction.TO_RELAY, ROUGH));
    }

    @Test
    void fatesDifferBySeedFlowAndDirection() {
        List<PacketFate> fates = fates(7, 0, Direction.TO_RELAY, ROUGH);
        assertThat(fates(8, 0, Direction.TO_RELAY, ROUGH)).isNotEqualTo(fates);
        assertThat(fates(7, 1, Direction.TO_RELAY, ROUGH)).isNotEqualTo(fates);
        assertThat(fates(7, 0, Direction.TO_CLIENT, ROUGH)).isNotEqualTo(fates);
    }

    @Test
    void aPacketsFateDoesNotDependOnThoseDecidedBefore() {
        List<PacketFate> all = fates(7, 3, Direction.TO_CLIENT, ROUGH);
        PacketDecisions decisions = new PacketDecisions(7);
        for (int index : new int[] {500, 3, 19_999}) {
            assertThat(decisions.decide(3, Direction.TO_CLIENT, index, SIZE, ROUGH))
                    .isEqualTo(all.get(index));
        }
    }

    @Test
    void oneConditionDoesNotChangeWhatAnotherDecides() {
        List<PacketFate> rough = fates(7, 0, Direction.TO_RELAY, ROUGH);
        List<PacketFate> lossAlone =
                fates(7, 0, Direction.TO_RELAY, NetworkConditions.CLEAN.withLoss(0.2));
        assertThat(lossAlone.stream().map(PacketFate::lost))
                .isEqualTo(rough.stream().map(PacketFate::lost).toList());
    }

    @Test
    void eachHappensAsOftenAsItIsSet() {
        List<PacketFate> fates = fates(7, 0, Direction.TO_RELAY, ROUGH);
        assertThat(part(fates, f -> f.lost() ? 1 : 0)).isCloseTo(0.2, within(0.02));
        assertThat(part(fates, f -> f.duplicated() ? 1 : 0)).isCloseTo(0.1, within(0.02));
        assertThat(part(fates, f -> f.corruptBit() >= 0 ? 1 : 0)).isCloseTo(0.05, within(0.01));
        assertThat(part(fates, f -> f.holdNanos() == 7 ? 1 : 0)).isCloseTo(0.3, within(0.02));
        assertThat(part(fates, PacketFate::delayNanos)).isCloseTo(1_000, within(5.0));
        assertThat(fates).allMatch(f -> f.delayNanos() >= 900 && f.delayNanos() <= 1_100);
        assertThat(fates).allMatch(f -> f.corruptBit() < SIZE * 8);
    }

    @Test
    void allAndNothingAreExact() {
        NetworkConditions all = NetworkConditions.CLEAN.withLoss(1);
        assertThat(fates(1, 0, Direction.TO_RELAY, all)).allMatch(PacketFate::lost);
        assertThat(fates(1, 0, Direction.TO_RELAY, NetworkConditions.CLEAN))
                .allMatch(new PacketFate(false, 0, 0, false, -1)::equals);
    }

    @Test
    void jitterLargerThanTheDelayIsNoDelay() {
        NetworkConditions wild = NetworkConditions.CLEAN.withDelay(10, 1_000);
        assertThat(fates(1, 0, Direction.TO_RELAY, wild)).allMatch(f -> f.delayNanos() >= 0);
    }

    private static List<PacketFate> fates(
            long seed, long flow, Direction direction, NetworkConditions conditions) {
        PacketDecisions decisions = new PacketDecisions(seed);
        List<PacketFate> fates = new ArrayList<>();
        for (int index = 0; index < PACKETS; index++) {
            fates.add(decisions.decide(flow, direction, index, SIZE, conditions));
        }
        return fates;
    }

    private static double part(List<PacketFate> fates, ToDoubleFunction<PacketFate> of) {
        return fates.stream().mapToDouble(of).average().orElseThrow();
    }
}
