package io.qight.testkit.promises;

import static io.qight.testkit.promises.StoringTest.breaks;
import static io.qight.testkit.promises.StoringTest.keeps;

import org.junit.jupiter.api.Test;

/** Promises 2 and 3 at the receivers: comes again until it is acked, and never after. */
class DeliveringTest {
    private final Scene scene = new Scene();

    @Test
    void whatWasDeliveredNotAckedAndIsGoneIsLost() {
        breaks(2, "not acked, and is gone", scene.stored(1).deliver(1, 1).drained());
        keeps(new Scene().stored(1).deliver(1, 1).found(1).drained());
        keeps(new Scene().stored(1).deliver(1, 1).acking("s", 1).drained());
    }

    @Test
    void aDeliveryProvesThatItWasStored() {
        breaks(2, "not acked, and is gone", scene.send(1).deliver(1, 1).drained());
    }

    @Test
    void whatWasNackedAsDeadIsWithTheDeadLetters() {
        scene.stored(1).deliver(1, 1).history.nacking("s", 1, true);
        breaks(2, "not acked, and is gone", scene.drained());
        keeps(scene.dead(1, 0).drained());
    }

    @Test
    void whatIsAckedNeverComesAgain() {
        scene.stored(1).deliver(1, 1).ack("s", 1);
        breaks(2, "came again after its ack", scene.deliver("t", 1, 1, 2, 0));
    }

    @Test
    void whatIsAckedIsNotFoundAgain() {
        scene.stored(1).deliver(1, 1).ack("s", 1);
        breaks(2, "still there", scene.found(1).drained());
        breaks(2, "still there", new Scene().stored(1).deliver(1, 1).ack("s", 1).dead(1, 3));
    }

    @Test
    void aRelayThatEndsMayLeaveADeadLetterBesideItsEnvelope() {
        scene.stored(1).deliver(1, 1).history.nacking("s", 1, true);
        scene.restart().connected("t").deliver("t", 1, 1, 1, 0).ack("t", 1);
        keeps(scene.dead(1, 1).drained());
    }

    @Test
    void whatIsAckedDoesNotComeAgainAfterARestart() {
        scene.stored(1).deliver(1, 1).ack("s", 1).at(20).restart().at(40).connected("t");
        breaks(2, "came again after its ack", scene.at(45).deliver("t", 1, 1));
    }

    @Test
    void aDeliveryUnderWayMayArriveAfterTheAckOfAnEarlierOne() {
        scene.stored(1).deliver(1, 1).at(500).lost("s").connected("s");
        keeps(scene.at(510).ack("s", 1).at(560).deliver("s", 2, 1, 2, 0));
        breaks(2, "came again after its ack", scene.at(561).deliver("s", 3, 1, 3, 0));
    }

    @Test
    void aDeliveryOnANewConnectionIsNotUnderWaySinceBefore() {
        scene.stored(1).deliver(1, 1).at(500).lost("s").connected("s").ack("s", 1);
        scene.lost("s").connected("s");
        breaks(2, "came again after its ack", scene.deliver("s", 2, 1, 2, 0));
    }

    @Test
    void whatIsNotAckedComesAgainWhenItsLeaseMayHaveEnded() {
        keeps(scene.stored(1).deliver(1, 1).at(950).deliver("s", 2, 1, 2, 1));
        keeps(new Scene().stored(1).deliver(1, 1).lost("s").deliver("t", 1, 1, 2, 0));
        keeps(new Scene().stored(1).deliver(1, 1).restart().deliver("t", 1, 1, 1, 0));
        keeps(new Scene().stored(1).deliver(1, 1).nack("s", 1).deliver("s", 2, 1, 2, 1));
        Scene told = new Scene().stored(1).deliver(1, 1);
        told.history.leaseLost("s", 1);
        keeps(told.deliver("t", 1, 1, 2, 0));
    }

    @Test
    void aLossMayBeNoticedLate() {
        keeps(scene.stored(1).deliver(1, 1).at(100).deliver("t", 1, 1, 2, 0).at(300).lost("s"));
    }

    @Test
    void twoReceiversDoNotHaveItAtOnce() {
        scene.stored(1).deliver(1, 1).at(949).deliver("t", 1, 1, 2, 0);
        breaks(3, "while it was leased", scene);
        Scene lostBefore = new Scene().stored(1).lost("s").connected("s").at(51).deliver(1, 1);
        breaks(3, "while it was leased", lostBefore.at(900).deliver("t", 1, 1, 2, 0));
    }

    @Test
    void oneOfTwoAcksAloneRemovesIt() {
        scene.stored(1).deliver(1, 1).lost("s").deliver("t", 1, 1, 2, 0).ack("t", 1);
        keeps(scene.acking("s", 1));
        breaks(3, "two acks", scene.ack("s", 1));
    }

    @Test
    void aTimeIsCountedOnceInARun() {
        scene.stored(1).deliver(1, 1).nack("s", 1);
        breaks(3, "twice as number 1", scene.deliver("s", 2, 1, 1, 1));
    }

    @Test
    void aNewRunCountsAnew() {
        scene.connected("s").stored(1).deliver(1, 1).restart().lost("s").connected("s");
        keeps(scene.deliver("s", 2, 1, 1, 0));
        breaks(3, "twice as number 1", scene.nack("s", 2).deliver("s", 3, 1, 1, 1));
    }

    @Test
    void inWhichRunADeliveryWasMadeMayBeUnknown() {
        scene.stored(1).deliver(1, 1).restart().deliver("s", 2, 1, 1, 0).nack("s", 2);
        keeps(scene.deliver("s", 3, 1, 1, 1));
    }

    @Test
    void anAckThatWasNotGivenIsNotConfirmed() {
        scene.stored(1).deliver(1, 1).history.acked("s", 1);
        breaks(2, "was not acked", scene);
        Scene unknown = new Scene();
        unknown.history.acked("s", 9);
        breaks(2, "never given", unknown);
    }

    @Test
    void countersAddUp() {
        scene.history.counted(new Counts("bob", 2, 10, 3, 4, 2, 1, 1, 1));
        keeps(scene);
        scene.history.counted(new Counts("bob", 2, 10, 3, 4, 2, 1, 1, 0));
        breaks(2, "do not add up: 12 came, 11", scene);
    }
}
