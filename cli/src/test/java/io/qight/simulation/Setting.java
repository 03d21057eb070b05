package io.qight.simulation;

import io.qight.testkit.promises.Bounds;
import java.util.Random;

/**
 * What kind of world a seed gives: some are quick, so that the checker knows much of the order of
 * things, others are rough.
 *
 * @param latencyMillis the longest way of a frame
 * @param stallMillis for how long a client may not take what comes; 0 if never
 * @param noticeMillis how late the relay may hear that a connection was lost
 * @param pingMillis the silence that makes a client ask
 * @param pongMillis how long it waits then
 * @param leaseMillis the shortest lease
 * @param handleMillis how long a handler takes, at most, but for a few
 * @param quotaEnvelopes what a mailbox may hold
 * @param sendTimeoutMillis for how long an envelope is tried
 * @param clockSteps whether wall clocks are set
 * @param exclusive whether subscriptions are
 * @param lastsMillis for how long there are faults
 */
record Setting(
        int latencyMillis,
        int stallMillis,
        int noticeMillis,
        int pingMillis,
        int pongMillis,
        int leaseMillis,
        int handleMillis,
        int quotaEnvelopes,
        long sendTimeoutMillis,
        boolean clockSteps,
        boolean exclusive,
        int lastsMillis) {
    /** After how many failures an envelope is dead. */
    static final int FAILURES_MAX = 3;

    /** How long leases run on after their connection was lost. */
    static final int GRACE_MILLIS = 30_000;

    static Setting draw(Random random) {
        boolean rough = random.nextInt(3) == 0;
        int[] leases = {1_000, 3_000, 15_000, 30_000};
        int[] quotas = {3, 8, 30, 1_000};
        long[] timeouts = {3_000, 20_000, 600_000, 3_600_000};
        return new Setting(
                rough ? 100 + random.nextInt(700) : 1 + random.nextInt(60),
                rough ? 40_000 : 0,
                rough ? 30_000 : random.nextInt(4_000),
                rough ? 10_000 : 2_000,
                rough ? 10_000 : 1_000,
                leases[random.nextInt(leases.length)],
                random.nextBoolean() ? 20 : 2_000,
                quotas[random.nextInt(quotas.length)],
                timeouts[random.nextInt(timeouts.length)],
                random.nextInt(3) == 0,
                random.nextInt(5) == 0,
                2_000 + random.nextInt(18_000));
    }

    /** What the checker may take for granted. */
    Bounds bounds() {
        int wayMillis = latencyMillis + stallMillis + Wire.REPLAY_MILLIS + 20;
        int noticedMillis = pingMillis + pongMillis + wayMillis;
        // The relay's clock runs up to 1 % slow or fast while it follows a step.
        int slewMillis = clockSteps ? 6_000 : 0;
        return new Bounds(
                leaseMillis - leaseMillis / 50 - 10,
                wayMillis + slewMillis,
                wayMillis,
                noticedMillis,
                FAILURES_MAX);
    }
}
