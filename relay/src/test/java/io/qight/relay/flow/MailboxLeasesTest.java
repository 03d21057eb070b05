package io.qight.relay.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.store.Operation;
import io.qight.store.Removal;
import org.junit.jupiter.api.Test;

class MailboxLeasesTest {
    private final MailboxLeases leases = new MailboxLeases();

    @Test
    void nothingLeasedHindersNobody() {
        assertThat(leases.stepOver(-1)).isEqualTo(-1);
        assertThat(leases.limit(-1, 90)).isEqualTo(90);
        assertThat(leases.isEmpty()).isTrue();
    }

    @Test
    void stretchesInARowAreSteppedOverTogether() {
        leases.add(stretch(0, 9));
        leases.add(stretch(10, 19));
        leases.add(stretch(30, 39));
        assertThat(leases.stepOver(-1)).isEqualTo(19);
        assertThat(leases.stepOver(12)).isEqualTo(19);
        assertThat(leases.stepOver(25)).isEqualTo(25);
        assertThat(leases.stepOver(29)).isEqualTo(39);
    }

    @Test
    void readStopsBeforeTheNextStretch() {
        leases.add(stretch(30, 39));
        assertThat(leases.limit(19, 90)).isEqualTo(29);
        assertThat(leases.limit(39, 90)).isEqualTo(90);
        assertThat(leases.limit(5, 20)).isEqualTo(20);
    }

    @Test
    void removedStretchIsFreeAgain() {
        Stretch first = stretch(0, 9);
        leases.add(first);
        leases.add(stretch(10, 19));
        leases.remove(first);
        assertThat(leases.stepOver(-1)).isEqualTo(-1);
        assertThat(leases.limit(-1, 90)).isEqualTo(9);
        assertThat(leases.leased()).isEqualTo(2);
    }

    @Test
    void whatIsLeftOutIsLeasedNoLonger() {
        Stretch stretch = stretch(0, 9);
        leases.add(stretch);
        stretch.leaveOut(9);
        assertThat(leases.leased()).isEqualTo(1);
        assertThat(stretch.removals())
                .containsExactly(new Operation.Remove("bob", 0, Removal.ACKED));
    }

    private static Stretch stretch(long first, long last) {
        return new Stretch("bob", first, last, new long[] {first, last});
    }
}
