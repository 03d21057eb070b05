package io.qight.testkit.promises;

import static io.qight.testkit.promises.Outcome.DUPLICATE;
import static io.qight.testkit.promises.Outcome.EXPIRED;
import static io.qight.testkit.promises.Outcome.REFUSED;
import static io.qight.testkit.promises.Outcome.STORED;
import static io.qight.testkit.promises.Outcome.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Promises 1 and 3: stored once, as it was sent, and not lost. */
class StoringTest {
    private final Scene scene = new Scene();

    @Test
    void whatIsStoredDeliveredAndAckedIsRight() {
        keeps(scene.stored(1).deliver(1, 1).ack("s", 1).drained());
    }

    @Test
    void whatIsStoredAndWaitsIsRight() {
        keeps(scene.stored(1).stored(2).found(2).found(1).drained());
    }

    @Test
    void whatIsStoredAndGoneIsLost() {
        breaks(1, "never delivered", scene.stored(1).drained());
    }

    @Test
    void aDuplicateIsAsGoodAsStored() {
        breaks(1, "never delivered", scene.send(1).send(1).told(1, DUPLICATE).drained());
    }

    @Test
    void nothingIsLostBeforeTheDrain() {
        keeps(scene.stored(1));
        keeps(scene.drained().stored(2).found(1));
    }

    @ParameterizedTest
    @EnumSource(
            value = Outcome.class,
            names = {"UNKNOWN", "EXPIRED"})
    void whereTheOutcomeIsUnknownEitherIsRight(Outcome outcome) {
        keeps(scene.send(1).told(1, outcome).send(2).told(2, outcome).found(2).send(3).drained());
    }

    @Test
    void whatMayHaveExpiredIsNotLost() {
        keeps(scene.stored(1).at(Scene.TTL - 10).drained());
        breaks(1, "never delivered", new Scene().stored(1).at(Scene.TTL - 11).drained());
    }

    @Test
    void aClockThatWasSetMayEndATimeEarly() {
        scene.stored(1).history.clockStepped(-Scene.TTL);
        keeps(scene.drained());
    }

    @Test
    void whatWasPurgedIsNotLost() {
        scene.stored(1).history.purged("bob");
        keeps(scene.drained());
    }

    @Test
    void whatWasNeverSentIsInvented() {
        breaks(1, "never sent", scene.deliver(1, 7));
        breaks(1, "never sent", new Scene().found(7));
        breaks(3, "never sent", new Scene().told(7, STORED));
    }

    @Test
    void anotherPayloadIsCorrupted() {
        scene.stored(1).history.delivered(new Delivery("s", 1, "bob", "alice", 1, 101, 0, 1, 0));
        breaks(1, "not what was sent", scene);
        Scene drain = new Scene().stored(1);
        drain.history.found("bob", "alice", 1, 101);
        breaks(1, "not what was sent", drain);
    }

    @Test
    void anotherMailboxIsWrong() {
        scene.stored(1).history.delivered(new Delivery("s", 1, "eve", "alice", 1, 100, 0, 1, 0));
        breaks(1, "another mailbox", scene);
    }

    @Test
    void nothingIsToldOrDeliveredBeforeItIsDurable() {
        scene.send(1).history.appended("bob", 5, "alice", 1);
        keeps(scene.told(1, STORED).deliver(1, 1).acking("s", 1));
        breaks(1, "has its receipt before it was durable", scene.stored(2).found(2));
        breaks(1, "was delivered before it was durable", scene.send(3).deliver(3, 3));
    }

    @Test
    void twoReceiptsOfStoredAreADouble() {
        keeps(scene.stored(1).send(1).told(1, DUPLICATE));
        breaks(3, "stored twice", scene.send(1).told(1, STORED));
        breaks(3, "stored twice", new Scene().stored(1).stored(1));
    }

    @Test
    void twoSequencesAreADouble() {
        scene.send(1).history.appended("bob", 5, "alice", 1);
        scene.history.appended("bob", 5, "alice", 1);
        keeps(scene);
        scene.history.appended("bob", 6, "alice", 1);
        breaks(3, "stored twice", scene);
    }

    @Test
    void whatWaitsTwiceIsADouble() {
        breaks(3, "waits twice", scene.stored(1).found(1).found(1).drained());
    }

    @Test
    void aDuplicateNeedsAnEarlierAttempt() {
        keeps(scene.send(1).send(1).told(1, DUPLICATE));
        breaks(3, "sent once", new Scene().send(1).told(1, DUPLICATE));
    }

    @Test
    void aLostConnectionOrARestartMayHideAnAttempt() {
        keeps(scene.send(1).lost("alice").told(1, DUPLICATE));
        keeps(new Scene().send(1).restart().told(1, DUPLICATE));
        keeps(new Scene().send(1).told(1, DUPLICATE).at(200).lost("alice"));
        breaks(3, "sent once", new Scene().send(1).lost("carol").told(1, DUPLICATE));
        breaks(3, "sent once", new Scene().lost("alice").at(1).send(1).told(1, DUPLICATE));
    }

    @Test
    void whatWasRefusedAndIsThereIsALie() {
        keeps(scene.send(1).told(1, REFUSED).drained());
        breaks(3, "not stored, but is", scene.deliver(1, 1));
        breaks(3, "not stored, but is", new Scene().send(1).told(1, REFUSED).found(1));
        breaks(3, "not stored, but is", new Scene().send(1).deliver(1, 1).told(1, REFUSED));
        breaks(3, "not stored, but is", new Scene().stored(1).send(1).told(1, REFUSED));
        breaks(3, "not stored, but is", new Scene().send(1).told(1, REFUSED).told(1, STORED));
    }

    @Test
    void whatWasRefusedMayBeSentAgain() {
        keeps(scene.send(1).told(1, REFUSED).stored(1).deliver(1, 1).ack("s", 1).drained());
        keeps(new Scene().send(1).told(1, UNKNOWN).send(1).told(1, EXPIRED).deliver(1, 1));
    }

    @Test
    void aHistoryThatContradictsItselfIsNoHistory() {
        scene.send(1).history.sending("alice", 1, "bob", 5, Scene.TTL);
        assertThatThrownBy(scene::check).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(new Scene().stored(1).deliver(1, 1).deliver(1, 1)::check)
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(new Scene().stored(1).acking("s", 1)::check)
                .isInstanceOf(IllegalStateException.class);
    }

    static void keeps(Scene scene) {
        assertThat(scene.check()).isEmpty();
    }

    static void breaks(int promise, String why, Scene scene) {
        assertThat(scene.check())
                .anySatisfy(violation -> {
                    assertThat(violation.promise()).isEqualTo(promise);
                    assertThat(violation.why()).contains(why);
                    assertThat(violation.events()).isNotEmpty();
                });
    }
}
