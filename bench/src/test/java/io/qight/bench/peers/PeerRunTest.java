package io.qight.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.load.LoadPlan;
import io.qight.load.Outcome;
import io.qight.load.Pace;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The loop, with a peer that is a queue in this process. */
class PeerRunTest {
    private static final Place NOWHERE = new Place(1, Path.of("."));

    private static Outcome run(Peer peer, Pace pace, int receivers) throws Exception {
        LoadPlan plan =
                new LoadPlan(
                        "work",
                        pace,
                        1,
                        receivers,
                        1,
                        128,
                        0,
                        Duration.ofMillis(20),
                        Duration.ofMillis(100));
        return new PeerRun(peer, NOWHERE, plan).run();
    }

    @Test
    void closedLoopIsAnsweredToTheLast() throws Exception {
        Outcome outcome = run(new QueuePeer(0), new Pace.Closed(64), 0);
        assertThat(outcome.whole()).isTrue();
        assertThat(outcome.sent()).isGreaterThan(64).isEqualTo(outcome.stored());
        assertThat(outcome.storedPerSecond()).isPositive();
    }

    @Test
    void closedLoopWithReceiverIsReceivedToTheLast() throws Exception {
        Outcome outcome = run(new QueuePeer(0), new Pace.Closed(64), 1);
        assertThat(outcome.whole()).isTrue();
        assertThat(outcome.received()).isGreaterThan(64).isEqualTo(outcome.sent());
        assertThat(outcome.receivedPerSecond()).isPositive();
    }

    @Test
    void openLoopSendsWhatIsDue() throws Exception {
        Outcome outcome = run(new QueuePeer(0), new Pace.Open(1000), 1);
        assertThat(outcome.whole()).isTrue();
        assertThat(outcome.received()).isEqualTo(120);
        assertThat(outcome.toHandler().count()).isEqualTo(100);
    }

    @Test
    void whatIsRefusedIsCountedAndHoldsNothingUp() throws Exception {
        Outcome outcome = run(new QueuePeer(10), new Pace.Closed(64), 1);
        assertThat(outcome.refusedCount()).isPositive();
        assertThat(outcome.sent()).isEqualTo(outcome.stored() + outcome.refusedCount());
    }

    @Test
    void whatComesTwiceIsNotWhole() throws Exception {
        QueuePeer peer = new QueuePeer(0);
        peer.deliverFirstAgain();
        assertThat(run(peer, new Pace.Open(1000), 1).whole()).isFalse();
    }
}
