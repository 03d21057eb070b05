package io.qight.relay.delivery;

import io.qight.identity.IdentityKey;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One receiver: its stream while it has one, its credit, and all it may still speak of. */
final class Subscription {
    final Id id;

    /** Whose it is; nobody else takes it over. */
    final Optional<IdentityKey> identity;

    /** Its stream; null while its connection is lost. */
    @Nullable Receiver session;

    /** Ends its leases if it does not come back. */
    Alarms.@Nullable Alarm grace;

    /** Deliveries that it holds, that count, or whose number is still known. */
    final TreeMap<Long, Delivery> deliveries = new TreeMap<>();

    /** Numbers of envelopes that its acks have removed. */
    final NumberSet acked = new NumberSet();

    /** Deliveries over time when the client was asked last whether it lives. */
    List<Delivery> asked = new ArrayList<>();

    /** Deliveries over time since then. */
    List<Delivery> overdue = new ArrayList<>();

    /** Mailboxes that had something for it when it could not take it, the next in turn first. */
    final Set<Mailbox> hungryFor = new LinkedHashSet<>();

    Mode mode = Mode.SHARED;
    long opening;
    long leaseMillis;
    long lastNumber;

    /** Up to this number the transport has all deliveries of the present stream. */
    long takenNumber;

    /** Acks that wait for their commit. */
    int acksUnderWay;

    /** Up to this number only what is not over is known. */
    private long forgottenTo;

    private long creditEnvelopes;
    private long creditBytes;
    private long countedEnvelopes;
    private long countedBytes;
    private NumberSet ackedUntold = new NumberSet();
    private NumberSet lostUntold = new NumberSet();
    private long lostAnswers;

    Subscription(Id id, Optional<IdentityKey> identity) {
        this.id = id;
        this.identity = identity;
    }

    /** Its stream, which it has as long as it has a claim. */
    Receiver session() {
        return Objects.requireNonNull(session, "a subscription without a stream");
    }

    /** Whether anything is leased to it. */
    boolean holdsAny() {
        return deliveries.values().stream().anyMatch(Delivery::leased);
    }

    void credit(long envelopes, long bytes) {
        creditEnvelopes = envelopes;
        creditBytes = bytes;
    }

    /** How many envelopes more it takes now, if they are small. */
    long room() {
        if (session == null || creditBytes == 0 || !session.outlet().ready()) {
            return 0;
        }
        return Math.max(0, creditEnvelopes - countedEnvelopes);
    }

    /** As {@link #room()}, but nothing while it is another mailbox's turn. */
    long room(Mailbox mailbox) {
        boolean turn = hungryFor.isEmpty() || hungryFor.iterator().next() == mailbox;
        return turn ? room() : 0;
    }

    /** Whether its credit has room for this one; alone, any size has. */
    boolean hasCredit(int bytes) {
        if (creditEnvelopes == 0 || creditBytes == 0) {
            return false;
        }
        return countedEnvelopes == 0
                || (countedEnvelopes < creditEnvelopes && countedBytes + bytes <= creditBytes);
    }

    /** A new delivery, which counts. */
    void add(Delivery delivery) {
        deliveries.put(delivery.number, delivery);
        countedEnvelopes++;
        countedBytes += delivery.bytes;
    }

    /** The delivery counts again: the client said that it holds it. */
    void count(Delivery delivery) {
        if (!delivery.counted) {
            delivery.counted = true;
            countedEnvelopes++;
            countedBytes += delivery.bytes;
        }
    }

    /** Gives the credit of a delivery back, once. */
    void uncount(Delivery delivery) {
        if (delivery.counted) {
            delivery.counted = false;
            countedEnvelopes--;
            countedBytes -= delivery.bytes;
            forgetIfOver(delivery);
        }
    }

    /** An ack has removed the envelope. */
    void removed(Delivery delivery) {
        deliveries.remove(delivery.number);
        if (delivery.number > forgottenTo) {
            acked.add(delivery.number);
        }
    }

    /** Forgets what is over, but for the last numbers beside those that count. */
    void prune(long numbersKnown) {
        long oldest = lastNumber - countedEnvelopes - Math.max(numbersKnown, creditEnvelopes);
        if (oldest > forgottenTo) {
            deliveries.subMap(forgottenTo, false, oldest, true).values().removeIf(Delivery::over);
            acked.remove(1, oldest);
            forgottenTo = oldest;
        }
    }

    /** Forgets a delivery at once if it is over and older than what is kept. */
    void forgetIfOver(Delivery delivery) {
        if (delivery.number <= forgottenTo && delivery.over()) {
            deliveries.remove(delivery.number);
        }
    }

    /** Asks whether the client lives, one question at a time, if anything is over time. */
    void ask() {
        if (session == null || !asked.isEmpty()) {
            return;
        }
        for (Delivery delivery : overdue) {
            if (delivery.state == Delivery.State.OVERDUE) {
                delivery.state = Delivery.State.ASKED;
                asked.add(delivery);
            }
        }
        overdue.clear();
        if (!asked.isEmpty()) {
            session.outlet().probe();
        }
    }

    /** The removal by an ack is durable. A number may be acked twice, and is told twice then. */
    void tellAcked(long number) {
        if (ackedUntold.contains(number)) {
            tell();
        }
        ackedUntold.add(number);
    }

    /** Leases have ended; {@code answers} is as in LEASE_LOST. */
    void tellLost(long number, long answers) {
        if (answers != lostAnswers || lostUntold.contains(number)) {
            tell();
        }
        lostAnswers = answers;
        lostUntold.add(number);
    }

    /** As {@link #tellLost(long, long)}, for many. */
    void tellLost(NumberSet numbers, long answers) {
        if (!numbers.isEmpty()) {
            tell();
            lostAnswers = answers;
            lostUntold = numbers;
        }
    }

    /** Answers all numbers of an ACK that belong to no delivery that is known. */
    void tellForgotten(NumberSet numbers) {
        tell();
        ackedUntold = numbers.intersect(acked);
        numbers.removeAll(ackedUntold);
        tellLost(numbers, FrameType.ACK.number());
    }

    /** Writes what is not told yet. */
    void tell() {
        if (session != null) {
            Outlet outlet = session.outlet();
            ackedUntold.ranges().forEach(ranges -> outlet.write(new Frame.Acked(ranges)));
            lostUntold
                    .ranges()
                    .forEach(ranges -> outlet.write(new Frame.LeaseLost(ranges, lostAnswers)));
        }
        tellNothing();
    }

    /** Nothing that happened before is told any more: who asked for it is gone. */
    void tellNothing() {
        ackedUntold = new NumberSet();
        lostUntold = new NumberSet();
    }
}
