package io.qight.relay.flow;

/**
 * How fast one sender may send: so many a second, and as many at once when it has paused. What has
 * come is taken, whatever it comes to; then nothing more should be read until it is paid for.
 * Thread-safe.
 */
public final class SendRate {
    /** No bound. */
    public static final long UNBOUNDED = Long.MAX_VALUE;

    private static final double SECOND_MILLIS = 1_000;

    private final double perSecond;

    /** What may be sent at once; below 0 it is owed. */
    private double left;

    private long leftAtMillis;

    /** At most so many a second, from now on. */
    public SendRate(long perSecond, long nowMillis) {
        this.perSecond = perSecond;
        this.left = this.perSecond;
        this.leftAtMillis = nowMillis;
    }

    /** So many have come; says whether the sender is to wait now, and was not before. */
    public synchronized boolean take(long sends, long nowMillis) {
        refill(nowMillis);
        boolean waited = left < 0;
        left -= sends;
        return left < 0 && !waited;
    }

    /** How long nothing more should be read, in milliseconds; 0 if it may. */
    public synchronized long waitMillis(long nowMillis) {
        refill(nowMillis);
        return left >= 0 ? 0 : (long) Math.ceil(-left * SECOND_MILLIS / perSecond);
    }

    private void refill(long nowMillis) {
        double passed = Math.max(0, nowMillis - leftAtMillis);
        leftAtMillis = nowMillis;
        left = Math.min(perSecond, left + passed * perSecond / SECOND_MILLIS);
    }
}
