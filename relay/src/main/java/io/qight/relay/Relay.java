package io.qight.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.identity.Identity;
import io.qight.identity.IdentityKey;
import io.qight.relay.admin.AdminSocket;
import io.qight.relay.delivery.DeliverySettings;
import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.relay.flow.Admissions;
import io.qight.relay.flow.Dispatcher;
import io.qight.relay.flow.Message;
import io.qight.relay.flow.RelayBudget;
import io.qight.relay.flow.RelayMeters;
import io.qight.relay.flow.SendRates;
import io.qight.relay.flow.SlewedClock;
import io.qight.relay.flow.StoreWriter;
import io.qight.relay.flow.WriterSettings;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.OutboxLimits;
import io.qight.relay.v0.SeedProtocol;
import io.qight.relay.v0.SessionSettings;
import io.qight.relay.v1.ControlSettings;
import io.qight.relay.v1.Proofs;
import io.qight.relay.v1.RelayKeys;
import io.qight.relay.v1.StreamingProtocol;
import io.qight.store.MailboxStatistics;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.StoredEnvelope;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.transport.ClientCertificates;
import io.qight.transport.ServerConfig;
import io.qight.transport.ServerEndpoint;
import io.qight.transport.TlsIdentity;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v0.EnvelopeCodec;
import io.qight.wire.v1.ConnectionLimits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A relay that runs. Thread-safe.
 *
 * <p>It is a program's own: no signal handler is set and no system property read. Whoever starts it
 * closes it.
 */
public final class Relay implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Relay.class);
    private static final long LAST_WORK_MILLIS = 5_000;
    private static final long ANSWER_MILLIS = 1_000;

    private final RelayConfig config;
    private final MailboxStore store;
    private final long startNanos = System.nanoTime();
    private final SlewedClock clock = new SlewedClock();
    private final RelayBudget budget;
    private final RelayBudget.Share ownShare;
    private final RelayMeters meters;
    private final StoreWriter writer;
    private final Dispatcher dispatcher;
    private final ScheduledExecutorService keeper;
    private final Connections connections;
    private final Operator operator;
    private final RelayKeys keys;
    private volatile TlsIdentity identity;
    private @Nullable ServerEndpoint endpoint;
    private @Nullable AdminSocket adminSocket;
    private volatile boolean closing;
    private boolean closed;

    private Relay(RelayConfig config) {
        this.config = config;
        this.store = config.store();
        this.budget = new RelayBudget(config.budgetBytes());
        this.ownShare = budget.newShare(Runnable::run);
        this.meters = new RelayMeters(config.meterRegistry(), clock);
        WriterSettings settings =
                new WriterSettings(
                        config.durability(),
                        new MailboxQuota(
                                config.mailboxEnvelopesMax(),
                                config.mailboxBytesMax(),
                                config.limits().mailboxesMax()),
                        OutboxLimits.of(config.outboxesMax(), config.outboxesPerAddressMax()),
                        config.limits().senders());
        this.writer = new StoreWriter(store, settings, clock, meters);
        ConnectionLimits limits =
                ControlSettings.limits(
                        config.limits().envelopeBytesMax(),
                        config.ttlMax(),
                        config.transport().idleTimeout());
        this.dispatcher =
                new Dispatcher(
                        store,
                        writer,
                        DeliverySettings.of(limits, config.limits().receptionsMax()),
                        clock);
        this.keeper =
                Executors.newSingleThreadScheduledExecutor(task -> {
                    Thread thread = new Thread(task, "qight-keeper");
                    thread.setDaemon(true);
                    return thread;
                });
        SendRates rates =
                new SendRates(
                        config.limits().sendsPerSecondMax(),
                        config.limits().identitySendsPerSecondMax(),
                        clock);
        this.identity = config.identity();
        this.keys = new RelayKeys(identity.publicKeyHash(), clock);
        Admissions admissions = new Admissions(config.access());
        meters.watch(admissions);
        SeedProtocol seed =
                new SeedProtocol(
                        config.name(),
                        new SessionSettings(
                                config.requestTimeout().toMillis(),
                                config.ttlMax().toMillis(),
                                config.limits().envelopeBytesMax()),
                        admissions,
                        writer,
                        dispatcher,
                        budget,
                        meters,
                        rates,
                        clock);
        StreamingProtocol streaming =
                new StreamingProtocol(
                        new ControlSettings(
                                config.name(),
                                new Proofs(config.name(), keys::accepted),
                                settings.durabilityNumber(),
                                limits,
                                config.drainTimeout().toMillis(),
                                config.requestTimeout().toMillis(),
                                config.receiptKey()),
                        admissions,
                        writer,
                        dispatcher,
                        budget,
                        meters,
                        rates,
                        clock);
        this.connections =
                new Connections(
                        Map.of(
                                SeedProtocol.ALPN,
                                seed::accept,
                                StreamingProtocol.ALPN,
                                streaming::accept),
                        config.limits(),
                        meters);
        this.operator =
                new Operator(
                        store, writer, dispatcher, clock, config.ttlMax().toMillis(), this::store);
    }

    /**
     * Starts a relay; returns when clients can connect. If it fails, everything that was taken is
     * released, and the store closed.
     *
     * @throws RelayStartException if the configuration does not allow it
     * @throws io.qight.transport.TransportException if it cannot listen
     */
    public static Relay start(RelayConfig config) {
        Relay relay;
        try {
            relay = new Relay(config);
        } catch (RuntimeException e) {
            // It reads what owners have laid down.
            config.store().close();
            throw e;
        }
        try {
            relay.open();
            return relay;
        } catch (RuntimeException e) {
            relay.close();
            throw e;
        }
    }

    /** Where it listens, with the port that was taken. */
    public InetSocketAddress address() {
        return bound().address();
    }

    /** What a client pins: the SHA-256 of the certificate, in lower-case hexadecimal digits. */
    public String fingerprint() {
        return identity.fingerprint();
    }

    /**
     * Shows another certificate to clients that connect from now on. Connections that are open live
     * on, and so do session tickets, for at most 10 minutes: who comes back with one is served, and
     * its proofs may name the key of before.
     *
     * @throws IllegalStateException if the relay has not started
     */
    public synchronized void renew(TlsIdentity next) {
        ServerEndpoint bound = bound();
        keys.renew(next.publicKeyHash());
        bound.renew(next);
        identity = next;
        LOG.info("the certificate is {} from now on", next.fingerprint());
    }

    /**
     * Asks clients that connect from now on for certificates of other authorities; none comes back
     * with a session that began under those of before. Connections that are open live on.
     *
     * @throws IllegalStateException if the relay has not started, or asks for no certificates
     */
    public void renew(ClientCertificates next) {
        bound().renew(next);
        LOG.info("authorities of clients' certificates: {}", next.authorities().size());
    }

    /** The key that signs receipts, if any does. */
    public Optional<IdentityKey> receiptKey() {
        return config.receiptKey().map(Identity::key);
    }

    /** What it calls itself. */
    public String name() {
        return config.name();
    }

    /** Whether it takes and stores envelopes. */
    public boolean ready() {
        return !closing && endpoint != null && writer.ready();
    }

    /**
     * The whole relay now.
     *
     * @throws io.qight.store.StoreException.Closed after the end
     */
    public RelayStatistics statistics() {
        return new RelayStatistics(
                ready(),
                Duration.ofNanos(System.nanoTime() - startNanos),
                store.statistics(),
                meters.appendedPerSecond(),
                meters.removedPerSecond(),
                meters.refusals(),
                meters.connections(),
                budget.heldBytes(),
                budget.highestHeldBytes(),
                budget.capacityBytes(),
                budget.waiting());
    }

    /** One mailbox now; empty if nothing waits there. It may wait a second for the dispatcher. */
    public Optional<MailboxReport> statistics(String mailbox) {
        Optional<MailboxStatistics> found = store.statistics(mailbox);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        MailboxStatistics waiting = found.get();
        return Optional.of(
                new MailboxReport(
                        mailbox,
                        waiting.waiting(),
                        waiting.waitingBytes(),
                        leased(mailbox),
                        waiting.firstSequence(),
                        waiting.lastSequence(),
                        ageMillis(mailbox, waiting.firstSequence())));
    }

    /**
     * Puts an envelope into its mailbox, as if a client had sent it, with a time to live that may
     * be shorter than a second. The future completes when it is stored, or fails with a {@link
     * ProtocolException}; it may complete on a thread of the relay, which must not be blocked.
     *
     * @param ttl above 0; what is above the relay's maximum is shortened to it
     */
    public CompletableFuture<Void> append(MessageEnvelope envelope, Duration ttl) {
        ByteBuffer bytes;
        try {
            if (new MailboxName(envelope.recipient()).keyAddressed()) {
                IdentityKey.requireAddress(envelope.recipient());
            }
            if (ttl.toMillis() < 1) {
                throw new ProtocolException(ErrorCode.INVALID_TTL, "the time to live is zero");
            }
            bytes = encode(envelope, shorter(ttl, config.ttlMax()));
        } catch (ProtocolException e) {
            return CompletableFuture.failedFuture(e);
        }
        long accepted = clock.millis();
        return store(
                new Operation.Append(
                        envelope.recipient(),
                        EnvelopeFormat.V0,
                        accepted,
                        accepted + shorter(ttl, config.ttlMax()).toMillis(),
                        bytes,
                        null));
    }

    /** What an operator may do to mailboxes. */
    public Operator operator() {
        return operator;
    }

    /**
     * Ends the relay: refuses what is new, finishes what is under way for at most the drain
     * timeout, commits what waits, closes the connections, and the store last. The second time it
     * does nothing. It takes at most about 15 s beyond the drain timeout, and that only if the disk
     * hangs.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        closing = true;
        try {
            long end = System.nanoTime() + config.drainTimeout().toNanos();
            connections.drain();
            dispatcher.drain();
            connections.awaitNone(end);
            dispatcher.close(LAST_WORK_MILLIS);
            writer.close(LAST_WORK_MILLIS);
        } catch (InterruptedException e) {
            LOG.warn("closing was interrupted; requests under way are given up");
            Thread.currentThread().interrupt();
        }
        connections.close();
        if (endpoint != null) {
            endpoint.close();
        }
        if (adminSocket != null) {
            adminSocket.close();
        }
        keeper.shutdownNow();
        meters.logLines().forEach(LOG::warn);
        meters.close();
        store.close();
        LOG.info("the relay has ended");
    }

    private void open() {
        meters.watch(store);
        meters.watch(budget);
        meters.watch(writer);
        dispatcher.start();
        writer.start();
        endpoint =
                ServerEndpoint.bind(
                        new ServerConfig(
                                config.listen(),
                                config.identity(),
                                List.of(StreamingProtocol.ALPN, SeedProtocol.ALPN),
                                config.transport(),
                                budget.large(),
                                config.clientCertificates().isEmpty() ? Relay::earlyAlpn : null,
                                config.clientCertificates().orElse(null),
                                config.limits().handshakes()),
                        connections);
        meters.watch(endpoint);
        config.adminSocket().ifPresent(this::openAdminSocket);
        keeper.scheduleWithFixedDelay(this::keep, 1, 1, TimeUnit.SECONDS);
        LOG.info("listening at {}, certificate {}", address(), fingerprint());
    }

    private ServerEndpoint bound() {
        ServerEndpoint bound = endpoint;
        if (bound == null) {
            throw new IllegalStateException("the relay has not started");
        }
        return bound;
    }

    /** Version 0 would store a replay once more; version 1 does not. */
    private static @Nullable String earlyAlpn(ByteBuf first) {
        return StreamingProtocol.begins(first) ? StreamingProtocol.ALPN : null;
    }

    private void openAdminSocket(Path path) {
        try {
            adminSocket = AdminSocket.open(path, new AdminAnswers(this)::answer);
        } catch (IOException e) {
            throw new RelayStartException.NoAdminSocket(
                    e.getMessage() == null ? e.toString() : e.getMessage(), e);
        }
    }

    private void keep() {
        try {
            clock.follow();
            connections.checkAccess();
            meters.logLines().forEach(LOG::warn);
        } catch (RuntimeException e) {
            LOG.error("the keeper failed", e);
        }
    }

    private long leased(String mailbox) {
        CompletableFuture<Long> count = new CompletableFuture<>();
        if (!dispatcher.tell(new Message.CountLeased(mailbox, count))) {
            return 0;
        }
        return Answers.await(count, ANSWER_MILLIS, ErrorCode.OVERLOADED);
    }

    /** The store keeps deadlines only, but an envelope's time to live tells when it began. */
    private long ageMillis(String mailbox, long sequence) {
        List<StoredEnvelope> first = store.read(mailbox, sequence - 1, 1, 1);
        if (first.isEmpty() || first.get(0).format() != EnvelopeFormat.V0) {
            return -1;
        }
        StoredEnvelope envelope = first.get(0);
        try {
            long ttlSeconds =
                    EnvelopeCodec.inspect(Unpooled.wrappedBuffer(envelope.bytes())).ttlSeconds();
            long ttlMillis = shorter(Duration.ofSeconds(ttlSeconds), config.ttlMax()).toMillis();
            return Math.max(0, clock.millis() - (envelope.deadlineMillis() - ttlMillis));
        } catch (ProtocolException e) {
            return -1;
        }
    }

    /** Stores an envelope once the budget has room for it. */
    private CompletableFuture<Void> store(Operation.Append append) {
        CompletableFuture<Void> stored = new CompletableFuture<>();
        CompletableFuture<Void> granted = new CompletableFuture<>();
        Reservation reservation =
                ownShare.reserve(append.bytes().remaining(), () -> granted.complete(null));
        if (reservation.granted()) {
            granted.complete(null);
        }
        granted.thenRun(() -> hand(append, reservation, stored));
        return stored;
    }

    private void hand(
            Operation.Append append, Reservation reservation, CompletableFuture<Void> stored) {
        writer.append(
                        new Message.Append(
                                answers -> answers.forEach(answer -> complete(stored, answer)),
                                0,
                                append,
                                reservation,
                                Optional.empty()))
                .ifPresent(code -> {
                    reservation.release();
                    stored.completeExceptionally(new ProtocolException(code));
                });
    }

    private static void complete(CompletableFuture<Void> stored, Message.ToCaller answer) {
        if (answer instanceof Message.NotCommitted not) {
            stored.completeExceptionally(new ProtocolException(not.code(), not.sentence()));
        } else {
            stored.complete(null);
        }
    }

    /** With the time to live that it will have, rounded up, as its receiver will read it. */
    private static ByteBuffer encode(MessageEnvelope envelope, Duration ttl) {
        MessageEnvelope copy =
                MessageEnvelope.builder()
                        .id(envelope.id())
                        .sender(envelope.sender())
                        .recipient(envelope.recipient())
                        .timestampSeconds(envelope.timestampSeconds())
                        .ttl(ttl)
                        .payload(envelope.payloadBuffer())
                        .build();
        ByteBuf encoded = EnvelopeCodec.encode(copy, UnpooledByteBufAllocator.DEFAULT);
        try {
            byte[] bytes = new byte[encoded.readableBytes()];
            encoded.readBytes(bytes);
            return ByteBuffer.wrap(bytes);
        } finally {
            encoded.release();
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }
}
