package io.qight.relay.delivery;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.store.Expired;
import io.qight.store.MailboxStatistics;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoreException;
import io.qight.store.StoredEnvelope;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.EnvelopeCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The deliveries of a relay over a store in memory, in virtual time. */
final class DeliveryFixture {
    static final long TTL_MILLIS = 600_000;
    private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);
    static final ConnectionLimits LIMITS =
            new ConnectionLimits(
                    10_000_000,
                    2_592_000_000L,
                    4_096,
                    16 << 20,
                    65_536,
                    64 << 20,
                    100_000,
                    1_000,
                    43_200_000,
                    604_800_000,
                    30_000);

    final MemoryStore store;
    final StepLedger ledger;
    final Deliveries deliveries;
    final DeliverySettings settings;
    final List<FetchClient> clients = new ArrayList<>();

    /** What the store has and nobody was told of, by mailbox. */
    private final Map<String, List<StoredEnvelope>> untold = new HashMap<>();

    /** Mailboxes whose reading fails. */
    final Set<String> damaged = new HashSet<>();

    /** Whether changes are committed and answered as soon as they are asked for. */
    boolean commitsAtOnce = true;

    /** Whether the writer takes expired envelopes out of the store. */
    boolean expires = true;

    long now = 1_000_000;
    int reads;

    DeliveryFixture() {
        this(new MemoryStore(), DeliverySettings.of(LIMITS));
    }

    DeliveryFixture(MemoryStore store, DeliverySettings settings) {
        this.store = store;
        this.settings = settings;
        ledger = new StepLedger(store);
        deliveries = new Deliveries(new Reader(), ledger, settings);
    }

    /** A client on a connection of its own. */
    FetchClient client(long id) {
        return new FetchClient(
                this,
                id,
                new MailboxAllowance(LIMITS.mailboxesMax(), new MailboxAllowance(1_000_000)));
    }

    /** A client that has a mailbox, with ample credit. */
    FetchClient receiver(long id, String... mailboxes) {
        FetchClient client = client(id);
        client.subscribe();
        for (String mailbox : mailboxes) {
            client.add(mailbox);
        }
        return client;
    }

    /** Sends envelopes of version 1 with these payloads, and tells of them. */
    void send(String mailbox, String... payloads) {
        for (String payload : payloads) {
            append(mailbox, payload, TTL_MILLIS);
        }
        arrived(mailbox);
    }

    /** The store has an envelope of version 1; nobody is told. */
    long append(String mailbox, String payload, long ttlMillis) {
        return append(mailbox, EnvelopeFormat.V1, encode(mailbox, payload, ttlMillis), ttlMillis);
    }

    /** The store has an envelope of version 0; nobody is told. */
    long appendSeed(String mailbox, String sender, String payload) {
        MessageEnvelope envelope =
                MessageEnvelope.builder()
                        .id("m")
                        .sender(sender)
                        .recipient(mailbox)
                        .timestampSeconds(17)
                        .ttlMillis(TTL_MILLIS)
                        .payload(payload)
                        .build();
        ByteBuf bytes = io.qight.wire.v0.EnvelopeCodec.encode(envelope, HEAP);
        return append(mailbox, EnvelopeFormat.V0, bytes, TTL_MILLIS);
    }

    /** An envelope of version 1. */
    static ByteBuf encode(String mailbox, String payload, long ttlMillis) {
        return EnvelopeCodec.encode(
                MessageEnvelope.builder()
                        .id("0e9b1f3a-6a0c-4b57-8d2e-3f1c5a7b9d10")
                        .sender("alice")
                        .recipient(mailbox)
                        .timestampSeconds(17)
                        .ttlMillis(ttlMillis)
                        .payload(payload)
                        .build(),
                HEAP);
    }

    /** The writer has committed something in the mailbox. */
    void arrived(String mailbox) {
        List<StoredEnvelope> newest = untold.remove(mailbox);
        deliveries.arrived(mailbox, newest == null ? List.of() : newest);
        run();
    }

    /** Everything that can happen now happens. */
    void run() {
        boolean more = true;
        while (more) {
            if (expires) {
                expire();
            }
            deliveries.deal(now);
            more = false;
            for (FetchClient client : List.copyOf(clients)) {
                more |= client.transportTakes();
            }
            while (commitsAtOnce && (ledger.commit() || ledger.unanswered() > 0)) {
                ledger.answer(now);
                more = true;
            }
        }
    }

    /** Time passes, and everything happens when it is due. */
    void pass(long millis) {
        long end = now + millis;
        run();
        long next = deliveries.deal(now);
        while (next <= end) {
            now = Math.max(now, next);
            run();
            next = deliveries.deal(now);
        }
        now = end;
        run();
    }

    /** What waits in a mailbox, leased or not. */
    long waiting(String mailbox) {
        return store.statistics(mailbox).map(MailboxStatistics::waiting).orElse(0L);
    }

    long removed(Removal removal) {
        return store.statistics().removed().getOrDefault(removal, 0L);
    }

    /** The failure counts that the store keeps for what waits. */
    List<Integer> storedFailures(String mailbox) {
        return store.read(mailbox, 0, 1000, Long.MAX_VALUE).stream()
                .map(StoredEnvelope::failures)
                .toList();
    }

    List<DeadLetter> deadLetters(String mailbox) {
        return store.read(DeadLetter.place(mailbox), 0, Integer.MAX_VALUE, Long.MAX_VALUE).stream()
                .map(DeadLetter::of)
                .toList();
    }

    /** All that a FETCH of version 0 gives now, under a key. */
    List<String> fetch(Object key, String mailbox) {
        deliveries.startFetch(key, mailbox);
        List<String> payloads = new ArrayList<>();
        while (true) {
            SliceAnswer answer = deliveries.readSlice(key, 1 << 20, now);
            if (answer instanceof SliceAnswer.Read read) {
                for (StoredEnvelope envelope : read.slice().envelopes()) {
                    payloads.add(seedPayload(envelope));
                }
                if (read.slice().last()) {
                    return payloads;
                }
            } else if (!(answer instanceof SliceAnswer.NothingYet)) {
                throw new IllegalStateException("not expected: " + answer);
            }
        }
    }

    static String seedPayload(StoredEnvelope envelope) {
        return io.qight.wire.v0.EnvelopeCodec.decode(Unpooled.wrappedBuffer(envelope.bytes()))
                .payloadText();
    }

    private void expire() {
        List<Operation> removals = new ArrayList<>();
        for (Expired.Key key : store.expired(now, 1_000_000).envelopes()) {
            removals.add(new Operation.Remove(key.mailbox(), key.sequence(), Removal.EXPIRED));
        }
        store.commit(removals);
    }

    private long append(String mailbox, byte format, ByteBuf bytes, long ttlMillis) {
        List<Outcome> outcomes =
                store.commit(
                        List.of(
                                new Operation.Append(
                                        mailbox,
                                        format,
                                        now,
                                        now + ttlMillis,
                                        bytes.nioBuffer(),
                                        null)));
        long sequence = ((Outcome.Stored) outcomes.get(0)).sequence();
        untold.computeIfAbsent(mailbox, any -> new ArrayList<>())
                .add(new StoredEnvelope(sequence, format, now + ttlMillis, 0, bytes.nioBuffer()));
        return sequence;
    }

    private final class Reader implements MailboxReader {
        @Override
        public List<StoredEnvelope> read(
                String mailbox, long afterSequence, int envelopesMax, long bytesMax) {
            reads++;
            check(mailbox);
            return store.read(mailbox, afterSequence, envelopesMax, bytesMax);
        }

        @Override
        public Optional<MailboxStatistics> statistics(String mailbox) {
            check(mailbox);
            return store.statistics(mailbox);
        }

        private void check(String mailbox) {
            if (damaged.contains(mailbox)) {
                throw new StoreException.Damaged("segment 1, offset 4711");
            }
        }
    }
}
