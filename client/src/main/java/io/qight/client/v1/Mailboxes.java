package io.qight.client.v1;

import io.qight.client.RefusedException;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The mailboxes of one subscription, and their numbers on its stream. */
final class Mailboxes {
    private enum State {
        /** To be added, at once or later. */
        WAITS,
        /** Its ADD is written. */
        ASKED,
        ADDED,
        /** Its REMOVE is to be written, or is. */
        LEAVING,
    }

    private static final class Mailbox {
        final String name;
        State state = State.WAITS;
        long number;

        /** Whether ADDED came for the number. */
        boolean answered;

        /** Whether CAUGHT_UP came for the number. */
        boolean caughtUpHere;

        boolean everAdded;
        boolean everCaughtUp;
        int failures;
        long retryMillis = Long.MIN_VALUE;

        Mailbox(String name) {
            this.name = name;
        }
    }

    private final SubscriptionEvents events;
    private final Backoff backoff;
    private final Map<String, Mailbox> all = new LinkedHashMap<>();

    /** Those that ADD has named on this stream and that have not come to their end. */
    private final Map<Long, Mailbox> numbered = new HashMap<>();

    private final Deque<Mailbox> toAdd = new ArrayDeque<>();
    private final Deque<Mailbox> toRemove = new ArrayDeque<>();
    private long nextNumber;

    /** How many have not caught up once. */
    private int behind;

    Mailboxes(SubscriptionEvents events, Backoff backoff) {
        this.events = events;
        this.backoff = backoff;
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** False if it is there already. */
    boolean add(String name) {
        if (all.containsKey(name)) {
            return false;
        }
        Mailbox mailbox = new Mailbox(name);
        all.put(name, mailbox);
        toAdd.add(mailbox);
        behind++;
        return true;
    }

    /** False if it is not there, or leaves already. */
    boolean remove(String name) {
        Mailbox mailbox = all.get(name);
        if (mailbox == null || mailbox.state == State.LEAVING) {
            return false;
        }
        if (mailbox.state == State.WAITS) {
            toAdd.remove(mailbox);
            forget(mailbox);
            events.removed(name);
        } else {
            mailbox.state = State.LEAVING;
            toRemove.add(mailbox);
        }
        return true;
    }

    /** A new stream: all are to be added again, but those that were leaving, which are gone. */
    void begin() {
        numbered.clear();
        toAdd.clear();
        toRemove.clear();
        nextNumber = 0;
        for (Mailbox mailbox : List.copyOf(all.values())) {
            if (mailbox.state == State.LEAVING) {
                forget(mailbox);
                events.removed(mailbox.name);
            }
        }
        for (Mailbox mailbox : all.values()) {
            mailbox.state = State.WAITS;
            mailbox.answered = false;
            mailbox.caughtUpHere = false;
            toAdd.add(mailbox);
        }
    }

    @Nullable Frame poll(long now) {
        for (int i = toAdd.size(); i > 0; i--) {
            Mailbox mailbox = toAdd.remove();
            if (mailbox.retryMillis <= now) {
                mailbox.number = nextNumber++;
                mailbox.state = State.ASKED;
                mailbox.answered = false;
                mailbox.caughtUpHere = false;
                numbered.put(mailbox.number, mailbox);
                return new Frame.Add(mailbox.number, mailbox.name);
            }
            toAdd.add(mailbox);
        }
        Mailbox leaving = toRemove.poll();
        return leaving == null ? null : new Frame.Remove(leaving.number);
    }

    /** When a mailbox that was refused for now is to be asked for again. */
    long dueMillis(long now) {
        long due = Long.MAX_VALUE;
        for (Mailbox mailbox : toAdd) {
            if (mailbox.retryMillis > now) {
                due = Math.min(due, mailbox.retryMillis);
            }
        }
        return due;
    }

    /** The mailbox of a delivery. */
    String delivering(long number) {
        Mailbox mailbox = numbered.get(number);
        if (mailbox == null || !mailbox.answered) {
            throw BadAnswer.because("a delivery from a mailbox that was not added");
        }
        return mailbox.name;
    }

    void added(Frame.Added frame) {
        Mailbox mailbox = asked(frame.mailbox());
        mailbox.answered = true;
        mailbox.failures = 0;
        if (mailbox.state == State.ASKED) {
            mailbox.state = State.ADDED;
        }
        if (!mailbox.everAdded) {
            mailbox.everAdded = true;
            events.added(mailbox.name);
        }
    }

    void notAdded(Frame.NotAdded frame, long now) {
        Mailbox mailbox = asked(frame.mailbox());
        numbered.remove(frame.mailbox());
        Refusal refusal = Refusal.of(frame.code(), frame.sentence());
        if (mailbox.state == State.LEAVING) {
            toRemove.remove(mailbox);
            forget(mailbox);
            events.removed(mailbox.name);
        } else if (mailbox.everAdded && refusal.code().retryable()) {
            mailbox.state = State.WAITS;
            mailbox.retryMillis = now + backoff.millis(++mailbox.failures);
            toAdd.add(mailbox);
        } else {
            forget(mailbox);
            events.refused(mailbox.name, refusal.exception());
        }
    }

    /**
     * Its deliveries end.
     *
     * @return its name if another receiver has it now, and its leases with it
     */
    @Nullable String removed(Frame.Removed frame) {
        Mailbox mailbox = numbered.get(frame.mailbox());
        if (mailbox == null || !mailbox.answered) {
            throw BadAnswer.because("a mailbox was removed that was not added");
        }
        BadAnswer.unless(
                frame.code() != 0 || mailbox.state == State.LEAVING,
                "a mailbox was removed that was not to be");
        numbered.remove(frame.mailbox());
        toRemove.remove(mailbox);
        forget(mailbox);
        if (frame.code() == 0) {
            events.removed(mailbox.name);
            return null;
        }
        RefusedException why = Refusal.of(frame.code(), "").exception();
        events.refused(mailbox.name, why);
        return why.code() == ErrorCode.TAKEN_OVER ? mailbox.name : null;
    }

    void caughtUp(Frame.CaughtUp frame) {
        Mailbox mailbox = numbered.get(frame.mailbox());
        if (mailbox == null || !mailbox.answered || mailbox.caughtUpHere) {
            throw BadAnswer.because("CAUGHT_UP for a mailbox that was not added, or twice");
        }
        mailbox.caughtUpHere = true;
        if (!mailbox.everCaughtUp) {
            mailbox.everCaughtUp = true;
            behind--;
            tellIfCaughtUp();
        }
    }

    private Mailbox asked(long number) {
        Mailbox mailbox = numbered.get(number);
        if (mailbox == null || mailbox.answered) {
            throw BadAnswer.because("an answer to an ADD that was not made");
        }
        return mailbox;
    }

    private void forget(Mailbox mailbox) {
        all.remove(mailbox.name);
        if (!mailbox.everCaughtUp) {
            behind--;
            tellIfCaughtUp();
        }
    }

    private void tellIfCaughtUp() {
        if (behind == 0 && !all.isEmpty()) {
            events.caughtUp();
        }
    }
}
