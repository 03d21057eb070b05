package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RangesTest {
    @Test
    void neighboursBecomeOneRange() {
        assertThat(Ranges.ofSorted(new long[] {1, 2, 3, 5, 7, 8}))
                .isEqualTo(
                        new Ranges(
                                List.of(
                                        new Ranges.Range(1, 3),
                                        new Ranges.Range(5, 5),
                                        new Ranges.Range(7, 8))));
        assertThat(Ranges.ofSorted(new long[0]).list()).isEmpty();
        assertThat(Ranges.of(4, 9).last()).isEqualTo(9);
    }

    @Test
    void rangesGrow() {
        Ranges.Range three = new Ranges.Range(3, 5);
        assertThatIllegalArgumentException().isThrownBy(() -> new Ranges.Range(0, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new Ranges.Range(2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Ranges.of(1, Varint.MAX + 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Ranges(List.of(three, new Ranges.Range(5, 6))));
        assertThatIllegalArgumentException().isThrownBy(() -> new Ranges(List.of(three, three)));
    }
}
