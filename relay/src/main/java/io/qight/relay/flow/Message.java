package io.qight.relay.flow;

import io.qight.relay.delivery.Slice;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.wire.ErrorCode;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Everything that passes between threads. A reservation travels with the bytes that it is for:
 * whoever takes the message has both, and releases the one when it lets go of the other.
 */
public sealed interface Message {
    /** What the writer is asked. */
    sealed interface ToWriter extends Message {
        /** Who is answered. */
        Caller caller();

        /** The caller's own number for it. */
        long request();
    }

    /** Store one envelope. */
    record Append(Caller caller, long request, Operation.Append operation, Reservation reservation)
            implements ToWriter {}

    /**
     * Carry out changes, whole, within one commit, and in order with all that was asked before;
     * answered by {@link Changed}.
     *
     * @param operations 1 to {@link StoreWriter#BATCH_OPERATIONS_MAX}
     */
    record Change(Caller caller, long request, List<Operation> operations) implements ToWriter {
        /** Copies the list, and checks its size. */
        public Change {
            operations = List.copyOf(operations);
            if (operations.isEmpty() || operations.size() > StoreWriter.BATCH_OPERATIONS_MAX) {
                throw new IllegalArgumentException(
                        "a change has 1 to "
                                + StoreWriter.BATCH_OPERATIONS_MAX
                                + " operations, not "
                                + operations.size());
            }
        }
    }

    /** What the dispatcher is asked. */
    sealed interface ToDispatcher extends Message {}

    /** Begin a FETCH: of what waits in the mailbox now. */
    record StartFetch(FetchKey key, String mailbox) implements ToDispatcher {}

    /** Read on, within the reservation, or one envelope more if nothing fits. */
    record ReadSlice(FetchKey key, Reservation reservation) implements ToDispatcher {}

    /** One envelope of the FETCH was not delivered: its time is over. */
    record LeaveOut(FetchKey key, long sequence) implements ToDispatcher {}

    /** The receiver has what the FETCH gave: remove it. */
    record Acknowledge(FetchKey key) implements ToDispatcher {}

    /** The receiver may not have what the FETCH gave: it may be handed out again. */
    record GiveBack(FetchKey key) implements ToDispatcher {}

    /** A FETCH stream waited for room for deliveries, and has it. */
    record RoomGranted(FetchKey key) implements ToDispatcher {}

    /** Hand out nothing more, and take on nothing new. */
    record Drain() implements ToDispatcher {}

    /** Say how many envelopes of a mailbox are leased. */
    record CountLeased(String mailbox, CompletableFuture<Long> count) implements ToDispatcher {}

    /** Say which of these envelopes of a mailbox are leased. */
    record WhichLeased(String mailbox, List<Long> sequences, CompletableFuture<Set<Long>> leased)
            implements ToDispatcher {
        /** Copies the list. */
        public WhichLeased {
            sequences = List.copyOf(sequences);
        }
    }

    /** A commit has put envelopes into these mailboxes. */
    record Arrived(Set<String> mailboxes) implements ToDispatcher {
        /** Copies the set. */
        public Arrived {
            mailboxes = Set.copyOf(mailboxes);
        }
    }

    /** End, once what was acknowledged is removed. */
    record Close() implements ToDispatcher {}

    /** The writer's answer to the dispatcher's own request. */
    record FromWriter(ToCaller answer) implements ToDispatcher {}

    /** What a caller is answered. */
    sealed interface ToCaller extends Message {
        /** The caller's own number for it. */
        long request();
    }

    /** The commit that holds it has returned. */
    record Committed(long request) implements ToCaller {}

    /** The commit that holds a {@link Change} has returned; one outcome for each operation. */
    record Changed(long request, List<Outcome> outcomes) implements ToCaller {}

    /** It was not carried out, or it is not known whether it was. */
    record NotCommitted(long request, ErrorCode code, String sentence) implements ToCaller {}

    /** The next part of a FETCH. */
    record SliceRead(long request, Slice slice, Reservation reservation) implements ToCaller {}

    /** Nothing was read: the next envelope alone has more bytes than were reserved. */
    record SliceTooLarge(long request, long bytes, Reservation reservation) implements ToCaller {}

    /** The FETCH cannot go on; it has to be given back. */
    record FetchFailed(long request, ErrorCode code, String sentence) implements ToCaller {}

    /** Names a FETCH: whose it is, and the caller's own number for it. */
    record FetchKey(Caller caller, long request) {}
}
