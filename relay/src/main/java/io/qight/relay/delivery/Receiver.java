package io.qight.relay.delivery;

import io.qight.identity.IdentityKey;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one FETCH stream: which frame may stand where, and which numbers. What the frames
 * mean for leases and credit is {@link Subscriptions}' work. Belongs to the deliveries' thread.
 */
final class Receiver {
    private static final long MAILBOX_NUMBER_MAX = (1 << 30) - 1;

    private final Outlet outlet;
    private final Subscriptions subscriptions;
    private final Runnable whenOver;
    private final Map<Long, Claim> claims = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    private final NumberSet holds = new NumberSet();
    private Phase phase = Phase.SUBSCRIBE;
    private Frame.@Nullable Subscribe subscribe;
    private @Nullable Subscription subscription;
    private Alarms.@Nullable Alarm holdEnd;
    private long holdsLeft;
    private long lastMailbox = -1;

    /** What ends the stream; null if the client does, in order. */
    private @Nullable ProtocolException failure;

    Receiver(Outlet outlet, Subscriptions subscriptions, Runnable whenOver) {
        this.outlet = outlet;
        this.subscriptions = subscriptions;
        this.whenOver = whenOver;
    }

    private enum Phase {
        /** The first frame is to come. */
        SUBSCRIBE,
        /** The lists of what the client holds are to come. */
        HOLD,
        OPEN,
        /** The end is certain; the acks before it are being carried out, and answered. */
        ENDING,
        OVER
    }

    /** Where its frames go. */
    Outlet outlet() {
        return outlet;
    }

    /** Takes in what happened; a client's fault ends the stream. */
    void step(FetchInput input, long now) {
        if (phase == Phase.OVER) {
            return;
        }
        try {
            if (input instanceof FetchInput.Arrived arrived) {
                if (phase != Phase.ENDING) {
                    arrived(arrived.frame(), now);
                }
            } else if (input instanceof FetchInput.Broken broken) {
                throw new ProtocolException(broken.code(), broken.sentence());
            } else if (input instanceof FetchInput.Ended) {
                ended(now);
            } else if (input instanceof FetchInput.Lost) {
                end();
                lost(now);
            } else if (subscription != null) {
                onOutlet(subscription, input, now);
            }
        } catch (ProtocolException e) {
            refuse(e, now);
        }
    }

    /** Ends the stream with an error; what it holds counts as held by a lost connection. */
    void fail(ErrorCode code, String sentence, long now) {
        if (phase != Phase.OVER) {
            if (subscription != null) {
                subscription.tell();
            }
            end();
            outlet.fail(code, sentence);
            lost(now);
        }
    }

    /** A newer stream has the subscription now. */
    void takenOver() {
        Objects.requireNonNull(subscription).tell();
        end();
        dropAll();
        outlet.fail(ErrorCode.TAKEN_OVER, ErrorCode.TAKEN_OVER.sentence());
    }

    /** The mailbox is the subscription's no more, and not by the client's wish. */
    void removed(Claim claim, ErrorCode code) {
        drop(claim);
        outlet.write(new Frame.Removed(claim.number, code.number()));
    }

    /** Ends the stream once every ack is answered, if its end is certain or the relay's is. */
    void settle(long now) {
        if (subscription == null || subscription.acksUnderWay > 0) {
            return;
        }
        if (phase == Phase.OPEN && subscriptions.draining() && !subscription.holdsAny()) {
            fail(ErrorCode.DRAINING, ErrorCode.DRAINING.sentence(), now);
        } else if (phase == Phase.ENDING && failure != null) {
            fail(failure.code(), failure.sentence(), now);
        } else if (phase == Phase.ENDING) {
            end();
            outlet.finish();
            subscriptions.forget(subscription);
        }
    }

    /** The client's fault: what it is owed for the frames before is answered first. */
    private void refuse(ProtocolException fault, long now) {
        if (phase == Phase.ENDING) {
            return;
        }
        if (subscription == null || subscription.acksUnderWay == 0) {
            fail(fault.code(), fault.sentence(), now);
        } else {
            failure = fault;
            phase = Phase.ENDING;
            dropAll();
        }
    }

    private void onOutlet(Subscription known, FetchInput input, long now) {
        if (input instanceof FetchInput.Taken taken) {
            subscriptions.taken(known, taken.lastDelivery(), now);
        } else if (input instanceof FetchInput.Alive) {
            subscriptions.alive(known, now);
        }
    }

    private void arrived(Frame frame, long now) {
        if (phase == Phase.SUBSCRIBE && frame instanceof Frame.Subscribe first) {
            subscribe(first, now);
        } else if (phase == Phase.HOLD && frame instanceof Frame.Hold hold) {
            hold(hold, now);
        } else if (phase == Phase.OPEN && subscription != null) {
            arrived(subscription, frame, now);
        } else {
            throw new ProtocolException(
                    ErrorCode.WRONG_STATE, frame.type() + " may not stand here");
        }
    }

    private void arrived(Subscription known, Frame frame, long now) {
        if (frame instanceof Frame.Ack ack) {
            subscriptions.ack(known, ack.deliveries(), now);
        } else if (frame instanceof Frame.Nack nack) {
            subscriptions.nack(known, nack, now);
        } else if (frame instanceof Frame.Extend extend) {
            subscriptions.extend(known, extend, now);
        } else if (frame instanceof Frame.Credit credit) {
            subscriptions.credit(known, credit.creditEnvelopes(), credit.creditBytes());
        } else if (frame instanceof Frame.Add add) {
            add(known, add, now);
        } else if (frame instanceof Frame.Remove remove) {
            remove(remove.mailbox());
        } else {
            throw new ProtocolException(
                    ErrorCode.WRONG_STATE, frame.type() + " may not stand here");
        }
    }

    private void subscribe(Frame.Subscribe first, long now) {
        subscribe = first;
        holdsLeft = first.hold();
        phase = Phase.HOLD;
        if (holdsLeft > 0) {
            holdEnd =
                    subscriptions.alarmForHolds(
                            now,
                            at ->
                                    fail(
                                            ErrorCode.REQUEST_TIMEOUT,
                                            "not all HOLD frames arrived in time",
                                            at));
        }
        openWhenHeld(now);
    }

    private void hold(Frame.Hold hold, long now) {
        if (hold.deliveries().last() > Objects.requireNonNull(subscribe).known()) {
            throw new ProtocolException(
                    ErrorCode.BAD_NUMBER, "holds delivery " + hold.deliveries().last());
        }
        holds.addAll(NumberSet.of(hold.deliveries()));
        holdsLeft--;
        openWhenHeld(now);
    }

    private void openWhenHeld(long now) {
        if (holdsLeft == 0) {
            subscriptions.cancel(holdEnd);
            subscription =
                    subscriptions.subscribe(this, Objects.requireNonNull(subscribe), holds, now);
            phase = Phase.OPEN;
        }
    }

    private void add(Subscription known, Frame.Add add, long now) {
        if (add.mailbox() <= lastMailbox || add.mailbox() > MAILBOX_NUMBER_MAX) {
            throw new ProtocolException(
                    ErrorCode.BAD_NUMBER,
                    "mailbox number " + add.mailbox() + " goes back or is too high");
        }
        lastMailbox = add.mailbox();
        try {
            MailboxName name = new MailboxName(add.name());
            if (name.keyAddressed()) {
                IdentityKey.requireAddress(name.value());
            }
            if (!outlet.mayFetch(name.value())) {
                throw new ProtocolException(
                        ErrorCode.NOT_ALLOWED, "the client may not fetch from this mailbox");
            }
            if (name.keyAddressed()) {
                requireOwner(name);
            }
            if (names.contains(add.name())) {
                throw new ProtocolException(
                        ErrorCode.WRONG_STATE, "the subscription has this mailbox");
            }
            Optional<ErrorCode> full = outlet.allowance().take();
            if (full.isPresent()) {
                throw new ProtocolException(full.get());
            }
            try {
                claims.put(add.mailbox(), subscriptions.add(known, add, now));
                names.add(add.name());
            } catch (ProtocolException e) {
                outlet.allowance().giveBack();
                throw e;
            }
        } catch (ProtocolException e) {
            outlet.write(new Frame.NotAdded(add.mailbox(), e.code().number(), e.sentence()));
        }
    }

    /** Nobody reads a key's mailbox but who has proved the key. */
    private void requireOwner(MailboxName mailbox) {
        Optional<IdentityKey> identity = outlet.identity();
        if (identity.isEmpty()) {
            throw new ProtocolException(
                    ErrorCode.NOT_PROVED, "the mailbox is for who proves its key");
        } else if (!identity.get().address().equals(mailbox.value())) {
            throw new ProtocolException(ErrorCode.NOT_ALLOWED, "the mailbox is another key's");
        }
    }

    private void remove(long number) {
        if (number > lastMailbox) {
            throw new ProtocolException(
                    ErrorCode.BAD_NUMBER, "mailbox number " + number + " was never named");
        }
        Claim claim = claims.get(number);
        if (claim != null) {
            drop(claim);
            outlet.write(new Frame.Removed(number, 0));
        }
    }

    private void drop(Claim claim) {
        claims.remove(claim.number);
        names.remove(claim.mailbox.name);
        outlet.allowance().giveBack();
        subscriptions.drop(claim);
    }

    private void ended(long now) {
        if (phase != Phase.OPEN || subscription == null) {
            throw new ProtocolException(
                    ErrorCode.MALFORMED_FRAME, "the stream ended before its subscription");
        }
        dropAll();
        subscriptions.giveBackAll(subscription, now);
        phase = Phase.ENDING;
    }

    private void lost(long now) {
        if (subscription != null) {
            dropAll();
            subscriptions.lost(subscription, now);
        }
    }

    private void dropAll() {
        List.copyOf(claims.values()).forEach(this::drop);
    }

    private void end() {
        phase = Phase.OVER;
        subscriptions.cancel(holdEnd);
        whenOver.run();
    }
}
