package io.qight.client.v0;

/** Counts what waits, in requests and bytes, and says when it is too much. Thread-safe. */
final class WaitingRoom {
    private final int requestsMax;
    private final long bytesMax;
    private int requests;
    private long bytes;

    WaitingRoom(int requestsMax, long bytesMax) {
        this.requestsMax = requestsMax;
        this.bytesMax = bytesMax;
    }

    /** Counts one more, unless it is too much; the first always has room. */
    synchronized boolean enter(long requestBytes) {
        if (requests > 0 && (requests >= requestsMax || bytes + requestBytes > bytesMax)) {
            return false;
        }
        requests++;
        bytes += requestBytes;
        return true;
    }

    /** One that entered waits no more. */
    synchronized void leave(long requestBytes) {
        requests--;
        bytes -= requestBytes;
    }
}
