package io.qight.relay.outbox;

import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.OutboxState;
import io.qight.transport.AddressPrefix;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which outboxes are open on which stream, and what of an outbox lasts as long as this run of the
 * relay: its openings, its use. What lasts longer is in the store.
 *
 * @param <K> what names a stream
 */
public final class Outboxes<K> {
    /** Who first sent so long ago may have sent to a relay that has forgotten the outbox. */
    static final long TRIED_AGE_MILLIS = 300_000;

    /**
     * Nothing is forgotten in the first 10 minutes of a run, and the percent by which the relay's
     * clock may run fast.
     */
    static final long KEPT_AT_START_MILLIS = 606_000;

    /** What becomes of an OUTBOX frame. */
    public sealed interface Opening<K> {
        /**
         * The outbox is open on the stream.
         *
         * @param operation what the store has to be told
         * @param from the stream that it was taken from, which is over
         */
        record Opened<K>(Operation.OpenOutbox operation, Optional<K> from) implements Opening<K> {}

        /** The stream is to be ended. */
        record Refused<K>(SendEntry.Refusal refusal) implements Opening<K> {}
    }

    private final OutboxLimits limits;
    private final long startMillis;
    private final Map<OutboxId, Outbox<K>> known = new HashMap<>();
    private final Map<K, Outbox<K>> open = new HashMap<>();
    private final Map<AddressPrefix, Long> byAddress = new HashMap<>();

    /** None yet, in a run that begins now. */
    public Outboxes(OutboxLimits limits, long nowMillis) {
        this.limits = limits;
        this.startMillis = nowMillis;
    }

    /**
     * Opens an outbox on a new stream.
     *
     * @param address where the client is
     * @param stored what the store remembers of the outbox
     * @param storedOutboxes how many the store remembers in all
     */
    public Opening<K> open(
            K stream,
            Frame.Outbox frame,
            InetAddress address,
            Optional<OutboxState> stored,
            long storedOutboxes,
            long nowMillis) {
        OutboxId id = new OutboxId(frame.outbox().high(), frame.outbox().low());
        AddressPrefix prefix = AddressPrefix.of(address);
        Outbox<K> outbox = known.get(id);
        if (outbox != null && frame.opening() <= outbox.opening) {
            return refused(ErrorCode.TAKEN_OVER, "a later opening of the outbox was seen");
        }
        if (outbox == null && stored.isEmpty()) {
            if (frame.tried() > 0 && frame.triedAgeMillis() >= TRIED_AGE_MILLIS) {
                return refused(
                        ErrorCode.OUTCOME_UNKNOWN,
                        "the outbox is not remembered, and was used before");
            }
            long here = byAddress.getOrDefault(prefix, 0L);
            // What was opened since the last commit is counted twice, or not at all: by a few.
            if (storedOutboxes >= limits.outboxesMax() || here >= limits.perAddressMax()) {
                return refused(ErrorCode.TOO_MANY_OUTBOXES, ErrorCode.TOO_MANY_OUTBOXES.sentence());
            }
            byAddress.put(prefix, here + 1);
            outbox = new Outbox<>(id, prefix);
            known.put(id, outbox);
        } else if (outbox == null) {
            outbox = new Outbox<>(id, null);
            known.put(id, outbox);
        }
        Optional<K> from = Optional.ofNullable(outbox.stream);
        from.ifPresent(open::remove);
        outbox.open(
                stream,
                new SendStream(
                        id,
                        new TakenNumbers(stored.map(OutboxState::taken).orElse(List.of())),
                        new RefusedNumbers(),
                        new Sender(prefix, id)),
                frame.opening(),
                limits.granted(frame.rememberMillis()));
        open.put(stream, outbox);
        return new Opening.Opened<>(outbox.use(nowMillis), from);
    }

    /** The stream, if an outbox is open on it. */
    public Optional<SendStream> stream(K stream) {
        return Optional.ofNullable(open.get(stream)).map(outbox -> outbox.sends);
    }

    /** Nothing more comes on the stream; gives what the store has to be told of that use. */
    public Optional<Operation.OpenOutbox> close(K stream, long nowMillis) {
        Outbox<K> outbox = open.remove(stream);
        if (outbox == null) {
            return Optional.empty();
        }
        outbox.close();
        return Optional.of(outbox.use(nowMillis));
    }

    /** How many are open. */
    public int openStreams() {
        return open.size();
    }

    /** What the store has to be told so that no outbox is forgotten while it is open. */
    public List<Operation> renewals(long nowMillis) {
        List<Operation> operations = new ArrayList<>();
        for (Outbox<K> outbox : open.values()) {
            if (nowMillis - outbox.usedMillis >= outbox.rememberMillis / 2) {
                operations.add(outbox.use(nowMillis));
            }
        }
        return operations;
    }

    /** Whether anything may be forgotten yet. */
    public boolean mayForget(long nowMillis) {
        return nowMillis - startMillis >= KEPT_AT_START_MILLIS;
    }

    /** Whether this one may be, which the store has not heard of for long enough. */
    public boolean mayForget(OutboxId id, long nowMillis) {
        Outbox<K> outbox = known.get(id);
        return mayForget(nowMillis)
                && (outbox == null
                        || (outbox.stream == null
                                && nowMillis - outbox.usedMillis >= outbox.rememberMillis));
    }

    /** The store has forgotten it. */
    public void forgotten(OutboxId id) {
        Outbox<K> outbox = known.remove(id);
        if (outbox != null && outbox.prefix != null) {
            byAddress.computeIfPresent(
                    outbox.prefix, (prefix, count) -> count == 1 ? null : count - 1);
        }
    }

    private static <K> Opening<K> refused(ErrorCode code, String sentence) {
        return new Opening.Refused<>(new SendEntry.Refusal(code, sentence));
    }

    /** One that was open in this run. */
    private static final class Outbox<K> {
        final OutboxId id;

        /** Where it was opened first; null if an earlier run knew it. */
        final @Nullable AddressPrefix prefix;

        long opening;
        long rememberMillis;
        long usedMillis;
        @Nullable K stream;
        @Nullable SendStream sends;

        Outbox(OutboxId id, @Nullable AddressPrefix prefix) {
            this.id = id;
            this.prefix = prefix;
        }

        void open(K newStream, SendStream newSends, long newOpening, long newRememberMillis) {
            stream = newStream;
            sends = newSends;
            opening = newOpening;
            rememberMillis = newRememberMillis;
        }

        void close() {
            stream = null;
            sends = null;
        }

        Operation.OpenOutbox use(long nowMillis) {
            usedMillis = nowMillis;
            return new Operation.OpenOutbox(id, nowMillis, rememberMillis);
        }
    }
}
