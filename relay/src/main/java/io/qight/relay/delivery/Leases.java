package io.qight.relay.delivery;

import io.qight.relay.delivery.Delivery.State;
import io.qight.relay.delivery.Mailbox.Attempts;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.FrameType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What becomes of a delivery: its lease runs, ends, is lost, or the envelope is settled. Who gives
 * an envelope back decides whether a failure is counted: NACK does, and a lease that ended under a
 * living connection.
 */
final class Leases {
    /** How long an envelope waits that could not be put with the dead letters. */
    private static final long BURY_AGAIN_MILLIS = 30_000;

    private final Alarms alarms;
    private final Mailboxes mailboxes;
    private final Ledger ledger;
    private final DeadLetters deadLetters;
    private final DeliverySettings settings;
    private final Work work;

    Leases(
            Alarms alarms,
            Mailboxes mailboxes,
            Ledger ledger,
            DeadLetters deadLetters,
            DeliverySettings settings,
            Work work) {
        this.alarms = alarms;
        this.mailboxes = mailboxes;
        this.ledger = ledger;
        this.deadLetters = deadLetters;
        this.settings = settings;
        this.work = work;
    }

    /** The lease runs for so long from now, but not beyond the envelope's deadline. */
    void run(Delivery delivery, long leaseMillis, long now) {
        alarms.cancel(delivery.leaseEnd);
        delivery.state = State.LEASED;
        delivery.leaseEnd =
                alarms.set(
                        Math.min(now + leaseMillis, delivery.deadlineMillis),
                        at -> over(delivery, at));
    }

    /** Gives an envelope back without a failure: it is the next to be handed out. */
    void giveBack(Delivery delivery, long now) {
        Mailbox mailbox = release(delivery);
        remember(mailbox, delivery, now);
        mailbox.free(delivery.sequence, delivery.sequence);
        work.offer(mailbox);
        mailboxes.forgetIfIdle(mailbox);
    }

    /** Gives an envelope back, which counts a failure: after a delay, or with the dead letters. */
    void fail(Delivery delivery, long delayMillis, String reason, long now) {
        delivery.failures++;
        if (delivery.failures >= settings.failuresMax()) {
            bury(delivery, reason, now);
            return;
        }
        ledger.carryOut(
                new Unanswered(
                        new Operation.SetFailures(
                                delivery.mailbox, delivery.sequence, delivery.failures)));
        if (delayMillis == 0) {
            giveBack(delivery, now);
        } else {
            delay(delivery, delayMillis, now);
        }
    }

    /** Puts an envelope with the dead letters. */
    void bury(Delivery delivery, String reason, long now) {
        settling(delivery, State.BURYING);
        deadLetters.bury(
                delivery.mailbox,
                delivery.sequence,
                delivery.bytes,
                delivery.failures,
                reason,
                new DeadLetters.Answer() {
                    @Override
                    public void gone(long at) {
                        settled(delivery);
                        delivery.subscription.prune(settings.numbersKnown());
                    }

                    @Override
                    public void notNow(long at) {
                        delay(delivery, BURY_AGAIN_MILLIS, at);
                    }

                    @Override
                    public void failed(long at) {
                        giveBack(delivery, at);
                    }
                },
                now);
    }

    /** The receiver is done with these: has them removed, and answers once that is durable. */
    void remove(Subscription subscription, List<Delivery> acked) {
        for (int first = 0; first < acked.size(); first += Ledger.OPERATIONS_MAX) {
            int last = Math.min(acked.size(), first + Ledger.OPERATIONS_MAX);
            List<Delivery> part = List.copyOf(acked.subList(first, last));
            for (Delivery delivery : part) {
                settling(delivery, State.SETTLING);
                delivery.acks = 1;
                subscription.acksUnderWay++;
            }
            ledger.carryOut(new Acked(subscription, part));
        }
    }

    /** A late ack: takes the envelope back if nobody else has it; says whether that was so. */
    boolean reclaim(Delivery delivery) {
        if (delivery.nacked) {
            return false;
        }
        Mailbox mailbox = mailboxes.get(delivery.mailbox);
        Delivery newer = mailbox.held.get(delivery.sequence);
        if (newer != null) {
            if (newer.subscription != delivery.subscription || !newer.leased()) {
                return false;
            }
            release(newer);
            delivery.count(newer.deliveries, newer.failures);
        } else if (mailbox.delayed.contains(delivery.sequence)) {
            alarms.cancel(mailbox.delayed.remove(delivery.sequence));
        } else if (mailbox.taken.contains(delivery.sequence)) {
            mailboxes.forgetIfIdle(mailbox);
            return false;
        }
        Attempts since = mailbox.attempts.remove(delivery.sequence);
        if (since != null) {
            delivery.count(since.deliveries(), since.failures());
        }
        mailbox.taken.add(delivery.sequence);
        mailbox.held.put(delivery.sequence, delivery);
        // Others may have caught up by that.
        work.offer(mailbox);
        return true;
    }

    /** The client lives: what was over time when it was asked has failed. */
    void alive(Subscription subscription, long now) {
        List<Delivery> asked = subscription.asked;
        subscription.asked = new ArrayList<>();
        for (Delivery delivery : asked) {
            if (delivery.state == State.ASKED) {
                subscription.tellLost(delivery.number, 0);
                fail(delivery, 0, "the lease ran out", now);
            }
        }
        // Before any of them comes again.
        subscription.tell();
        work.changed(subscription);
    }

    /** Gives back all that a subscription holds, without failures. */
    void giveBackAll(Collection<Delivery> deliveries, long now) {
        for (Delivery delivery : List.copyOf(deliveries)) {
            if (delivery.leased()) {
                giveBack(delivery, now);
            }
        }
    }

    private void over(Delivery delivery, long now) {
        delivery.leaseEnd = null;
        Subscription subscription = delivery.subscription;
        if (now >= delivery.deadlineMillis) {
            // It stays taken: the store is about to remove it, if it has not.
            mailboxes.forgetIfIdle(release(delivery));
        } else if (subscription.session == null) {
            giveBack(delivery, now);
        } else {
            delivery.state = State.OVERDUE;
            delivery.leaseEnd = alarms.set(delivery.deadlineMillis, at -> over(delivery, at));
            subscription.overdue.add(delivery);
            work.changed(subscription);
        }
    }

    private void delay(Delivery delivery, long delayMillis, long now) {
        Mailbox mailbox = release(delivery);
        remember(mailbox, delivery, now);
        long left = Math.max(0, delivery.deadlineMillis - now);
        mailbox.delayed.put(
                delivery.sequence,
                alarms.set(
                        now + Math.min(delayMillis, left),
                        at -> {
                            mailbox.delayed.remove(delivery.sequence);
                            mailbox.free(delivery.sequence, delivery.sequence);
                            work.offer(mailbox);
                            mailboxes.forgetIfIdle(mailbox);
                        }));
    }

    private static void remember(Mailbox mailbox, Delivery delivery, long now) {
        if (delivery.deadlineMillis > now) {
            mailbox.attempts.put(
                    delivery.sequence,
                    new Attempts(delivery.deliveries, delivery.failures, delivery.deadlineMillis));
        }
    }

    /** The envelope is this receiver's no more. */
    private Mailbox release(Delivery delivery) {
        alarms.cancel(delivery.leaseEnd);
        delivery.leaseEnd = null;
        delivery.state = State.ENDED;
        Mailbox mailbox = mailboxes.get(delivery.mailbox);
        if (mailbox.held.get(delivery.sequence) == delivery) {
            mailbox.held.remove(delivery.sequence);
        }
        delivery.subscription.forgetIfOver(delivery);
        return mailbox;
    }

    /** The envelope stays held until the commit answers. */
    private void settling(Delivery delivery, State state) {
        alarms.cancel(delivery.leaseEnd);
        delivery.leaseEnd = null;
        delivery.state = state;
    }

    /** The envelope is gone. Its sequence stays taken. */
    private void settled(Delivery delivery) {
        mailboxes.forgetIfIdle(release(delivery));
    }

    private final class Acked implements Ledger.Change {
        private final Subscription subscription;
        private final List<Delivery> deliveries;

        Acked(Subscription subscription, List<Delivery> deliveries) {
            this.subscription = subscription;
            this.deliveries = deliveries;
        }

        @Override
        public List<Operation> operations() {
            List<Operation> operations = new ArrayList<>(deliveries.size());
            for (Delivery delivery : deliveries) {
                operations.add(
                        new Operation.Remove(delivery.mailbox, delivery.sequence, Removal.ACKED));
            }
            return operations;
        }

        @Override
        public void done(List<Outcome> outcomes, long now) {
            for (int i = 0; i < deliveries.size(); i++) {
                Delivery delivery = deliveries.get(i);
                boolean removed = outcomes.get(i) instanceof Outcome.Done;
                if (removed) {
                    subscription.removed(delivery);
                }
                for (; delivery.acks > 0; delivery.acks--) {
                    if (removed) {
                        subscription.tellAcked(delivery.number);
                    } else {
                        subscription.tellLost(delivery.number, FrameType.ACK.number());
                    }
                }
                subscription.acksUnderWay--;
                settled(delivery);
            }
            subscription.prune(settings.numbersKnown());
            work.changed(subscription);
        }

        @Override
        public void failed(long now) {
            for (Delivery delivery : deliveries) {
                delivery.acks = 0;
                subscription.acksUnderWay--;
                giveBack(delivery, now);
                Receiver session = subscription.session;
                if (session != null) {
                    session.fail(
                            ErrorCode.INTERNAL,
                            "the relay's store has failed and takes nothing until a restart",
                            now);
                }
            }
        }
    }

    /** What nobody waits for. */
    private record Unanswered(Operation operation) implements Ledger.Change {
        @Override
        public List<Operation> operations() {
            return List.of(operation);
        }

        @Override
        public void done(List<Outcome> outcomes, long now) {}

        @Override
        public void failed(long now) {}
    }
}
