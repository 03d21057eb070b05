package io.qight.load;

/** What decides when the next envelope is sent. */
public sealed interface Pace {
    /**
     * Open loop: so many a second from all senders together, whatever comes back.
     *
     * @param perSecond 1 to 10,000,000
     */
    record Open(long perSecond) implements Pace {
        private static final long PER_SECOND_MAX = 10_000_000;

        /** Checks the rate. */
        public Open {
            LoadPlan.require("the rate", perSecond, 1, PER_SECOND_MAX);
        }
    }

    /**
     * Closed loop: each sender sends the next when one has its receipt, or where there are
     * receivers, when one is with its handler.
     *
     * @param window how many of one sender are under way, 1 to 1,000,000
     */
    record Closed(int window) implements Pace {
        private static final int WINDOW_MAX = 1_000_000;

        /** What a relay lets one sender have under way. */
        private static final int RELAY_ENVELOPES = 4096;

        private static final int RELAY_BYTES = 16 << 20;

        /** Checks the window. */
        public Closed {
            LoadPlan.require("the window", window, 1, WINDOW_MAX);
        }

        /** As much of this size as a relay lets one sender have under way. */
        public static Closed ofRelay(int payloadBytes) {
            return new Closed(Math.max(16, Math.min(RELAY_ENVELOPES, RELAY_BYTES / payloadBytes)));
        }
    }
}
