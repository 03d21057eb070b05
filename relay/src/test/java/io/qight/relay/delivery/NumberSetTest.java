package io.qight.relay.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.v1.Ranges;
import java.util.List;
import java.util.NavigableSet;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class NumberSetTest {
    private static final int NUMBERS = 60;

    @Test
    void numbersThatFollowEachOtherAreOneRange() {
        NumberSet set = new NumberSet();
        set.add(1);
        set.add(3);
        set.add(2);
        assertThat(set.ranges()).containsExactly(Ranges.of(1, 3));
    }

    @Test
    void rangesMayBeAsLongAsAllNumbers() {
        NumberSet set = NumberSet.of(Ranges.of(1, 1L << 61));
        set.remove(1L << 60);
        assertThat(set.contains(1L << 60)).isFalse();
        assertThat(set.contains((1L << 60) + 1)).isTrue();
        assertThat(set.stepOver(0)).isEqualTo((1L << 60) - 1);
        assertThat(set.limit(5)).isEqualTo(1L << 60);
    }

    @Test
    void manyRangesGoInPieces() {
        NumberSet set = new NumberSet();
        for (int i = 0; i < 3_000; i++) {
            set.add(2L * i + 1);
        }
        List<Ranges> pieces = set.ranges();
        assertThat(pieces).hasSize(3);
        assertThat(pieces.get(0).list()).hasSize(Ranges.RANGES_MAX);
        assertThat(pieces.get(2).last()).isEqualTo(5_999);
    }

    @Test
    void behavesAsAPlainSet() {
        Long only = Long.getLong("qight.seed");
        int cases = 500 * Integer.getInteger("qight.effort", 1);
        for (long seed = 0; seed < cases; seed++) {
            long chosen = only == null ? seed : only;
            check(chosen);
        }
    }

    private static void check(long seed) {
        Random random = new Random(seed);
        NumberSet set = new NumberSet();
        TreeSet<Long> plain = new TreeSet<>();
        for (int step = 0; step < 100; step++) {
            long first = 1L + random.nextInt(NUMBERS);
            long last = Math.min(NUMBERS, first + random.nextInt(6));
            NumberSet other = new NumberSet();
            other.add(first, last);
            boolean removes = random.nextInt(3) == 0;
            if (removes && random.nextBoolean()) {
                set.remove(first, last);
            } else if (removes) {
                set.removeAll(other);
            } else if (random.nextBoolean()) {
                set.addAll(other);
            } else {
                set.add(first, last);
            }
            for (long number = first; number <= last; number++) {
                if (removes) {
                    plain.remove(number);
                } else {
                    plain.add(number);
                }
            }
            compare(seed, set, plain, random);
        }
    }

    private static void compare(long seed, NumberSet set, NavigableSet<Long> plain, Random random) {
        for (long number = 0; number <= NUMBERS + 1; number++) {
            assertThat(set.contains(number))
                    .as("seed %d, number %d", seed, number)
                    .isEqualTo(plain.contains(number));
        }
        long after = random.nextInt(NUMBERS);
        long step = after;
        while (plain.contains(step + 1)) {
            step++;
        }
        assertThat(set.stepOver(after)).as("seed %d, after %d", seed, after).isEqualTo(step);
        Long next = plain.higher(step);
        assertThat(set.limit(step))
                .as("seed %d, limit after %d", seed, step)
                .isEqualTo(next == null ? Long.MAX_VALUE : next - 1);
        NumberSet other = new NumberSet();
        other.add(after, after + 9);
        assertThat(set.intersect(other).ranges().stream().flatMap(FetchClient::numbers))
                .as("seed %d", seed)
                .containsExactlyElementsOf(plain.subSet(after, after + 10));
    }
}
