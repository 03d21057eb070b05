package io.qight.relay.delivery;

import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the checker knows of one FETCH stream, and what the relay owes on it. */
final class ModelStream {
    /** A mailbox of the stream. */
    static final class Claim {
        final String mailbox;
        final long addedStep;
        final long backlogLast;
        boolean caughtUp;

        Claim(String mailbox, long addedStep, long backlogLast) {
            this.mailbox = mailbox;
            this.addedStep = addedStep;
            this.backlogLast = backlogLast;
        }
    }

    final TreeMap<Long, Claim> claims = new TreeMap<>();

    /** Frames that must come next, in this order, as the answers to what arrived. */
    final Deque<Frame> due = new ArrayDeque<>();

    /** Numbers of acks to be answered ACKED, if the removal finds the envelope. */
    final Map<Long, Integer> ackedOwed = new HashMap<>();

    /** Numbers of acks to be answered LEASE_LOST. */
    final Map<Long, Integer> lostOwed = new HashMap<>();

    final Map<Long, Integer> extendLostOwed = new HashMap<>();

    /** LEASE_LOST for EXTEND that may come: an ACK before it is not answered yet. */
    final Map<Long, Integer> extendLostPossible = new HashMap<>();

    final Map<Long, Integer> unaskedLostOwed = new HashMap<>();
    @Nullable ModelSubscription subscription;
    Frame.@Nullable Subscribe subscribe;
    final NumberSet holds = new NumberSet();
    long holdsLeft;
    long holdsUntilMillis;
    long creditEnvelopes;
    long creditBytes;
    boolean over;
    boolean ending;
    @Nullable ErrorCode failureDue;

    static void owe(Map<Long, Integer> owed, long number) {
        owed.merge(number, 1, Integer::sum);
    }

    /** Takes one away; says whether there was one. */
    static boolean pay(Map<Long, Integer> owed, long number) {
        Integer count = owed.get(number);
        if (count == null) {
            return false;
        }
        if (count == 1) {
            owed.remove(number);
        } else {
            owed.put(number, count - 1);
        }
        return true;
    }

    @Override
    public String toString() {
        return "stream " + Integer.toHexString(hashCode());
    }
}
