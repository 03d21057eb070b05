package io.qight.testkit.promises;

import static io.qight.testkit.promises.StoringTest.breaks;
import static io.qight.testkit.promises.StoringTest.keeps;

import org.junit.jupiter.api.Test;

/** Promises 4, 5 and 6. */
class TimesAndOrderTest {
    private final Scene scene = new Scene();

    @Test
    void nothingComesAfterItsDeadline() {
        scene.stored(1).at(Scene.TTL + 10);
        keeps(scene.deliver(1, 1));
        breaks(4, "11 ms late", new Scene().stored(1).at(Scene.TTL + 11).deliver(1, 1));
        breaks(4, "11 ms late", new Scene().stored(1).at(Scene.TTL + 11).found(1));
    }

    @Test
    void withoutAReceiptTheWayToTheRelayCounts() {
        keeps(scene.send(1).at(Scene.TTL + 60).deliver(1, 1));
        breaks(4, "11 ms late", new Scene().send(1).at(Scene.TTL + 61).deliver(1, 1));
    }

    @Test
    void theTimeLeftOfADeliveryBindsTheNext() {
        scene.stored(1).at(5);
        scene.history.delivered(new Delivery("s", 1, "bob", "alice", 1, 100, 3_000, 1, 0));
        scene.at(3_015).nack("s", 1);
        keeps(scene.deliver("s", 2, 1, 2, 1));
        breaks(4, "11 ms late", scene.at(3_016).nack("s", 2).deliver("s", 3, 1, 3, 2));
    }

    @Test
    void noMoreTimeIsLeftThanWasGiven() {
        scene.stored(1);
        scene.history.delivered(new Delivery("s", 1, "bob", "alice", 1, 100, Scene.TTL + 1, 1, 0));
        breaks(4, "more time left", scene);
    }

    @Test
    void aClockThatWasSetMovesDeadlines() {
        scene.stored(1).history.clockStepped(-3_600_000);
        keeps(scene.at(Scene.TTL + 3_600_000).deliver(1, 1));
    }

    @Test
    void firstDeliveriesAreInOrder() {
        scene.stored(1).stored(2).stored(3);
        keeps(scene.deliver(1, 1).deliver(2, 2).deliver(3, 3));
        Scene swapped = new Scene().stored(1).stored(2).deliver(1, 2).deliver(2, 1);
        breaks(5, "envelope 1 of alice was first delivered after envelope 2", swapped);
    }

    @Test
    void theRelaysOrderCountsNotTheHandlers() {
        keeps(scene.stored(1).stored(2).deliver(2, 2).deliver(1, 1));
    }

    @Test
    void redeliveriesAreOutsideTheOrder() {
        scene.stored(1).stored(2).deliver("t", 1, 2).nack("t", 1);
        keeps(scene.deliver("s", 2, 2, 2, 1).deliver("s", 3, 1, 2, 0));
    }

    @Test
    void whatHasFailedBeforeARestartMayComeLater() {
        scene.stored(1).stored(2).deliver(1, 1).nack("s", 1).restart().connected("s");
        keeps(scene.deliver("s", 2, 2).deliver("s", 3, 1, 1, 1));
    }

    @Test
    void afterARestartTheOrderHoldsAnew() {
        scene.stored(1).stored(2).deliver(1, 1).deliver(2, 2).restart().connected("s");
        keeps(scene.deliver("s", 3, 1).deliver("s", 4, 2));
        Scene swapped = new Scene().stored(1).stored(2).restart().connected("s");
        breaks(5, "first delivered after", swapped.deliver("s", 3, 2).deliver("s", 4, 1));
    }

    @Test
    void betweenReceiversTheOrderIsHeldWhereTimesTell() {
        scene.stored(1).stored(2).deliver("s", 1, 2);
        keeps(scene.at(50).deliver("t", 1, 1));
        Scene late = new Scene().stored(1).stored(2).deliver("s", 1, 2).at(51);
        breaks(5, "first delivered after", late.deliver("t", 1, 1));
    }

    @Test
    void betweenOutboxesThereIsNoOrder() {
        scene.stored(2).history.sending("carol", 1, "bob", 9, Scene.TTL);
        scene.deliver(1, 2).history.delivered(new Delivery("s", 2, "bob", "carol", 1, 9, 0, 1, 0));
        keeps(scene);
    }

    @Test
    void boundsAreKept() {
        scene.history.measured("credit of s", 64, 64);
        keeps(scene);
        scene.history.measured("credit of s", 65, 64);
        breaks(6, "credit of s is above its bound", scene);
    }

    @Test
    void aNackOrALeaseThatRanOutIsAFailure() {
        keeps(scene.stored(1).deliver(1, 1).nack("s", 1).deliver("s", 2, 1, 2, 1));
        keeps(new Scene().stored(1).deliver(1, 1).at(950).deliver("s", 2, 1, 2, 1));
    }

    @Test
    void aLostConnectionIsNoFailure() {
        scene.stored(1).deliver(1, 1).lost("s").at(500);
        breaks(6, "at most 0", scene.deliver("t", 1, 1, 2, 1));
        Scene restarted = new Scene().stored(1).deliver(1, 1).restart();
        breaks(6, "at most 0", restarted.deliver("t", 1, 1, 1, 1));
    }

    @Test
    void oneNackIsOneFailure() {
        scene.stored(1).deliver(1, 1).nack("s", 1).nack("s", 1);
        breaks(6, "at most 1", scene.deliver("s", 2, 1, 2, 2));
    }

    @Test
    void enoughFailuresLeadToTheDeadLetters() {
        scene.stored(1).deliver(1, 1).nack("s", 1).deliver("s", 2, 1, 2, 1).nack("s", 2);
        breaks(6, "too few failures", scene.dead(1, 3));
        Scene enough = new Scene().stored(1).deliver(1, 1).nack("s", 1);
        enough.deliver("s", 2, 1, 2, 1).nack("s", 2).deliver("s", 3, 1, 3, 2).nack("s", 3);
        keeps(enough.dead(1, 3));
        breaks(6, "too few failures", enough.dead(1, 2));
    }

    @Test
    void aNackAsDeadIsEnough() {
        scene.stored(1).deliver(1, 1).history.nacking("s", 1, true);
        keeps(scene.dead(1, 1).drained());
    }
}
