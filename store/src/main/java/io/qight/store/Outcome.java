package io.qight.store;

import io.qight.wire.ErrorCode;

/** What became of one {@link Operation}. */
public sealed interface Outcome {
    /**
     * The append is in its mailbox.
     *
     * @param sequence its number: unique in the store for ever, and growing in the order of appends
     */
    record Stored(long sequence) implements Outcome {}

    /** A change that is no append was carried out. */
    record Done() implements Outcome {}

    /** There was nothing to change: the envelope or the outbox is not there. */
    record Absent() implements Outcome {}

    /**
     * The append's number had been taken before, perhaps earlier in the same batch, so nothing was
     * stored a second time. The first copy is as durable as this commit.
     */
    record Duplicate() implements Outcome {}

    /**
     * The append was not carried out, and its outbox number was not taken.
     *
     * @param code why; {@link ErrorCode#STORE_FULL} where there is no room, {@link
     *     ErrorCode#OUTCOME_UNKNOWN} where its outbox is not known (any more) or its number lies
     *     below those that are told apart, {@link ErrorCode#ENVELOPE_SIZE} where the store was set
     *     up for smaller envelopes
     */
    record Refused(ErrorCode code) implements Outcome {}
}
