package io.qight.relay.flow;

import io.qight.identity.IdentityKey;
import io.qight.relay.access.Access;
import io.qight.relay.delivery.Slice;
import io.qight.relay.grants.OwnerRule;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.StoredEnvelope;
import io.qight.transport.AddressPrefix;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

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

    /**
     * Store one envelope.
     *
     * @param from where the client is that sent it; empty if the relay itself wants it stored
     */
    record Append(
            Caller caller,
            long request,
            Operation.Append operation,
            Reservation reservation,
            Optional<AddressPrefix> from)
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

    /**
     * Open an outbox on a SEND stream, which may take it from another one.
     *
     * @param address where the client is
     */
    record OpenOutbox(Caller caller, long request, Frame.Outbox outbox, InetAddress address)
            implements ToWriter {}

    /**
     * Carry out what came on a SEND stream, in its order: what one read brought, or one large
     * envelope.
     */
    record Sends(Caller caller, long request, List<SendEntry> entries, Reservation reservation)
            implements ToWriter {
        /** Copies the list. */
        public Sends {
            entries = List.copyOf(entries);
        }

        /** How many bytes their envelopes have. */
        long bytes() {
            long bytes = 0;
            for (SendEntry entry : entries) {
                bytes += entry instanceof SendEntry.Send send ? send.bytes().remaining() : 0;
            }
            return bytes;
        }
    }

    /** Nothing more comes on the SEND stream. */
    record CloseOutbox(Caller caller, long request) implements ToWriter {}

    /**
     * Keep what the owner of a key's mailbox lays down; answered by {@link RuleKept}.
     *
     * @param address where the owner is
     */
    record KeepRule(Caller caller, long request, OwnerRule rule, InetAddress address)
            implements ToWriter {}

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

    /**
     * A commit has changed these mailboxes, which keep the order that they have: it put these
     * envelopes behind all others; none are given where they are to be read from the store.
     *
     * @param bytes how many bytes they have
     */
    record Arrived(Map<String, List<StoredEnvelope>> mailboxes, long bytes)
            implements ToDispatcher {}

    /**
     * A FETCH stream of version 1 has begun. From now on the dispatcher writes it, by {@link
     * WriteFrames}, and ends it, by {@link FinishStream} or {@link EndStream}.
     *
     * @param share where reservations for the stream's deliveries are made
     * @param identity whom the client has proved to be
     * @param access what it may do
     */
    record StreamOpened(
            FetchKey key,
            Frame.Subscribe subscribe,
            RelayBudget.Share share,
            Optional<IdentityKey> identity,
            Access access)
            implements ToDispatcher {}

    /**
     * The next frames of the client. No more is read of the stream until {@link FramesHandled}
     * answers; the dispatcher releases the reservation.
     */
    record StreamFrames(FetchKey key, List<Frame> frames, Reservation reservation)
            implements ToDispatcher {
        /** Copies the list. */
        public StreamFrames {
            frames = List.copyOf(frames);
        }
    }

    /** The transport has taken so many more {@link WriteFrames} that were deliveries. */
    record StreamTaken(FetchKey key, int groups) implements ToDispatcher {}

    /**
     * The client broke the rules behind the frames that were handed on: write what is owed for
     * those, then {@link EndStream} with this. It counts as a lost connection.
     */
    record StreamBroken(FetchKey key, ErrorCode code, String sentence) implements ToDispatcher {}

    /**
     * The client has ended the stream. In order: it comes once, and answers are written as before.
     * Else nothing written from now on arrives; it comes once, even after the orderly end, unless
     * the dispatcher has ended the stream itself.
     */
    record StreamEnded(FetchKey key, StreamEnd how) implements ToDispatcher {}

    /** The client has answered a {@link SendPing} with this number. */
    record Ponged(Caller caller, long opaque) implements ToDispatcher {}

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

    /**
     * A {@link KeepRule} is durable and holds, or was refused.
     *
     * @param request the client's own number for it
     */
    record RuleKept(long request, Optional<SendEntry.Refusal> refusal) implements ToCaller {}

    /** The next part of a FETCH. */
    record SliceRead(long request, Slice slice, Reservation reservation) implements ToCaller {}

    /** Nothing was read: the next envelope alone has more bytes than were reserved. */
    record SliceTooLarge(long request, long bytes, Reservation reservation) implements ToCaller {}

    /** The FETCH cannot go on; it has to be given back. */
    record FetchFailed(long request, ErrorCode code, String sentence) implements ToCaller {}

    /**
     * What became of the next SENDs of a stream, in its order.
     *
     * @param groups how many {@link Sends} were carried out
     */
    record Receipts(long request, int groups, List<ReceiptRun> runs) implements ToCaller {
        /** Copies the list. */
        public Receipts {
            runs = List.copyOf(runs);
        }
    }

    /**
     * Write frames on a FETCH stream. The reservation is released when the transport has taken
     * them, or the stream is gone.
     *
     * @param deliveries whether {@link StreamTaken} shall tell of them; answers to the client's
     *     frames are none, and reading stops while too many of those are not taken
     */
    record WriteFrames(
            long request, List<Frame> frames, boolean deliveries, @Nullable Reservation reservation)
            implements ToCaller {
        /** Copies the list. */
        public WriteFrames {
            frames = List.copyOf(frames);
        }
    }

    /** The frames of one {@link StreamFrames} are carried out: the stream may be read on. */
    record FramesHandled(long request) implements ToCaller {}

    /** End the relay's side of a FETCH stream behind all that was written. */
    record FinishStream(long request) implements ToCaller {}

    /** Write ERROR behind all that was written, end the stream, and read nothing more of it. */
    record EndStream(long request, ErrorCode code, String sentence) implements ToCaller {}

    /**
     * Ask the client for a PONG. If none comes for 10 s, the connection is closed.
     *
     * @param request the number that PING carries
     */
    record SendPing(long request) implements ToCaller {}

    /** Names a FETCH: whose it is, and the caller's own number for it. */
    record FetchKey(Caller caller, long request) {}
}
