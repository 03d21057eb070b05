package io.qight.relay.delivery;

import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A receiver as the page tells how to write one, which now and then does what it need not. */
final class SimulatedClient {
    private static final long[] LEASES_MILLIS = {1_000, 2_000, 5_000, 60_000};

    private final Random random;
    private final List<String> mailboxes;
    private final Id id;
    private final Mode mode;

    /** What it has without ACKED, NACK or LEASE_LOST as an answer to ACK. */
    private final TreeSet<Long> holds = new TreeSet<>();

    private long opening;
    private long known;
    private long mailboxNumber;
    private boolean subscribed;
    @Nullable SimulatedStream stream;

    SimulatedClient(Random random, List<String> mailboxes, long id, Mode mode) {
        this.random = random;
        this.mailboxes = mailboxes;
        this.id = new Id(0, id);
        this.mode = mode;
    }

    /** Opens a stream, new or again; an older one may still be there for the relay. */
    void subscribe(SimulatedStream newer) {
        stream = newer;
        mailboxNumber = 0;
        subscribed = false;
        opening += random.nextInt(12) == 0 ? 0 : 1;
        List<Long> held = new ArrayList<>(holds);
        int pieces = held.isEmpty() ? 0 : 1 + random.nextInt(2);
        newer.toRelay.add(
                new FetchInput.Arrived(
                        new Frame.Subscribe(
                                id,
                                opening,
                                mode,
                                LEASES_MILLIS[random.nextInt(LEASES_MILLIS.length)],
                                credit(),
                                creditBytes(),
                                known,
                                held.size() < pieces ? held.size() : pieces)));
        if (pieces == 1 || held.size() == 1) {
            hold(newer, held);
        } else if (pieces == 2) {
            hold(newer, held.subList(0, 1));
            hold(newer, held.subList(1, held.size()));
        }
        for (String mailbox : mailboxes) {
            if (random.nextInt(4) > 0) {
                add(mailbox);
            }
        }
    }

    /** Something comes from the relay. */
    void receive(Frame frame) {
        if (frame instanceof Frame.Subscribed) {
            subscribed = true;
        } else if (frame instanceof Frame.Deliver deliver) {
            known = deliver.delivery();
            holds.add(known);
        } else if (frame instanceof Frame.Acked acked) {
            FetchClient.numbers(acked.deliveries()).forEach(holds::remove);
        } else if (frame instanceof Frame.LeaseLost lost
                && lost.answers() == FrameType.ACK.number()) {
            FetchClient.numbers(lost.deliveries()).forEach(holds::remove);
        } else if (frame instanceof Frame.StreamError) {
            stream = null;
        }
    }

    /** Does one thing on its stream. */
    void act() {
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> ack();
            case 4, 5 -> nack();
            case 6 -> send(new Frame.Credit(credit(), creditBytes()));
            case 7 -> extend();
            case 8 -> add(mailboxes.get(random.nextInt(mailboxes.size())));
            case 9 -> remove();
            case 10 -> ackAnything();
            default -> ackAll();
        }
    }

    /** Ends its stream in order. */
    void end() {
        if (stream != null) {
            stream.toRelay.add(new FetchInput.Ended());
            // What it holds is given back then.
            holds.clear();
        }
    }

    private void ack() {
        if (!holds.isEmpty()) {
            long number = any();
            send(new Frame.Ack(Ranges.of(number, number)));
        }
    }

    private void ackAll() {
        if (!holds.isEmpty()) {
            send(new Frame.Ack(ranges(holds)));
        }
    }

    /** Numbers that it had, whatever became of them; rarely one that it never had. */
    private void ackAnything() {
        if (!subscribed) {
            return;
        }
        long last = known + (random.nextInt(20) == 0 ? 5 : 0);
        if (last > 0) {
            long first = 1 + random.nextInt((int) last);
            send(new Frame.Ack(Ranges.of(first, Math.min(last, first + random.nextInt(4)))));
        }
    }

    private void nack() {
        if (!holds.isEmpty()) {
            long number = any();
            long[] delays = {0, 0, 10, 1_500, 100_000};
            send(
                    new Frame.Nack(
                            Ranges.of(number, number),
                            delays[random.nextInt(delays.length)],
                            random.nextInt(8) == 0,
                            "a reason"));
            if (random.nextInt(4) > 0) {
                holds.remove(number);
            }
        }
    }

    private void extend() {
        if (known > 0 && subscribed) {
            long number = holds.isEmpty() ? 1 + random.nextInt((int) known) : any();
            send(new Frame.Extend(Ranges.of(number, number), 1_000 + random.nextInt(3_000)));
        }
    }

    private void add(String mailbox) {
        mailboxNumber += 1 + random.nextInt(2);
        send(new Frame.Add(mailboxNumber, mailbox));
    }

    private void remove() {
        if (mailboxNumber > 0) {
            send(new Frame.Remove(1 + random.nextInt((int) mailboxNumber)));
        }
    }

    private long any() {
        return List.copyOf(holds).get(random.nextInt(holds.size()));
    }

    private long credit() {
        return random.nextInt(6) == 0 ? 0 : 1 + random.nextInt(8);
    }

    private long creditBytes() {
        return random.nextInt(12) == 0 ? 0 : 100 + random.nextInt(2_000);
    }

    private void send(Frame frame) {
        if (stream != null) {
            stream.toRelay.add(new FetchInput.Arrived(frame));
        }
    }

    private static void hold(SimulatedStream stream, List<Long> numbers) {
        stream.toRelay.add(new FetchInput.Arrived(new Frame.Hold(ranges(numbers))));
    }

    private static Ranges ranges(Iterable<Long> numbers) {
        NumberSet set = new NumberSet();
        numbers.forEach(set::add);
        return set.ranges().get(0);
    }
}
