package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SizeClassTest {
    @Test
    void classesAreThoseOfThePaper() {
        // E = 3, S = 2: 1 low bit is zero; then 6, 3: 3 bits; 9, 4: 5 bits; 23, 5: 18 bits.
        assertThat(SizeClass.of(9)).isEqualTo(10);
        assertThat(SizeClass.of(100)).isEqualTo(104);
        assertThat(SizeClass.of(1_000)).isEqualTo(1_024);
        assertThat(SizeClass.of(9_000_000)).isEqualTo(35 << 18);
    }

    @Test
    void aClassHoldsWhatItIsForAndCostsAtMostTwelvePercent() {
        IntStream.range(2, 200_000)
                .forEach(bytes -> {
                    int size = SizeClass.of(bytes);
                    assertThat(size).isBetween(bytes, bytes + bytes * 12 / 100);
                    assertThat(SizeClass.of(size)).isEqualTo(size);
                });
    }

    @Test
    void fewSizesAreLeft() {
        assertThat(IntStream.rangeClosed(1_024, 2_048).map(SizeClass::of).distinct().count())
                .isEqualTo(17);
        assertThat(IntStream.rangeClosed(50, 1_000_000).map(SizeClass::of).distinct().count())
                .isLessThan(350);
    }
}
