package io.qight.client.v1;

import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.Ranges;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries of one subscription that are not done with: their numbers, credit, leases and
 * answers. They outlive the stream.
 */
final class Holding {
    /** Acks without answer, beyond which further ones wait. */
    static final int ACKS_MAX = 30_000;

    /** Acks are written at once, but so long after the last ones at the soonest. */
    private static final long ACK_MILLIS = 1;

    private enum State {
        /** Not answered yet. */
        HELD,
        /** Its ACK is to be written. */
        TO_ACK,
        /** Its ACK is written on this stream. */
        ACKED,
        /** Its NACK is to be written. */
        TO_NACK,
    }

    private static final class Item {
        final long number;
        final String mailbox;
        final long bytes;
        final long keepUntilMillis;
        State state = State.HELD;
        boolean leased;
        boolean counted;
        long leaseEndMillis;

        /** What its NACK is to say. */
        @Nullable Nack nack;

        Item(long number, String mailbox, long bytes, boolean leased, long keepUntilMillis) {
            this.number = number;
            this.mailbox = mailbox;
            this.bytes = bytes;
            this.leased = leased;
            this.keepUntilMillis = keepUntilMillis;
        }
    }

    private record Nack(long delayMillis, boolean dead, String reason) {}

    private final SubscriptionSettings settings;
    private final SubscriptionEvents events;

    /** By number, which grows. */
    private final Map<Long, Item> items = new LinkedHashMap<>();

    private final NumberSet acks = new NumberSet();
    private final Map<Nack, NumberSet> nacks = new LinkedHashMap<>();
    private final Map<Long, NumberSet> extensions = new LinkedHashMap<>();

    private long known;
    private long next = 1;
    private long leaseMillis;
    private long creditEnvelopes;
    private long creditBytes;
    private long countedEnvelopes;
    private long countedBytes;
    private long unanswered;
    private long checkLeasesMillis = Long.MAX_VALUE;
    private long ackedMillis = Long.MIN_VALUE;

    Holding(SubscriptionSettings settings, SubscriptionEvents events) {
        this.settings = settings;
        this.events = events;
        this.leaseMillis = settings.leaseMillis();
    }

    /** The highest delivery number that is known. */
    long known() {
        return known;
    }

    /** The highest delivery number that the relay has used, as far as is known. */
    long last() {
        return next - 1;
    }

    /** What may be held from now on; never less than before on a stream. */
    void credit(long envelopes, long bytes) {
        creditEnvelopes = envelopes;
        creditBytes = bytes;
    }

    /** What HOLD is to list; what does not fit, the relay may give out again. */
    List<Frame> holds() {
        NumberSet held = new NumberSet();
        items.keySet().forEach(held::add);
        List<Frame> frames = new ArrayList<>();
        while (!held.isEmpty() && frames.size() < Frame.Subscribe.HOLD_MAX) {
            frames.add(new Frame.Hold(held.poll()));
        }
        return frames;
    }

    /** A new stream stands, and nothing is counted until {@link #held}. */
    void resume(Frame.Subscribed frame, long now) {
        BadAnswer.unless(
                frame.resumed() ? frame.next() > known : frame.next() == known + 1,
                "the next delivery has the number " + frame.next() + " after " + known);
        BadAnswer.unless(frame.resumed() || frame.held() == 0, "a new subscription holds nothing");
        next = frame.next();
        leaseMillis = frame.leaseMillis();
        checkLeasesMillis = settings.keepMillis() == 0 ? Long.MAX_VALUE : now + leaseMillis / 3;
        countedEnvelopes = 0;
        countedBytes = 0;
        unanswered = 0;
        extensions.clear();
        for (Item item : items.values()) {
            item.counted = false;
        }
    }

    /** These are still leased to the subscription. */
    void held(Ranges ranges) {
        each(
                ranges,
                number -> {
                    Item item = items.get(number);
                    BadAnswer.unless(
                            item != null && !item.counted,
                            "HELD names a delivery that is not held");
                    count(Objects.requireNonNull(item));
                });
    }

    /** All that is still leased was named. */
    void resumed(boolean known, long now) {
        // Also what was answered since the stream began: some of it may have to be forgotten.
        acks.clear();
        nacks.clear();
        for (Item item : List.copyOf(items.values())) {
            if (item.counted) {
                item.leaseEndMillis = Math.min(item.leaseEndMillis, now + leaseMillis);
            } else if (item.leased) {
                item.leased = false;
                if (item.state == State.HELD) {
                    events.lost(item.number);
                }
            }
            answerAgain(item, known);
        }
    }

    /** A delivery has come; the envelope is told of by the caller. */
    void deliver(long number, String mailbox, long bytes, boolean liveOnly, long now) {
        BadAnswer.unless(number == next, "delivery " + number + " came, and not " + next);
        BadAnswer.unless(
                countedEnvelopes == 0
                        ? creditEnvelopes > 0 && creditBytes > 0
                        : countedEnvelopes < creditEnvelopes && countedBytes + bytes <= creditBytes,
                "more was delivered than the credit allows");
        known = number;
        next = number + 1;
        Item item = new Item(number, mailbox, bytes, !liveOnly, now + settings.keepMillis());
        item.leaseEndMillis = now + leaseMillis;
        items.put(number, item);
        count(item);
    }

    /** It is done with; the answer comes by {@link SubscriptionEvents#answered}. */
    void ack(long number) {
        Item item = items.get(number);
        if (item == null) {
            // Lost with a subscription that the relay does not know any more.
            events.answered(number, false);
        } else if (item.state == State.HELD) {
            item.state = State.TO_ACK;
            acks.add(number);
        }
    }

    void nack(long number, long delayMillis, boolean dead, String reason) {
        Item item = items.get(number);
        if (item == null || item.state != State.HELD) {
            return;
        }
        if (!item.counted && !item.leased) {
            items.remove(number);
            return;
        }
        Nack nack = new Nack(delayMillis, dead, reason);
        item.state = State.TO_NACK;
        item.nack = nack;
        nacks.computeIfAbsent(nack, key -> new NumberSet()).add(number);
    }

    void extend(long number, long millis, long now) {
        Item item = items.get(number);
        if (item != null && item.state == State.HELD && item.leased) {
            item.leaseEndMillis = now + millis;
            extensions.computeIfAbsent(millis, key -> new NumberSet()).add(number);
        }
    }

    /**
     * When the next acks are to be written: soon after others they go together, which costs less at
     * both ends, unless the relay may wait for them.
     */
    long acksDueMillis() {
        boolean creditShort =
                countedEnvelopes > creditEnvelopes / 2 || countedBytes > creditBytes / 2;
        return creditShort ? Long.MIN_VALUE : ackedMillis + ACK_MILLIS;
    }

    @Nullable Frame poll(long now) {
        if (!acks.isEmpty() && unanswered < ACKS_MAX) {
            Ranges ranges = acks.poll();
            ackedMillis = now;
            each(ranges, this::acked);
            return new Frame.Ack(ranges);
        }
        if (!nacks.isEmpty()) {
            Nack nack = nacks.keySet().iterator().next();
            Ranges ranges = poll(nack, nacks);
            each(ranges, number -> uncount(Objects.requireNonNull(items.remove(number))));
            return new Frame.Nack(ranges, nack.delayMillis, nack.dead, nack.reason);
        }
        if (!extensions.isEmpty()) {
            Long millis = extensions.keySet().iterator().next();
            return new Frame.Extend(poll(millis, extensions), millis);
        }
        return null;
    }

    boolean isEmpty() {
        return items.isEmpty();
    }

    /** Whether every ack and nack is written. */
    boolean written() {
        return acks.isEmpty() && nacks.isEmpty();
    }

    /** Whether every ack that is written is answered. */
    boolean answered() {
        return unanswered == 0;
    }

    void acked(Ranges ranges) {
        each(ranges, number -> answered(number, true));
    }

    void leaseLost(Frame.LeaseLost frame) {
        BadAnswer.unless(frame.deliveries().last() <= known, "a lease ended that never began");
        if (frame.answers() == FrameType.ACK.number()) {
            each(frame.deliveries(), number -> answered(number, false));
        } else {
            frame.deliveries().list().forEach(this::lost);
        }
    }

    /** Another receiver has the mailbox. */
    void takenOver(String mailbox) {
        for (Item item : List.copyOf(items.values())) {
            if (item.mailbox.equals(mailbox)) {
                lost(item);
            }
        }
    }

    /** When leases are to be looked at. */
    long dueMillis() {
        return items.isEmpty() ? Long.MAX_VALUE : checkLeasesMillis;
    }

    /** Extends the leases of what is in hand, for as long as it may be. */
    void tick(long now) {
        if (now < checkLeasesMillis) {
            return;
        }
        checkLeasesMillis = now + Math.max(1, leaseMillis / 3);
        for (Item item : items.values()) {
            if (item.state == State.HELD
                    && item.leased
                    && now < item.keepUntilMillis
                    && item.leaseEndMillis - now <= leaseMillis - leaseMillis / 3) {
                extend(item.number, leaseMillis, now);
            }
        }
    }

    /** The stream is gone, and with it what was written there. */
    void lost() {
        checkLeasesMillis = Long.MAX_VALUE;
    }

    private static <K> Ranges poll(K key, Map<K, NumberSet> sets) {
        NumberSet numbers = Objects.requireNonNull(sets.get(key));
        Ranges ranges = numbers.poll();
        if (numbers.isEmpty()) {
            sets.remove(key);
        }
        return ranges;
    }

    private void answerAgain(Item item, boolean knownThere) {
        boolean acked = item.state == State.TO_ACK || item.state == State.ACKED;
        if (!knownThere || (item.state == State.TO_NACK && !item.counted)) {
            items.remove(item.number);
            if (acked) {
                events.answered(item.number, false);
            }
        } else if (acked) {
            item.state = State.TO_ACK;
            acks.add(item.number);
        } else if (item.nack != null) {
            nacks.computeIfAbsent(item.nack, key -> new NumberSet()).add(item.number);
        }
    }

    private void count(Item item) {
        item.counted = true;
        countedEnvelopes++;
        countedBytes += item.bytes;
    }

    private void uncount(Item item) {
        if (item.counted) {
            item.counted = false;
            countedEnvelopes--;
            countedBytes -= item.bytes;
        }
    }

    private void acked(long number) {
        Item item = Objects.requireNonNull(items.get(number));
        item.state = State.ACKED;
        unanswered++;
        uncount(item);
    }

    private void answered(long number, boolean removed) {
        Item item = items.get(number);
        BadAnswer.unless(
                item != null && item.state == State.ACKED, "an answer to an ack that was not made");
        items.remove(number);
        unanswered--;
        events.answered(number, removed);
    }

    /** A range may be far longer than what is held. */
    private void lost(Ranges.Range range) {
        if (range.last() - range.first() < items.size()) {
            for (long number = range.first(); number <= range.last(); number++) {
                lost(items.get(number));
            }
        } else {
            for (Item item : List.copyOf(items.values())) {
                if (item.number >= range.first() && item.number <= range.last()) {
                    lost(item);
                }
            }
        }
    }

    private void lost(@Nullable Item item) {
        if (item != null && item.leased) {
            item.leased = false;
            if (item.state == State.HELD) {
                events.lost(item.number);
            }
        }
    }

    private static void each(Ranges ranges, LongConsumer action) {
        for (Ranges.Range range : ranges.list()) {
            for (long number = range.first(); number <= range.last(); number++) {
                action.accept(number);
            }
        }
    }
}
