package io.qight.transport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The one bound on bytes held for connections. Who wants to hold bytes reserves them first and
 * waits, its stream unread, until they are granted.
 *
 * <p>Reservations are granted in the order in which they were made: a large one that waits for room
 * is not overtaken by small ones. One connection, a {@link Share}, holds at most {@code
 * shareBytesMax}, or one reservation above that while it holds nothing else; who waits for its own
 * share holds up nobody else's.
 *
 * <p>Thread-safe.
 */
public final class ByteBudget {
    private final long capacityBytes;
    private final long shareBytesMax;

    /** The first of each share's queue that its share lets through, the oldest first. */
    private final TreeSet<Reservation> next =
            new TreeSet<>(Comparator.comparingLong(reservation -> reservation.ticket));

    private long heldBytes;
    private long highestHeldBytes;
    private int waiting;
    private long lastTicket;

    /**
     * A budget of so many bytes.
     *
     * @param capacityBytes all that may be held
     * @param shareBytesMax what one share may hold; no more than the capacity
     */
    public ByteBudget(long capacityBytes, long shareBytesMax) {
        if (shareBytesMax < 1 || shareBytesMax > capacityBytes) {
            throw new IllegalArgumentException(
                    "a share of " + shareBytesMax + " bytes, of " + capacityBytes);
        }
        this.capacityBytes = capacityBytes;
        this.shareBytesMax = shareBytesMax;
    }

    /** A share for one connection; what has to wait is told on {@code executor}. */
    public Share newShare(Executor executor) {
        return new Share(executor);
    }

    /** All that may be held, in bytes. */
    public long capacityBytes() {
        return capacityBytes;
    }

    /** What is held now, in bytes. */
    public synchronized long heldBytes() {
        return heldBytes;
    }

    /** The most that was ever held, in bytes. */
    public synchronized long highestHeldBytes() {
        return highestHeldBytes;
    }

    /** Reservations that wait now. */
    public synchronized int waiting() {
        return waiting;
    }

    /** Grants all that can be granted now; the caller tells them when it has left the monitor. */
    private List<Reservation> grant() {
        List<Reservation> granted = List.of();
        while (!next.isEmpty() && next.first().bytes <= capacityBytes - heldBytes) {
            Reservation reservation = next.first();
            next.remove(reservation);
            Share share = reservation.share;
            share.queue.remove();
            waiting--;
            take(reservation);
            share.offerFirst();
            if (granted.isEmpty()) {
                granted = new ArrayList<>();
            }
            granted.add(reservation);
        }
        return granted;
    }

    private void take(Reservation reservation) {
        reservation.state = State.TAKEN;
        reservation.share.heldBytes += reservation.bytes;
        heldBytes += reservation.bytes;
        highestHeldBytes = Math.max(highestHeldBytes, heldBytes);
    }

    /** One connection's part of the budget. */
    public final class Share {
        private final Executor executor;
        private final ArrayDeque<Reservation> queue = new ArrayDeque<>();
        private long heldBytes;

        private Share(Executor executor) {
            this.executor = executor;
        }

        /**
         * Asks for bytes. If they can be had at once, the reservation returned is {@link
         * Reservation#granted() granted} and {@code whenGranted} is never run. Else it waits, and
         * {@code whenGranted} runs on the share's executor once it is granted, unless it was
         * released before.
         *
         * @throws IllegalArgumentException if it is negative or above the capacity: it could never
         *     be granted
         */
        public Reservation reserve(long bytes, Runnable whenGranted) {
            if (bytes < 0 || bytes > capacityBytes) {
                throw new IllegalArgumentException(
                        "a reservation of " + bytes + " bytes, of " + capacityBytes);
            }
            synchronized (ByteBudget.this) {
                Reservation reservation = new Reservation(this, bytes, whenGranted, ++lastTicket);
                if (queue.isEmpty()
                        && next.isEmpty()
                        && lets(reservation)
                        && bytes <= capacityBytes - ByteBudget.this.heldBytes) {
                    take(reservation);
                    reservation.state = State.GRANTED;
                } else {
                    queue.add(reservation);
                    waiting++;
                    offerFirst();
                }
                return reservation;
            }
        }

        /** What the share holds now, in bytes. */
        public long heldBytes() {
            synchronized (ByteBudget.this) {
                return heldBytes;
            }
        }

        private boolean lets(Reservation reservation) {
            return heldBytes == 0 || reservation.bytes <= shareBytesMax - heldBytes;
        }

        private void offerFirst() {
            Reservation first = queue.peek();
            if (first != null && lets(first)) {
                next.add(first);
            }
        }
    }

    private enum State {
        WAITING,
        /** Its bytes are held, but its owner has not been told yet. */
        TAKEN,
        GRANTED,
        RELEASED
    }

    /** Bytes that are held, or waited for, until {@link #release()}. */
    public final class Reservation {
        private final Share share;
        private final long bytes;
        private final Runnable whenGranted;
        private final long ticket;
        private State state = State.WAITING;

        private Reservation(Share share, long bytes, Runnable whenGranted, long ticket) {
            this.share = share;
            this.bytes = bytes;
            this.whenGranted = whenGranted;
            this.ticket = ticket;
        }

        /** Its size in bytes. */
        public long bytes() {
            return bytes;
        }

        /** Whether the bytes may be held; turns true before {@code whenGranted} runs. */
        public boolean granted() {
            synchronized (ByteBudget.this) {
                return state == State.GRANTED;
            }
        }

        /** Gives the bytes back, or waits no longer; the second time it does nothing. */
        public void release() {
            List<Reservation> granted;
            synchronized (ByteBudget.this) {
                State before = state;
                state = State.RELEASED;
                switch (before) {
                    case RELEASED -> {
                        return;
                    }
                    case WAITING -> {
                        share.queue.remove(this);
                        next.remove(this);
                        waiting--;
                    }
                    case TAKEN, GRANTED -> {
                        share.heldBytes -= bytes;
                        heldBytes -= bytes;
                    }
                }
                share.offerFirst();
                granted = grant();
            }
            granted.forEach(Reservation::tell);
        }

        private void tell() {
            try {
                share.executor.execute(this::told);
            } catch (RejectedExecutionException e) {
                // Its event loop has ended, and the connection with it.
                release();
            }
        }

        private void told() {
            synchronized (ByteBudget.this) {
                if (state != State.TAKEN) {
                    return;
                }
                state = State.GRANTED;
            }
            whenGranted.run();
        }
    }
}
