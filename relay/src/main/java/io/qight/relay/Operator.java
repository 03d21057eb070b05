package io.qight.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.relay.delivery.DeadLetter;
import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.relay.flow.Dispatcher;
import io.qight.relay.flow.Message;
import io.qight.relay.flow.RelayClock;
import io.qight.relay.flow.StoreWriter;
import io.qight.store.MailboxStatistics;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What an operator may do to mailboxes: look without taking, throw away, and decide about dead
 * letters. Whoever has this has every right; clients cannot reach it.
 *
 * <p>Thread-safe, and blocking: a change waits for its commit, at most 4 s, and for the change
 * before it, since there is one at a time. It must not be called on a thread of the relay's. What
 * leaves a mailbox by it is counted as {@link Removal#PURGED}.
 *
 * <p>Every method throws {@link ProtocolException} with {@link ErrorCode#INVALID_MAILBOX} for what
 * is no mailbox's name; a change with the code of its refusal, or with {@link
 * ErrorCode#OUTCOME_UNKNOWN} where it may or may not have been carried out; and {@link
 * io.qight.store.StoreException} where the store cannot be read.
 */
public final class Operator {
    /** The most envelopes of one list. */
    public static final int LIST_MAX = StoreWriter.BATCH_OPERATIONS_MAX;

    /** The most bytes of the envelopes of one list; one envelope whatever its size. */
    public static final long LIST_BYTES_MAX = 1 << 20;

    private static final long ANSWER_MILLIS = 4_000;

    private final MailboxStore store;
    private final StoreWriter writer;
    private final Dispatcher dispatcher;
    private final RelayClock clock;
    private final long ttlMaxMillis;
    private final Function<Operation.Append, CompletableFuture<Void>> appends;

    Operator(
            MailboxStore store,
            StoreWriter writer,
            Dispatcher dispatcher,
            RelayClock clock,
            long ttlMaxMillis,
            Function<Operation.Append, CompletableFuture<Void>> appends) {
        this.store = store;
        this.writer = writer;
        this.dispatcher = dispatcher;
        this.clock = clock;
        this.ttlMaxMillis = ttlMaxMillis;
        this.appends = appends;
    }

    /** One part of a purge: what it removed, and whether there may be more to remove. */
    record Purged(long removed, boolean more) {}

    /**
     * What waits in a mailbox, oldest first, from the first above {@code afterSequence} (0: from
     * the oldest). At most {@code max} and {@link #LIST_MAX}, and {@link #LIST_BYTES_MAX}: to see
     * more, ask again after the last. Nothing is taken, leased or changed.
     */
    public List<EnvelopeReport> peek(String mailbox, long afterSequence, int max) {
        List<StoredEnvelope> found = read(new MailboxName(mailbox).value(), afterSequence, max);
        Set<Long> handedOut = handedOut(mailbox, found);
        long now = clock.millis();
        return found.stream()
                .map(one ->
                        new EnvelopeReport(
                                one.sequence(),
                                one.bytes().remaining(),
                                Math.max(0, one.deadlineMillis() - now),
                                one.failures(),
                                handedOut.contains(one.sequence()),
                                decode(one.format(), one.bytes(), one.deadlineMillis())))
                .toList();
    }

    /**
     * Removes all that waits in a mailbox now, also what a receiver holds: its ack finds nothing
     * then. What comes meanwhile stays. If it fails, a part may have been removed.
     *
     * @return how many were removed
     */
    public long purge(String mailbox) {
        long last = waiting(mailbox).map(MailboxStatistics::lastSequence).orElse(0L);
        Purged part = purge(mailbox, last);
        long removed = part.removed;
        while (part.more) {
            part = purge(mailbox, last);
            removed += part.removed;
        }
        return removed;
    }

    /** One commit's part of a purge that goes up to a sequence. */
    synchronized Purged purge(String mailbox, long lastSequence) {
        List<Operation> removals = new ArrayList<>();
        for (StoredEnvelope one : read(new MailboxName(mailbox).value(), 0, LIST_MAX)) {
            if (one.sequence() <= lastSequence) {
                removals.add(new Operation.Remove(mailbox, one.sequence(), Removal.PURGED));
            }
        }
        return removals.isEmpty() ? new Purged(0, false) : new Purged(remove(removals), true);
    }

    /** How many dead letters a mailbox has. */
    public long dead(String mailbox) {
        return waiting(place(mailbox)).map(MailboxStatistics::waiting).orElse(0L);
    }

    /**
     * The dead letters of a mailbox, oldest first, from the first above {@code afterSequence} (0:
     * from the oldest); bounded as {@link #peek} is.
     */
    public List<DeadLetterReport> deadLetters(String mailbox, long afterSequence, int max) {
        long now = clock.millis();
        return read(place(mailbox), afterSequence, max).stream()
                .map(one -> report(one, DeadLetter.of(one), now))
                .toList();
    }

    /**
     * Puts a dead letter back into its mailbox, behind all that waits there, as if it were sent
     * now: its time to live and its failures begin again, and a full mailbox refuses it. Only when
     * that is durable the dead letter is removed, so a crash between may leave both.
     *
     * @return whether there was such a dead letter
     */
    public synchronized boolean requeue(String mailbox, long sequence) {
        String place = place(mailbox);
        Optional<DeadLetter> found = deadLetter(place, sequence);
        if (found.isEmpty()) {
            return false;
        }
        DeadLetter letter = found.get();
        long now = clock.millis();
        Operation.Append append =
                new Operation.Append(
                        mailbox,
                        letter.format(),
                        now,
                        now + Math.min(ttlMillis(letter), ttlMaxMillis),
                        letter.envelope(),
                        null);
        Answers.await(appends.apply(append), ANSWER_MILLIS, ErrorCode.OUTCOME_UNKNOWN);
        remove(List.of(new Operation.Remove(place, sequence, Removal.PURGED)));
        return true;
    }

    /**
     * Throws a dead letter away.
     *
     * @return whether there was such a dead letter
     */
    public synchronized boolean drop(String mailbox, long sequence) {
        return remove(List.of(new Operation.Remove(place(mailbox), sequence, Removal.PURGED))) > 0;
    }

    private static String place(String mailbox) {
        return DeadLetter.place(new MailboxName(mailbox).value());
    }

    private Optional<MailboxStatistics> waiting(String mailbox) {
        return store.statistics(mailbox);
    }

    private List<StoredEnvelope> read(String mailbox, long afterSequence, int max) {
        int most = Math.max(1, Math.min(max, LIST_MAX));
        return store.read(mailbox, Math.max(0, afterSequence), most, LIST_BYTES_MAX);
    }

    private Optional<DeadLetter> deadLetter(String place, long sequence) {
        return read(place, sequence - 1, 1).stream()
                .filter(found -> found.sequence() == sequence)
                .map(DeadLetter::of)
                .findFirst();
    }

    private Set<Long> handedOut(String mailbox, List<StoredEnvelope> envelopes) {
        List<Long> sequences = envelopes.stream().map(StoredEnvelope::sequence).toList();
        CompletableFuture<Set<Long>> answer = new CompletableFuture<>();
        if (!dispatcher.tell(new Message.WhichLeased(mailbox, sequences, answer))) {
            throw new ProtocolException(ErrorCode.DRAINING);
        }
        return Answers.await(answer, ANSWER_MILLIS, ErrorCode.OVERLOADED);
    }

    /** Says how many there were to remove. */
    private long remove(List<Operation> removals) {
        CompletableFuture<Message.ToCaller> answer = new CompletableFuture<>();
        Message.Change change =
                new Message.Change(answers -> answers.forEach(answer::complete), 0, removals);
        if (!writer.change(change)) {
            throw new ProtocolException(ErrorCode.DRAINING);
        }
        Message.ToCaller told = Answers.await(answer, ANSWER_MILLIS, ErrorCode.OUTCOME_UNKNOWN);
        if (told instanceof Message.NotCommitted not) {
            throw new ProtocolException(not.code(), not.sentence());
        }
        return told instanceof Message.Changed changed
                ? changed.outcomes().stream().filter(Outcome.Done.class::isInstance).count()
                : 0;
    }

    private DeadLetterReport report(StoredEnvelope stored, DeadLetter letter, long now) {
        return new DeadLetterReport(
                stored.sequence(),
                letter.envelope().remaining(),
                Math.max(0, stored.deadlineMillis() - now),
                letter.failures(),
                letter.reason(),
                Instant.ofEpochMilli(letter.buriedMillis()),
                decode(letter.format(), letter.envelope(), letter.buriedMillis()));
    }

    private static long ttlMillis(DeadLetter letter) {
        ByteBuf bytes = Unpooled.wrappedBuffer(letter.envelope());
        return switch (letter.format()) {
            case EnvelopeFormat.V0 ->
                    io.qight.wire.v0.EnvelopeCodec.inspect(bytes).ttlSeconds() * 1000;
            case EnvelopeFormat.V1 -> io.qight.wire.v1.EnvelopeCodec.inspect(bytes).ttlMillis();
            default -> throw new ProtocolException(ErrorCode.NOT_SUPPORTED);
        };
    }

    /**
     * Reads an envelope of either version.
     *
     * @param aboutMillis the time of one that does not say when it was made
     */
    private static Optional<MessageEnvelope> decode(
            byte format, ByteBuffer bytes, long aboutMillis) {
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        try {
            return switch (format) {
                case EnvelopeFormat.V0 -> Optional.of(io.qight.wire.v0.EnvelopeCodec.decode(in));
                case EnvelopeFormat.V1 ->
                        Optional.of(io.qight.wire.v1.EnvelopeCodec.decode(in, aboutMillis / 1000));
                default -> Optional.empty();
            };
        } catch (ProtocolException e) {
            return Optional.empty();
        }
    }
}
