package io.qight.relay.delivery;

import io.netty.buffer.ByteBuf;
import io.qight.relay.delivery.Mailbox.Attempts;
import io.qight.store.StoreException;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides who gets the next envelope. The receivers of a mailbox take turns, and so do the
 * mailboxes of a receiver that has more waiting than it can take.
 */
final class Dealer {
    /** The most envelopes of one read. */
    private static final int SLICE_ENVELOPES_MAX = 256;

    /** The most bytes of one read; one envelope whatever its size. */
    private static final long SLICE_BYTES_MAX = 256 << 10;

    /** The most envelopes of one mailbox before a hungry receiver's next one has its turn. */
    private static final int TURN_ENVELOPES_MAX = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Dealer.class);

    private final Tails tails;
    private final Alarms alarms;
    private final Work work;
    private boolean draining;

    Dealer(Tails tails, Alarms alarms, Work work) {
        this.tails = tails;
        this.alarms = alarms;
        this.work = work;
    }

    private enum Dealt {
        /** Nothing is left to hand out. */
        ALL,
        /** More may be left, and somebody may take it. */
        SOME,
        /** What is left nobody can take now. */
        STUCK
    }

    /** From now on nothing more is handed out. */
    void drain() {
        draining = true;
    }

    /** Hands out what can be handed out, and tells what is to be told. */
    void deal(long now) {
        boolean more = true;
        while (more) {
            Subscription changed = work.nextChanged();
            Mailbox offered = changed == null ? work.nextOffered() : null;
            if (changed != null) {
                changed.tell();
                changed.ask();
                feed(changed, now);
                if (changed.session != null) {
                    changed.session.settle(now);
                }
            } else if (offered != null && deal(offered, SLICE_ENVELOPES_MAX, now) == Dealt.SOME) {
                work.offer(offered);
            }
            more = changed != null || offered != null;
        }
        tails.endTurn();
    }

    /**
     * Gives a receiver what it could not take before, each mailbox in its turn. One whose next
     * envelope still does not fit keeps its turn: else small ones would starve a large one.
     */
    private void feed(Subscription subscription, long now) {
        while (!subscription.hungryFor.isEmpty() && subscription.room() > 0) {
            Mailbox next = subscription.hungryFor.iterator().next();
            long before = subscription.lastNumber;
            Dealt dealt = deal(next, TURN_ENVELOPES_MAX, now);
            if (dealt == Dealt.STUCK && subscription.lastNumber == before) {
                return;
            }
            subscription.hungryFor.remove(next);
            if (dealt != Dealt.ALL) {
                subscription.hungryFor.add(next);
                work.offer(next);
            }
        }
    }

    private Dealt deal(Mailbox mailbox, int envelopesMax, long now) {
        if (mailbox.claims.isEmpty() || draining) {
            return Dealt.ALL;
        }
        try {
            Dealt dealt = dealSlice(mailbox, envelopesMax, now);
            if (dealt == Dealt.STUCK) {
                mailbox.claims.forEach(claim -> claim.subscription.hungryFor.add(mailbox));
            } else if (dealt == Dealt.ALL) {
                mailbox.claims.forEach(claim -> endTurn(claim.subscription, mailbox));
            }
            if (dealt != Dealt.SOME) {
                tellCaughtUp(mailbox, dealt == Dealt.ALL, now);
            }
            return dealt;
        } catch (StoreException.Damaged | StoreException.Unreadable e) {
            LOG.error("the mailbox {} cannot be read: its receivers lose it", mailbox.name, e);
            for (Claim claim : List.copyOf(mailbox.claims)) {
                claim.subscription.session().removed(claim, ErrorCode.INTERNAL);
            }
            return Dealt.ALL;
        }
    }

    /** Nothing is left there: it is another mailbox's turn, if one waits. */
    private void endTurn(Subscription subscription, Mailbox mailbox) {
        if (subscription.hungryFor.remove(mailbox) && !subscription.hungryFor.isEmpty()) {
            work.changed(subscription);
        }
    }

    private Dealt dealSlice(Mailbox mailbox, int envelopesMax, long now) {
        long room = 0;
        for (Claim claim : mailbox.claims) {
            room += claim.subscription.room(mailbox);
        }
        if (room == 0) {
            return Dealt.STUCK;
        }
        long position = mailbox.position();
        long limit = mailbox.limit(position);
        int most = (int) Math.min(room, envelopesMax);
        List<StoredEnvelope> slice = tails.read(mailbox, position, limit, most, SLICE_BYTES_MAX);
        for (StoredEnvelope envelope : slice) {
            if (envelope.sequence() > limit) {
                break;
            }
            Optional<ByteBuf> form = form(mailbox, envelope, position, now);
            if (form.isPresent()) {
                if (!give(mailbox, envelope, form.get())) {
                    offerAgain(mailbox, envelope.deadlineMillis());
                    return Dealt.STUCK;
                }
                mailbox.taken.add(position + 1, envelope.sequence());
            }
            position = envelope.sequence();
        }
        boolean more = passGap(mailbox, slice, position, limit) || !slice.isEmpty();
        return more ? Dealt.SOME : Dealt.ALL;
    }

    /** What version 1 is given; if that is nothing, it is passed over from now on. */
    private static Optional<ByteBuf> form(
            Mailbox mailbox, StoredEnvelope envelope, long position, long now) {
        if (envelope.deadlineMillis() <= now) {
            mailbox.taken.add(position + 1, envelope.sequence());
            return Optional.empty();
        }
        Optional<ByteBuf> form = Forms.version1(envelope);
        if (form.isEmpty()) {
            mailbox.unfit.add(position + 1, envelope.sequence());
        }
        return form;
    }

    /** If the slice shows that nothing is left before what is taken, goes on behind that. */
    private static boolean passGap(
            Mailbox mailbox, List<StoredEnvelope> slice, long position, long limit) {
        boolean beyond = slice.isEmpty() || slice.get(slice.size() - 1).sequence() > limit;
        if (limit == Long.MAX_VALUE || !beyond) {
            return false;
        }
        if (position < limit) {
            mailbox.taken.add(position + 1, limit);
        }
        return true;
    }

    private boolean give(Mailbox mailbox, StoredEnvelope envelope, ByteBuf bytes) {
        for (int tries = mailbox.claims.size(); tries > 0; tries--) {
            Claim claim = mailbox.claims.removeFirst();
            mailbox.claims.addLast(claim);
            if (claim.subscription.room(mailbox) > 0
                    && claim.subscription.hasCredit(bytes.readableBytes())
                    && give(claim, envelope, bytes)) {
                return true;
            }
        }
        return false;
    }

    private boolean give(Claim claim, StoredEnvelope envelope, ByteBuf bytes) {
        Mailbox mailbox = claim.mailbox;
        Subscription subscription = claim.subscription;
        long sequence = envelope.sequence();
        Attempts before = Objects.requireNonNullElse(mailbox.attempts.get(sequence), Attempts.NONE);
        Delivery delivery =
                new Delivery(
                        subscription,
                        mailbox.name,
                        subscription.lastNumber + 1,
                        sequence,
                        envelope.deadlineMillis(),
                        bytes.readableBytes(),
                        before.deliveries() + 1,
                        Math.max(before.failures(), envelope.failures()));
        boolean taken =
                subscription
                        .session()
                        .outlet()
                        .deliver(
                                new Outlet.Handout(
                                        claim.number,
                                        delivery.number,
                                        delivery.deadlineMillis,
                                        delivery.deliveries,
                                        delivery.failures,
                                        bytes));
        if (taken) {
            subscription.lastNumber = delivery.number;
            subscription.add(delivery);
            mailbox.held.put(sequence, delivery);
            mailbox.attempts.remove(sequence);
        }
        return taken;
    }

    /** What nobody can take holds up what is behind it, but not beyond its deadline. */
    private void offerAgain(Mailbox mailbox, long deadlineMillis) {
        alarms.cancel(mailbox.stuckEnd);
        mailbox.stuckEnd = alarms.set(deadlineMillis, at -> work.offer(mailbox));
    }

    private void tellCaughtUp(Mailbox mailbox, boolean all, long now) {
        if (mailbox.claims.stream().allMatch(claim -> claim.caughtUp)) {
            return;
        }
        long next = all ? Long.MAX_VALUE : nextSequence(mailbox, now);
        for (Claim claim : mailbox.claims) {
            if (!claim.caughtUp && next > claim.backlogLast) {
                claim.caughtUp = true;
                claim.subscription
                        .session()
                        .outlet()
                        .write(new Frame.CaughtUp(claim.number, claim.subscription.lastNumber));
            }
        }
    }

    /** The lowest sequence that could be handed out; a very high one if none could be. */
    private long nextSequence(Mailbox mailbox, long now) {
        while (true) {
            long position = mailbox.position();
            long limit = mailbox.limit(position);
            List<StoredEnvelope> found = tails.read(mailbox, position, limit, 1, 1);
            if (!passGap(mailbox, found, position, limit)) {
                if (found.isEmpty()) {
                    return Long.MAX_VALUE;
                }
                if (form(mailbox, found.get(0), position, now).isPresent()) {
                    return found.get(0).sequence();
                }
            }
        }
    }
}
