package io.qight.relay.delivery;

import io.qight.identity.IdentityKey;
import io.qight.relay.delivery.Delivery.State;
import io.qight.store.MailboxStatistics;
import io.qight.store.StoreException;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Every subscription, and what its client asks of it. A range of numbers may be very long: only
 * those that are known are ever looked at one by one.
 */
final class Subscriptions {
    /** More are forgotten before their time: whoever connects and goes could make any number. */
    static final int LOST_BARE_MAX = 10_000;

    private final MailboxReader reader;
    private final Alarms alarms;
    private final Mailboxes mailboxes;
    private final Leases leases;
    private final Work work;
    private final DeliverySettings settings;
    private final Map<Id, Subscription> byId = new HashMap<>();

    /** Those without a stream that have nothing to come back for, the one lost first before. */
    private final Set<Subscription> lostBare = new LinkedHashSet<>();

    private boolean draining;

    Subscriptions(
            MailboxReader reader,
            Alarms alarms,
            Mailboxes mailboxes,
            Leases leases,
            Work work,
            DeliverySettings settings) {
        this.reader = reader;
        this.alarms = alarms;
        this.mailboxes = mailboxes;
        this.leases = leases;
        this.work = work;
        this.settings = settings;
    }

    /** From now on nothing new is taken on. */
    void drain() {
        draining = true;
        byId.values().forEach(work::changed);
    }

    boolean draining() {
        return draining;
    }

    Alarms.Alarm alarmForHolds(long now, LongConsumer action) {
        return alarms.set(now + settings.holdMillis(), action);
    }

    void cancel(Alarms.@Nullable Alarm alarm) {
        alarms.cancel(alarm);
    }

    /** A stream speaks for the subscription from now on; what it does not hold is given back. */
    Subscription subscribe(Receiver session, Frame.Subscribe frame, NumberSet holds, long now) {
        if (draining) {
            throw new ProtocolException(ErrorCode.DRAINING);
        }
        Subscription known = byId.get(frame.subscription());
        Optional<IdentityKey> identity = session.outlet().identity();
        if (known != null) {
            if (!known.identity.equals(identity)) {
                throw new ProtocolException(
                        ErrorCode.TAKEN_OVER, "the subscription is of another identity");
            }
            if (frame.opening() <= known.opening) {
                throw new ProtocolException(
                        ErrorCode.TAKEN_OVER, "the subscription was opened with a higher number");
            }
            if (known.session != null) {
                known.session.takenOver();
                detach(known, now);
            }
        }
        Subscription subscription =
                known == null ? new Subscription(frame.subscription(), identity) : known;
        byId.put(frame.subscription(), subscription);
        lostBare.remove(subscription);
        alarms.cancel(subscription.grace);
        subscription.grace = null;
        subscription.session = session;
        subscription.tellNothing();
        subscription.opening = frame.opening();
        subscription.mode = frame.mode();
        subscription.leaseMillis = lease(frame.leaseMillis());
        subscription.lastNumber = Math.max(subscription.lastNumber, frame.known());
        subscription.takenNumber = subscription.lastNumber;
        NumberSet held = keep(subscription, holds, now);
        List<Ranges> pieces = held.ranges();
        session.outlet()
                .write(
                        new Frame.Subscribed(
                                known != null,
                                subscription.leaseMillis,
                                subscription.lastNumber + 1,
                                pieces.size()));
        pieces.forEach(ranges -> session.outlet().write(new Frame.Held(ranges)));
        credit(subscription, frame.creditEnvelopes(), frame.creditBytes());
        return subscription;
    }

    void credit(Subscription subscription, long envelopes, long bytes) {
        subscription.credit(
                Math.min(envelopes, settings.limits().creditEnvelopesMax()),
                Math.min(bytes, settings.limits().creditBytesMax()));
        work.changed(subscription);
    }

    /** The subscription receives from one mailbox more. */
    Claim add(Subscription subscription, Frame.Add add, long now) {
        if (draining) {
            throw new ProtocolException(ErrorCode.DRAINING);
        }
        Optional<MailboxStatistics> waiting = statistics(add.name());
        Mailbox mailbox = mailboxes.get(add.name());
        Mode mode = mailbox.mode();
        if (mode != null && mode != subscription.mode) {
            throw new ProtocolException(ErrorCode.MODE_CONFLICT);
        }
        if (subscription.mode == Mode.EXCLUSIVE) {
            takeFromOthers(mailbox, subscription, now);
            mailbox = mailboxes.get(add.name());
        }
        Claim claim =
                new Claim(
                        subscription,
                        mailbox,
                        add.mailbox(),
                        waiting.map(MailboxStatistics::lastSequence).orElse(0L));
        mailbox.add(claim);
        subscription
                .session()
                .outlet()
                .write(
                        new Frame.Added(
                                add.mailbox(), waiting.map(MailboxStatistics::waiting).orElse(0L)));
        work.offer(mailbox);
        return claim;
    }

    /** Nothing more of the mailbox is handed to the subscription; what it holds stays leased. */
    void drop(Claim claim) {
        Mailbox mailbox = claim.mailbox;
        mailbox.remove(claim);
        claim.subscription.hungryFor.remove(mailbox);
        work.changed(claim.subscription);
        work.offer(mailbox);
        mailboxes.forgetIfIdle(mailbox);
    }

    /** The transport has everything up to this number: leases begin. */
    void taken(Subscription subscription, long number, long now) {
        long from = subscription.takenNumber;
        if (number > from) {
            subscription.takenNumber = number;
            for (Delivery delivery : known(subscription, Ranges.of(from + 1, number))) {
                if (delivery.state == State.LEASED && delivery.leaseEnd == null) {
                    leases.run(delivery, subscription.leaseMillis, now);
                }
            }
        }
        work.changed(subscription);
    }

    void alive(Subscription subscription, long now) {
        leases.alive(subscription, now);
    }

    /** Done with these: each number is answered, once its removal is durable or at once. */
    void ack(Subscription subscription, Ranges ranges, long now) {
        requireGiven(subscription, ranges);
        List<Delivery> named = known(subscription, ranges);
        List<Delivery> settled = new ArrayList<>();
        for (Delivery delivery : named) {
            if (delivery.state == State.SETTLING) {
                delivery.acks++;
            } else if (inTime(delivery, now) || reclaimed(delivery, now)) {
                settled.add(delivery);
            } else {
                subscription.tellLost(delivery.number, FrameType.ACK.number());
            }
        }
        if (named.size() < ranges.size()) {
            NumberSet forgotten = NumberSet.of(ranges);
            named.forEach(delivery -> forgotten.remove(delivery.number));
            subscription.tellForgotten(forgotten);
        }
        leases.remove(subscription, settled);
        named.forEach(subscription::uncount);
        work.changed(subscription);
    }

    /** Failed: to be handed out again later, or put with the dead letters. */
    void nack(Subscription subscription, Frame.Nack nack, long now) {
        requireGiven(subscription, nack.deliveries());
        for (Delivery delivery : known(subscription, nack.deliveries())) {
            subscription.uncount(delivery);
            boolean leased = inTime(delivery, now);
            delivery.nacked = true;
            if (leased && nack.dead()) {
                delivery.failures++;
                leases.bury(delivery, nack.reason(), now);
            } else if (leased) {
                leases.fail(delivery, nack.delayMillis(), nack.reason(), now);
            }
        }
        subscription.prune(settings.numbersKnown());
        work.changed(subscription);
    }

    /** More time for these, from now. */
    void extend(Subscription subscription, Frame.Extend extend, long now) {
        requireGiven(subscription, extend.deliveries());
        NumberSet lost = NumberSet.of(extend.deliveries());
        for (Delivery delivery : known(subscription, extend.deliveries())) {
            if (inTime(delivery, now)) {
                leases.run(delivery, lease(extend.leaseMillis()), now);
                lost.remove(delivery.number);
            } else if (delivery.state == State.SETTLING) {
                lost.remove(delivery.number);
            }
        }
        lost.removeAll(subscription.acked);
        subscription.tellLost(lost, FrameType.EXTEND.number());
        work.changed(subscription);
    }

    /** The stream is gone without an order: its leases run on for a while. */
    void lost(Subscription subscription, long now) {
        detach(subscription, now);
        subscription.grace =
                alarms.set(
                        now + settings.graceMillis(),
                        at -> {
                            giveBackAll(subscription, at);
                            forget(subscription);
                        });
        if (subscription.deliveries.isEmpty() && subscription.acked.isEmpty()) {
            lostBare.add(subscription);
            if (lostBare.size() > LOST_BARE_MAX) {
                Subscription oldest = lostBare.iterator().next();
                alarms.cancel(oldest.grace);
                forget(oldest);
            }
        }
    }

    /** Gives back all that the subscription holds. */
    void giveBackAll(Subscription subscription, long now) {
        leases.giveBackAll(subscription.deliveries.values(), now);
        work.changed(subscription);
    }

    /** Nothing of the subscription is known from now on. */
    void forget(Subscription subscription) {
        subscription.session = null;
        byId.remove(subscription.id, subscription);
        lostBare.remove(subscription);
    }

    /** How many are known. */
    int size() {
        return byId.size();
    }

    /** How many deliveries are known by their numbers. */
    int numbersKnown() {
        return byId.values().stream().mapToInt(one -> one.deliveries.size()).sum();
    }

    /**
     * The subscription has no stream. What is over time is given back at once; all else is its own
     * for a while, also what the transport has perhaps only a part of.
     */
    private void detach(Subscription subscription, long now) {
        subscription.session = null;
        subscription.tellNothing();
        subscription.asked = new ArrayList<>();
        subscription.overdue = new ArrayList<>();
        subscription.hungryFor.clear();
        for (Delivery delivery : List.copyOf(subscription.deliveries.values())) {
            if (delivery.overdue()) {
                leases.giveBack(delivery, now);
            } else if (delivery.state == State.LEASED && delivery.leaseEnd == null) {
                leases.run(delivery, settings.graceMillis(), now);
            }
        }
    }

    /** What the client does not hold is given back; what it holds counts, and nothing else. */
    private NumberSet keep(Subscription subscription, NumberSet holds, long now) {
        NumberSet held = new NumberSet();
        for (Delivery delivery : List.copyOf(subscription.deliveries.values())) {
            delivery.acks = 0;
            if (inTime(delivery, now) && holds.contains(delivery.number)) {
                leases.run(delivery, subscription.leaseMillis, now);
                subscription.count(delivery);
                held.add(delivery.number);
            } else {
                subscription.uncount(delivery);
                if (delivery.leased()) {
                    leases.giveBack(delivery, now);
                }
            }
        }
        return held;
    }

    private void takeFromOthers(Mailbox mailbox, Subscription newest, long now) {
        for (Claim older : List.copyOf(mailbox.claims)) {
            older.subscription.session().removed(older, ErrorCode.TAKEN_OVER);
        }
        for (Delivery delivery : List.copyOf(mailbox.held.values())) {
            Subscription holder = delivery.subscription;
            if (holder != newest && holder.mode == Mode.EXCLUSIVE && delivery.leased()) {
                leases.giveBack(delivery, now);
            }
        }
    }

    private Optional<MailboxStatistics> statistics(String mailbox) {
        try {
            return reader.statistics(mailbox);
        } catch (StoreException.Damaged | StoreException.Unreadable e) {
            throw new ProtocolException(
                    ErrorCode.INTERNAL, "the mailbox cannot be read: " + e.getMessage());
        }
    }

    private long lease(long wishMillis) {
        return Math.max(
                settings.limits().leaseMillisMin(),
                Math.min(settings.limits().leaseMillisMax(), wishMillis));
    }

    private static boolean inTime(Delivery delivery, long now) {
        return delivery.leased() && now < delivery.deadlineMillis;
    }

    private boolean reclaimed(Delivery delivery, long now) {
        return delivery.state == State.ENDED
                && now < delivery.deadlineMillis
                && leases.reclaim(delivery);
    }

    private static void requireGiven(Subscription subscription, Ranges numbers) {
        if (numbers.last() > subscription.lastNumber) {
            throw new ProtocolException(
                    ErrorCode.BAD_NUMBER, "delivery " + numbers.last() + " was never given out");
        }
    }

    private static List<Delivery> known(Subscription subscription, Ranges ranges) {
        List<Delivery> known = new ArrayList<>();
        for (Ranges.Range range : ranges.list()) {
            // Not addAll, which counts a part of a tree before it walks it.
            subscription
                    .deliveries
                    .subMap(range.first(), true, range.last(), true)
                    .values()
                    .forEach(known::add);
        }
        return known;
    }
}
