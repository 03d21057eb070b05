package io.qight.relay.delivery;

import io.netty.buffer.ByteBuf;
import io.qight.identity.IdentityKey;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.util.Optional;

/**
 * The relay's side of one FETCH stream. Whatever is called after its end does nothing. What happens
 * to the stream comes back as {@link FetchInput}, later, never within a call.
 */
public interface Outlet {
    /** Whether it takes a delivery now; if not, {@link FetchInput.Taken} comes once it does. */
    boolean ready();

    /**
     * Takes a delivery, or says false if its bytes cannot be held now; then {@link
     * FetchInput.Taken} comes once they can.
     */
    boolean deliver(Handout handout);

    /** Writes a frame without an envelope. */
    void write(Frame frame);

    /** Asks the client whether it lives; {@link FetchInput.Alive} comes when it has answered. */
    void probe();

    /** Ends the stream with an error, behind all that was written before. */
    void fail(ErrorCode code, String sentence);

    /** Ends the stream in order, behind all that was written before. */
    void finish();

    /** Whom the client has proved to be. */
    Optional<IdentityKey> identity();

    /** Whether the client may fetch from a mailbox, if it is not a key's that it has not proved. */
    boolean mayFetch(String mailbox);

    /** What the streams of the same connection have together. */
    MailboxAllowance allowance();

    /**
     * One delivery on its way.
     *
     * @param mailbox the mailbox's number on the stream
     * @param number the delivery's number in the subscription
     * @param deadlineMillis until when it lives
     * @param deliveries how often it was handed out, this time included
     * @param failures how often it failed
     * @param envelope in version 1's layout
     */
    record Handout(
            long mailbox,
            long number,
            long deadlineMillis,
            long deliveries,
            long failures,
            ByteBuf envelope) {}
}
