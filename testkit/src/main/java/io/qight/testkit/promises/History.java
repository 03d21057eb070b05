package io.qight.testkit.promises;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What a test did and saw, in the order in which it was recorded. Thread-safe; an entry costs less
 * than a microsecond and about 100 bytes, and nothing bounds how many there are.
 *
 * <p>What is about to be done is recorded <em>before</em> it is done ({@link #sending}, {@link
 * #acking}, {@link #nacking}, {@link #relayEnded}); what has happened, after it happened. Outboxes,
 * subscriptions and mailboxes have names of the test's own. Envelopes are known by outbox and
 * number, which the test writes into them.
 */
public final class History {
    private final LongSupplier clockMillis;
    private final Bounds bounds;
    private final List<Event> events = new ArrayList<>();

    /**
     * With a clock that never goes back, virtual or real.
     *
     * @param clockMillis read within the history's lock
     */
    public History(LongSupplier clockMillis, Bounds bounds) {
        this.clockMillis = clockMillis;
        this.bounds = bounds;
    }

    /** With the clock of this process, from 0. */
    public static History ofRealTime(Bounds bounds) {
        long startNanos = System.nanoTime();
        return new History(
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos), bounds);
    }

    /** What its times are taken to keep to. */
    public Bounds bounds() {
        return bounds;
    }

    /**
     * An envelope is about to be sent, or sent again, by whoever owns the outbox.
     *
     * @param number grows with each new envelope of the outbox, and is kept by one sent again
     * @param payload a hash of all that must come as it was sent
     * @param ttlMillis from the first sending of the number; at least 1
     */
    public void sending(String outbox, long number, String mailbox, long payload, long ttlMillis) {
        if (ttlMillis < 1) {
            throw new IllegalArgumentException("live-only envelopes have no history");
        }
        synchronized (events) {
            events.add(
                    new Event.Sending(next(), now(), outbox, number, mailbox, payload, ttlMillis));
        }
    }

    /** The sender was told. */
    public void receipt(String outbox, long number, Outcome outcome) {
        synchronized (events) {
            events.add(new Event.Receipt(next(), now(), outbox, number, outcome));
        }
    }

    /**
     * The relay's store has made an envelope durable: for tests that see the store, which then
     * record all of them, before the relay tells anybody.
     */
    public void appended(String mailbox, long sequence, String outbox, long number) {
        synchronized (events) {
            events.add(new Event.Appended(next(), now(), mailbox, sequence, outbox, number));
        }
    }

    /** A handler has got an envelope, the first time or again. */
    public void delivered(Delivery delivery) {
        synchronized (events) {
            events.add(new Event.Delivered(next(), now(), delivery));
        }
    }

    /** A delivery is about to be acked, or acked again. */
    public void acking(String subscription, long delivery) {
        synchronized (events) {
            events.add(new Event.Acking(next(), now(), subscription, delivery));
        }
    }

    /** The relay said ACKED. */
    public void acked(String subscription, long delivery) {
        synchronized (events) {
            events.add(new Event.Acked(next(), now(), subscription, delivery));
        }
    }

    /** A delivery is about to be given back, with a failure, or as dead. */
    public void nacking(String subscription, long delivery, boolean dead) {
        synchronized (events) {
            events.add(new Event.Nacking(next(), now(), subscription, delivery, dead));
        }
    }

    /** The relay said LEASE_LOST, asked or unasked. */
    public void leaseLost(String subscription, long delivery) {
        synchronized (events) {
            events.add(new Event.LeaseLost(next(), now(), subscription, delivery));
        }
    }

    /**
     * An outbox or a subscription has a connection to the relay's present run. Whoever records this
     * once records it for each connection; without it, fewer rules are looked at after the relay
     * ended for the first time.
     */
    public void connected(String who) {
        synchronized (events) {
            events.add(new Event.Connected(next(), now(), who));
        }
    }

    /**
     * The connection of an outbox or a subscription has ended, in whatever way; also: its stream
     * has, it removed a mailbox, or another receiver took its mailbox. It may be recorded more than
     * once.
     */
    public void connectionLost(String who) {
        synchronized (events) {
            events.add(new Event.ConnectionLost(next(), now(), who));
        }
    }

    /** The relay is about to be killed or stopped. */
    public void relayEnded() {
        synchronized (events) {
            events.add(new Event.RelayEnded(next(), now()));
        }
    }

    /** The wall clock of the relay's machine was set, by so much. */
    public void clockStepped(long stepMillis) {
        synchronized (events) {
            events.add(new Event.ClockStepped(next(), now(), stepMillis));
        }
    }

    /** An operator is about to throw away envelopes of a mailbox, or its dead letters. */
    public void purged(String mailbox) {
        synchronized (events) {
            events.add(new Event.Purged(next(), now(), mailbox));
        }
    }

    /** The drain at the end has found an envelope that waits; see {@link #drained}. */
    public void found(String mailbox, String outbox, long number, long payload) {
        synchronized (events) {
            events.add(new Event.Found(next(), now(), mailbox, outbox, number, payload));
        }
    }

    /**
     * The look at the dead letters, at the end, has found one. If the relay has too many of them to
     * have kept all, that is a purge.
     *
     * @param failures -1 if not known
     */
    public void foundDead(String mailbox, String outbox, long number, int failures) {
        synchronized (events) {
            events.add(new Event.FoundDead(next(), now(), mailbox, outbox, number, failures));
        }
    }

    /**
     * All that waits in a mailbox, and all its dead letters, were recorded as found. To be done
     * when all senders have ended, and when nothing is leased any more. Only then is it known what
     * was lost.
     */
    public void drained(String mailbox) {
        synchronized (events) {
            events.add(new Event.Drained(next(), now(), mailbox));
        }
    }

    /** The relay's counters, read when nothing moved. */
    public void counted(Counts counts) {
        synchronized (events) {
            events.add(new Event.Counted(next(), now(), counts));
        }
    }

    /** How full something of the relay's is, and how full it may be. */
    public void measured(String what, long value, long bound) {
        synchronized (events) {
            events.add(new Event.Measured(next(), now(), what, value, bound));
        }
    }

    /** All of it so far, in its order. */
    public List<Event> events() {
        synchronized (events) {
            return List.copyOf(events);
        }
    }

    private int next() {
        return events.size();
    }

    private long now() {
        return clockMillis.getAsLong();
    }
}
