package io.qight.client;

import java.util.concurrent.TimeUnit;

/** How much may be without receipt; one envelope always may. Thread-safe. */
final class Room {
    private final int envelopesMax;
    private final long bytesMax;
    private int envelopes;
    private long bytes;

    Room(int envelopesMax, long bytesMax) {
        this.envelopesMax = envelopesMax;
        this.bytesMax = bytesMax;
    }

    /** Whether there was room for it. */
    synchronized boolean enter(long size) {
        if (envelopes > 0 && (envelopes >= envelopesMax || bytes + size > bytesMax)) {
            return false;
        }
        envelopes++;
        bytes += size;
        return true;
    }

    /** As {@link #enter}, but waits for room for at most so long. */
    synchronized boolean await(long size, long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        while (!enter(size)) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    synchronized void leave(long size) {
        envelopes--;
        bytes -= size;
        notifyAll();
    }
}
