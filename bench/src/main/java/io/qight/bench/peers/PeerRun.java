package io.qight.bench.peers;

import io.qight.load.LoadPlan;
import io.qight.load.Outcome;
import io.qight.load.Pace;
import io.qight.load.Pacer;
import io.qight.load.Patience;
import io.qight.load.Schedule;
import io.qight.load.Stamp;
import io.qight.load.Tally;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Does with a peer what a plan does with a relay: one sender, and one receiver or none. A closed
 * loop sends the next when one is answered, or with a receiver, when its handler has one.
 */
final class PeerRun {
    private static final Duration STANDSTILL_MAX = Duration.ofSeconds(20);

    private final Peer peer;
    private final Place place;
    private final LoadPlan plan;
    private final Tally tally = new Tally();
    private final Window window;

    PeerRun(Peer peer, Place place, LoadPlan plan) {
        this.peer = peer;
        this.place = place;
        this.plan = plan;
        this.window = new Window(plan.pace() instanceof Pace.Closed closed ? closed.window() : 1);
    }

    /**
     * Does all of it, once.
     *
     * @throws Exception if there is no connection; what fails later is counted
     */
    Outcome run() throws Exception {
        peer.prepare(place);
        PeerSender sender = peer.sender(place);
        if (plan.receivers() > 0) {
            peer.receive(place, this::received);
        }
        long start = System.nanoTime();
        long from = start + plan.warmUp().toNanos();
        long to = from + plan.duration().toNanos();
        tally.measure(from, to);
        drive(sender, start, to);
        return tally.outcome(plan, awaitAnswers(), List.of());
    }

    private void drive(PeerSender sender, long start, long to) {
        if (plan.pace() instanceof Pace.Open open) {
            Schedule schedule = new Schedule(start, open.perSecond());
            new Pacer(
                            schedule,
                            System::nanoTime,
                            (first, end) -> {
                                for (long number = first; number < end; number++) {
                                    send(sender, schedule.intendedNanos(number));
                                }
                                sender.flush();
                            })
                    .run(to, () -> true);
        } else {
            while (to - System.nanoTime() > 0) {
                for (int free = window.take(to); free > 0; free--) {
                    send(sender, System.nanoTime());
                }
                sender.flush();
            }
        }
    }

    private void send(PeerSender sender, long intendedNanos) {
        tally.sent(intendedNanos, System.nanoTime());
        byte[] payload = new Stamp(intendedNanos, 0).payload(plan.payloadBytes());
        try {
            sender.send(payload)
                    .whenComplete((answer, failure) -> answered(intendedNanos, failure));
        } catch (RuntimeException e) {
            answered(intendedNanos, e);
        }
    }

    private void answered(long intendedNanos, @Nullable Throwable failure) {
        if (failure != null) {
            tally.refused(failure);
        } else {
            tally.stored(intendedNanos);
        }
        if (failure != null || plan.receivers() == 0) {
            window.give();
        }
    }

    private void received(ByteBuffer payload) {
        tally.received(Stamp.of(payload).intendedNanos(), false);
        window.give();
    }

    /** Whether each was answered, and received once. */
    private boolean awaitAnswers() throws InterruptedException {
        boolean answered =
                Patience.await(
                        STANDSTILL_MAX,
                        () -> tally.stored() + tally.received() + tally.refused(),
                        () ->
                                tally.stored() + tally.refused() >= tally.sent()
                                        && (plan.receivers() == 0
                                                || tally.received() >= tally.stored()));
        return answered && (plan.receivers() == 0 || tally.received() == tally.stored());
    }
}
