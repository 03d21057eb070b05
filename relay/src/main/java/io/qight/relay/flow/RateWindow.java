package io.qight.relay.flow;

import java.util.Arrays;

/** How many of something a second, over the last minute. Any thread may call it. */
public final class RateWindow {
    private static final int SECONDS = 60;

    private final long[] counts = new long[SECONDS];
    private final long startSecond;
    private long currentSecond;

    /** An empty window. */
    public RateWindow(long nowMillis) {
        this.startSecond = nowMillis / 1000;
        this.currentSecond = startSecond;
    }

    /** So many more now. */
    public synchronized void add(long count, long nowMillis) {
        moveTo(nowMillis / 1000);
        counts[slot(currentSecond)] += count;
    }

    /** The rate over the last minute, or over all the time there was if that is shorter. */
    public synchronized double perSecond(long nowMillis) {
        moveTo(nowMillis / 1000);
        long seconds = Math.min(SECONDS, currentSecond - startSecond + 1);
        return (double) Arrays.stream(counts).sum() / seconds;
    }

    private void moveTo(long second) {
        if (second - currentSecond >= SECONDS) {
            Arrays.fill(counts, 0);
            currentSecond = second;
        }
        while (currentSecond < second) {
            currentSecond++;
            counts[slot(currentSecond)] = 0;
        }
    }

    private static int slot(long second) {
        return (int) (second % SECONDS);
    }
}
