package io.qight.load;

import io.qight.identity.Protection;
import java.time.Duration;

/**
 * What one measurement does. Limits are there to catch slips, not to protect the machine.
 *
 * @param name what it is called in the report
 * @param pace what decides when the next envelope is sent
 * @param senders connections that send, 1 to 10,000
 * @param receivers connections that receive and ack, 0 to 10,000; without any, only receipts are
 *     waited for
 * @param mailboxes to which the envelopes go in turns, 1 to 10,000,000, of which a receiver takes
 *     at most 100,000
 * @param payloadBytes 12 to 9,000,000: each payload begins with its time and its sender
 * @param backlog envelopes that wait in as many other mailboxes all the time, 0 to 100,000,000
 * @param warmUp how long to send before anything counts
 * @param duration how long to measure
 * @param protection of each envelope; where they are sealed a receiver takes one mailbox, since it
 *     proves one key
 */
public record LoadPlan(
        String name,
        Pace pace,
        int senders,
        int receivers,
        int mailboxes,
        int payloadBytes,
        long backlog,
        Duration warmUp,
        Duration duration,
        Protection protection) {
    /** The relay adds so many mailboxes to one connection. */
    private static final int MAILBOXES_OF_RECEIVER_MAX = 100_000;

    /** Each is a key, which takes a while to make. */
    private static final int SEALED_MAILBOXES_MAX = 10_000;

    private static final int CONNECTIONS_MAX = 10_000;
    private static final long HOURS_MAX = 24;

    /** Checks the limits; an {@link IllegalArgumentException} is a sentence for users. */
    public LoadPlan {
        require("the number of senders", senders, 1, CONNECTIONS_MAX);
        require("the number of receivers", receivers, 0, CONNECTIONS_MAX);
        require("the number of mailboxes", mailboxes, 1, 10_000_000);
        require("the payload's size in bytes", payloadBytes, Stamp.BYTES, 9_000_000);
        require("the backlog", backlog, 0, 100_000_000);
        require("the warm-up in hours", warmUp.toHours(), 0, HOURS_MAX);
        require("the duration in hours", duration.toHours(), 0, HOURS_MAX);
        require("the duration in milliseconds", duration.toMillis(), 1, Long.MAX_VALUE);
        if (receivers > 0 && mailboxes > (long) receivers * MAILBOXES_OF_RECEIVER_MAX) {
            throw new IllegalArgumentException(
                    "a receiver takes at most "
                            + MAILBOXES_OF_RECEIVER_MAX
                            + " mailboxes, not "
                            + mailboxes / receivers);
        }
        if (protection.sealed()
                && (mailboxes > SEALED_MAILBOXES_MAX || more(mailboxes, receivers))) {
            throw new IllegalArgumentException(
                    "where it is sealed, there are at most "
                            + SEALED_MAILBOXES_MAX
                            + " mailboxes, and not more than receivers");
        }
    }

    /** One that protects nothing. */
    public LoadPlan(
            String name,
            Pace pace,
            int senders,
            int receivers,
            int mailboxes,
            int payloadBytes,
            long backlog,
            Duration warmUp,
            Duration duration) {
        this(
                name,
                pace,
                senders,
                receivers,
                mailboxes,
                payloadBytes,
                backlog,
                warmUp,
                duration,
                Protection.NONE);
    }

    /** The same under another name, with another protection. */
    public LoadPlan with(String otherName, Protection other) {
        return new LoadPlan(
                otherName,
                pace,
                senders,
                receivers,
                mailboxes,
                payloadBytes,
                backlog,
                warmUp,
                duration,
                other);
    }

    private static boolean more(int mailboxes, int receivers) {
        return receivers > 0 && mailboxes > receivers;
    }

    static void require(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    what + " is " + least + " to " + most + ", not " + value);
        }
    }
}
