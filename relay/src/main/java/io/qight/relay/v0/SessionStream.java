package io.qight.relay.v0;

import io.qight.relay.flow.Allowance;
import io.qight.store.StoredEnvelope;
import java.util.ArrayDeque;
import java.util.Deque;

/** What a session knows of one stream. */
final class SessionStream {
    /** How far the stream's request is. */
    enum Phase {
        /** Its head is arriving. */
        HEAD,
        /** It waits for the budget. */
        RESERVING,
        /** Its envelope is arriving. */
        ENVELOPE,
        /** The writer or the dispatcher works for it. */
        AWAY,
        /** A part of its answer is on the way to the transport. */
        WRITING,
        /** Its answer was written wholly; what still arrives is ignored. */
        ANSWERED
    }

    final long id;

    /** Whether it was opened before the relay began to drain. */
    final boolean taken;

    /** How many answers to FETCH had been written wholly when this stream was opened. */
    final long answersBefore;

    /** The client's time to send its request. */
    final Allowance arrival;

    /** The client's time to read its answer. */
    final Allowance reading;

    /** The client's time to finish its side once it was answered. */
    final Allowance ending;

    Phase phase = Phase.HEAD;

    /** The length of a SEND's envelope. */
    int envelopeBytes;

    /** What the last slice still has to be written. */
    final Deque<StoredEnvelope> unwritten = new ArrayDeque<>();

    /** Whether the last slice was the mailbox's last. */
    boolean lastSlice;

    /** Whether the dispatcher knows of this stream. */
    boolean fetching;

    /** Whether any envelope was leased to it. */
    boolean leases;

    /** Whether the end of the answer was written. */
    boolean endWritten;

    SessionStream(long id, boolean taken, long answersBefore, long graceMillis) {
        this.id = id;
        this.taken = taken;
        this.answersBefore = answersBefore;
        this.arrival = new Allowance(graceMillis);
        this.reading = new Allowance(graceMillis);
        this.ending = new Allowance(graceMillis);
    }
}
