package io.qight.relay.flow;

/**
 * The time that a peer may take for its part: a grace, and for each byte what it takes at the
 * minimum rate. It runs only while the peer is the one who is waited for. Pure; times are in
 * milliseconds.
 */
public final class Allowance {
    /** The rate below which a peer is too slow, in bytes a second. */
    static final long BYTES_PER_SECOND_MIN = 64 << 10;

    private static final long STOPPED = -1;

    private final long graceMillis;
    private long bytes;
    private long usedMillis;
    private long runsSinceMillis = STOPPED;

    /** For a peer that has done nothing yet. */
    public Allowance(long graceMillis) {
        this.graceMillis = graceMillis;
    }

    /** More bytes are the peer's to send or to read. */
    public void add(long more) {
        bytes += more;
    }

    /** The peer is waited for from now on. */
    public void start(long nowMillis) {
        if (runsSinceMillis == STOPPED) {
            runsSinceMillis = nowMillis;
        }
    }

    /** The peer has done its part, or something else is waited for. */
    public void stop(long nowMillis) {
        usedMillis = used(nowMillis);
        runsSinceMillis = STOPPED;
    }

    /** Whether the peer has taken more time than it may. */
    public boolean over(long nowMillis) {
        return used(nowMillis) > graceMillis + bytes * 1000 / BYTES_PER_SECOND_MIN;
    }

    private long used(long nowMillis) {
        return runsSinceMillis == STOPPED ? usedMillis : usedMillis + nowMillis - runsSinceMillis;
    }
}
