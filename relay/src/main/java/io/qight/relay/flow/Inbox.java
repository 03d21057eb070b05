package io.qight.relay.flow;

import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a thread: many put, one takes. New work is refused above a bound; what belongs to
 * work that was taken on always fits, and whoever took it on bounds it. Once closed it takes
 * nothing more and gives what is left.
 */
final class Inbox<T> {
    /** How many the taker gets hold of at a time, so that it meets the putters seldom. */
    private static final int HAND_MAX = 256;

    private final int newWorkMax;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<T> waiting = new ArrayDeque<>();
    private boolean closed;

    /** The oldest of what waits; touched by the taker alone. */
    private final ArrayDeque<T> hand = new ArrayDeque<>(HAND_MAX);

    private volatile int inHand;

    Inbox(int newWorkMax) {
        this.newWorkMax = newWorkMax;
    }

    /** Puts new work; says false if too much waits, or it is closed. */
    boolean offer(T message) {
        return put(message, newWorkMax);
    }

    /** Puts what belongs to work taken on; says false only if it is closed. */
    boolean add(T message) {
        return put(message, Integer.MAX_VALUE);
    }

    private boolean put(T message, int max) {
        lock.lock();
        try {
            if (closed || waiting.size() >= max - inHand) {
                return false;
            }
            waiting.add(message);
            if (waiting.size() == 1) {
                changed.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the next for at most so long; null if none comes, or it is closed and empty. */
    @Nullable T take(long millisMax) throws InterruptedException {
        if (hand.isEmpty()) {
            await(millisMax);
        }
        T next = hand.poll();
        inHand = hand.size();
        return next;
    }

    /** The next, left where it is; null if there is none. Called by the taker. */
    @Nullable T peek() throws InterruptedException {
        if (hand.isEmpty()) {
            await(0);
        }
        return hand.peek();
    }

    private void await(long millisMax) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millisMax);
            while (waiting.isEmpty() && !closed && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            while (!waiting.isEmpty() && hand.size() < HAND_MAX) {
                hand.add(waiting.remove());
            }
            inHand = hand.size();
        } finally {
            lock.unlock();
        }
    }

    /** How many wait. */
    int size() {
        lock.lock();
        try {
            return waiting.size() + inHand;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more from now on. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether it was closed and nothing is left. */
    boolean done() {
        lock.lock();
        try {
            return closed && waiting.isEmpty() && inHand == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it was closed. */
    boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }
}
