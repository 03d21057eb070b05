package io.qight.client;

import io.qight.client.v1.Backoff;
import io.qight.client.v1.OutgoingEnvelope;
import io.qight.client.v1.Receiver;
import io.qight.client.v1.Session;
import io.qight.client.v1.SessionSettings;
import io.qight.identity.Authenticity;
import io.qight.identity.DeliveryProof;
import io.qight.identity.EnvelopeWriter;
import io.qight.identity.Grant;
import io.qight.identity.Identity;
import io.qight.identity.Protection;
import io.qight.identity.Revocation;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A program's connection to one relay, by protocol version 1: it sends, and receives by
 * subscriptions. Thread-safe, and meant to be shared.
 *
 * <p>A lost connection is made anew by the client itself. It takes along what has no receipt yet,
 * which the relay stores once however often it is sent, and the subscriptions with what they hold.
 * Only a relay that shows a certificate which is not trusted, or does not allow this client, ends
 * it. {@link #state()} and {@link ClientConfig#listener()} tell how it stands.
 *
 * <p>Blocking calls throw a {@link RelayException}, or a {@link CancellationException} when their
 * thread is interrupted, which stays marked as interrupted. Calls named {@code Async} return at
 * once; their futures complete on the {@linkplain ClientConfig#callbackExecutor executor for
 * callbacks} and fail with the same {@link RelayException}, not wrapped in another.
 *
 * <p>A blocking call never needs the executor, so it may be made within a handler or a callback
 * even if that runs on the executor's only thread. Waiting there for a future ({@code join}) may
 * wait for ever: the future needs the thread that waits for it.
 */
public final class RelayClient implements AutoCloseable {
    private static final String ALPN = "qight/1";
    private static final Duration RETRY_FIRST = Duration.ofMillis(50);
    private static final Duration RETRY_MAX = Duration.ofSeconds(5);

    /** A first try that a lost packet makes wait; later ones get more time. */
    private static final Duration RECONNECT_TRY = Duration.ofSeconds(2);

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Dialer dialer;
    private final ClientConfig config;
    private final SessionSettings settings;
    private final Session session;
    private final Callbacks callbacks;
    private final Room room;
    private final EnvelopeWriter writer;
    private final AtomicBoolean closed = new AtomicBoolean();

    private RelayClient(
            Dialer dialer,
            ClientConfig config,
            SessionSettings settings,
            Session session,
            Callbacks callbacks) {
        this.dialer = dialer;
        this.config = config;
        this.settings = settings;
        this.session = session;
        this.callbacks = callbacks;
        this.room = new Room(config.waitingRequestsMax(), config.waitingBytesMax());
        this.writer = new EnvelopeWriter(config.identity());
    }

    /** {@link #connect(String, ClientConfig)} with {@linkplain ClientConfig#defaults defaults}. */
    public static RelayClient connect(String address) {
        return connect(address, ClientConfig.defaults());
    }

    /**
     * Connects to the relay at {@code host:port}, {@code [::1]:4433} or {@code host} (port 4433),
     * and returns when it has let this client in. A connection that is lost before is made anew,
     * within {@link ClientConfig#connectTimeout()}.
     *
     * @throws ConnectFailedException if the address makes no sense or nobody answers there
     * @throws TimedOutException if the relay does not let this client in in time
     * @throws UntrustedException if the relay's certificate is not trusted, or if the configuration
     *     names no trust and there is no certificate of a relay of this user on this machine
     * @throws RefusedException if the relay does not let this client in
     */
    public static RelayClient connect(String address, ClientConfig config) {
        Opening opening = new Opening(address, config);
        try {
            return opening.client(
                    Waiting.forResult(opening.session, () -> opening.session.cancel(false)));
        } catch (RuntimeException e) {
            opening.giveUp();
            throw e;
        }
    }

    /** {@link #connectAsync(String, ClientConfig)} with defaults. */
    public static CompletableFuture<RelayClient> connectAsync(String address) {
        return connectAsync(address, ClientConfig.defaults());
    }

    /** As {@link #connect(String, ClientConfig)}. Cancelled, it leaves no connection behind. */
    public static CompletableFuture<RelayClient> connectAsync(String address, ClientConfig config) {
        Opening opening;
        try {
            opening = new Opening(address, config);
        } catch (RelayException e) {
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<RelayClient> connected = new CompletableFuture<>();
        opening.session.whenComplete((session, failure) ->
                opening.callbacks.execute(() -> {
                    if (failure == null) {
                        RelayClient client = opening.client(session);
                        if (!connected.complete(client)) {
                            client.close();
                        }
                    } else {
                        connected.completeExceptionally(failure);
                        opening.giveUp();
                    }
                }));
        connected.whenComplete((client, failure) -> opening.session.cancel(false));
        return connected;
    }

    /** The name that the relay goes by, for people. */
    public String relayName() {
        return session.relayName();
    }

    /** How the client stands with the relay. */
    public ClientState state() {
        return session.state();
    }

    /**
     * Puts an envelope into its recipient's mailbox; returns when the relay has stored it.
     *
     * <p>What the relay refuses for now (a full mailbox, say) is tried again for as long as {@link
     * ClientConfig#sendTimeout()} and the envelope's time to live last. Envelopes to one mailbox
     * are stored in the order of the calls. When more waits than the configuration allows, the call
     * waits for room.
     *
     * @throws RelayException with {@link ErrorCode#OUTCOME_UNKNOWN} if it may or may not have been
     *     stored; with any other code it was not
     */
    public Receipt send(MessageEnvelope envelope) {
        return send(valid(() -> outgoing(envelope)));
    }

    /**
     * As {@link #send(MessageEnvelope)}, with this protection instead of {@link
     * ClientConfig#protection()}.
     *
     * @throws RefusedException also with {@link ErrorCode#INVALID_MAILBOX} if it is to be sealed
     *     for what is no key, and with {@link ErrorCode#MALFORMED_ENVELOPE} if it is signed and
     *     names another sender than this client's identity
     * @throws IllegalArgumentException if it is to be signed and the client has no identity
     */
    public Receipt send(MessageEnvelope envelope, Protection protection) {
        return send(valid(() -> OutgoingEnvelope.of(envelope, protection, writer)));
    }

    /**
     * As {@link #send(MessageEnvelope)}. Any number may be sent without waiting; when more waits
     * than the configuration allows, the future fails with {@link ErrorCode#OVERLOADED}. Cancelled,
     * it may have been stored.
     */
    public CompletableFuture<Receipt> sendAsync(MessageEnvelope envelope) {
        return sendAsync(() -> outgoing(envelope));
    }

    /** As {@link #send(MessageEnvelope, Protection)} and {@link #sendAsync(MessageEnvelope)}. */
    public CompletableFuture<Receipt> sendAsync(MessageEnvelope envelope, Protection protection) {
        return sendAsync(() -> OutgoingEnvelope.of(envelope, protection, writer));
    }

    /**
     * Tells the sender of a delivery that this client's identity has received it, by a {@link
     * DeliveryProof} in an ordinary envelope to the sender's key, protected as everything that this
     * client sends to a key; returns when the relay has stored that. It is kept there for a day.
     * The delivery itself is still to be acked.
     *
     * @throws RefusedException also with {@link ErrorCode#NOT_PROVED} if the client has no
     *     identity, with {@link ErrorCode#NOT_ALLOWED} if the delivery is not {@linkplain
     *     Delivery#confirmable confirmable}: its sender is no key, or it is a confirmation itself
     */
    public Receipt confirm(Delivery delivery) {
        return send(confirmation(delivery));
    }

    /** As {@link #confirm(Delivery)} and {@link #sendAsync(MessageEnvelope)}. */
    public CompletableFuture<Receipt> confirmAsync(Delivery delivery) {
        try {
            return sendAsync(confirmation(delivery));
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Uses a grant for all that is sent to its mailbox from now on, in place of an earlier one. It
     * is proved once on each stream, after the relay's WELCOME.
     *
     * @param key the one-purpose identity that the grant is for
     * @throws IllegalArgumentException if the grant is for another key
     */
    public void use(Grant grant, Identity key) {
        if (!grant.terms().key().equals(key.key())) {
            throw new IllegalArgumentException(
                    "the grant is for another key: " + grant.terms().key());
        }
        session.execute(() -> session.use(grant, key));
    }

    /**
     * Takes a grant of this client's identity back; returns when that is durable. From then on the
     * relay refuses what is sent by it, on connections that are open too.
     *
     * @param grant its id
     * @param ends when it ends by itself, or later: until then the relay keeps the revocation
     * @throws RefusedException {@link ErrorCode#NOT_PROVED} if the client has no identity
     */
    public void revoke(Id grant, Instant ends) {
        Waiting.forResult(startRevoke(grant, ends), () -> {});
    }

    /**
     * As {@link #revoke(Id, Instant)}, with a copy of the grant at hand.
     *
     * @throws RefusedException {@link ErrorCode#NOT_ALLOWED} if it is another's
     */
    public void revoke(Grant grant) {
        if (config.identity().stream().noneMatch(own -> own.key().equals(grant.owner()))) {
            throw new RefusedException(
                    ErrorCode.NOT_ALLOWED,
                    "only its owner, " + grant.owner() + ", revokes a grant");
        }
        revoke(grant.terms().id(), Instant.ofEpochMilli(grant.terms().expiresMillis()));
    }

    /** As {@link #revoke(Id, Instant)}. */
    public CompletableFuture<Boolean> revokeAsync(Id grant, Instant ends) {
        return callbacks.handOver(startRevoke(grant, ends));
    }

    /**
     * Says whether who sends to the mailbox of this client's identity has to have a grant; returns
     * when that is durable. It holds until it is said otherwise.
     *
     * @throws RefusedException {@link ErrorCode#NOT_PROVED} if the client has no identity
     */
    public void demandGrants(boolean demanded) {
        Waiting.forResult(startDemand(demanded), () -> {});
    }

    /** As {@link #demandGrants}. */
    public CompletableFuture<Boolean> demandGrantsAsync(boolean demanded) {
        return callbacks.handOver(startDemand(demanded));
    }

    /** {@link #subscribe(Collection, DeliveryHandler, SubscribeOptions)} with defaults. */
    public Subscription subscribe(Collection<String> mailboxes, DeliveryHandler handler) {
        return subscribe(mailboxes, handler, SubscribeOptions.defaults());
    }

    /**
     * Has everything that waits in mailboxes, and everything that comes, handed to a handler, on
     * the executor for callbacks. Returns when the relay has agreed.
     *
     * @throws RefusedException if the relay, or a rule, refuses one of the mailboxes; then the
     *     others are not subscribed to either
     */
    public Subscription subscribe(
            Collection<String> mailboxes, DeliveryHandler handler, SubscribeOptions options) {
        Begun begun = begin(mailboxes, handler, options);
        try {
            Waiting.forResult(begun.added, () -> {});
        } catch (RuntimeException e) {
            session.execute(begun.receiver::end);
            throw e;
        }
        return begun.subscription;
    }

    /** As {@link #subscribe(Collection, DeliveryHandler, SubscribeOptions)}. */
    public CompletableFuture<Subscription> subscribeAsync(
            Collection<String> mailboxes, DeliveryHandler handler, SubscribeOptions options) {
        Begun begun;
        try {
            begun = begin(mailboxes, handler, options);
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Subscription> subscribed =
                callbacks.handOver(begun.added.thenApply(added -> begun.subscription));
        subscribed.whenComplete((subscription, failure) -> {
            if (failure != null) {
                session.execute(begun.receiver::end);
            }
        });
        return subscribed;
    }

    /**
     * All envelopes that wait in a mailbox, in memory together; for a mailbox that may hold more
     * than that, see {@link #fetch(String, Consumer)}. They are removed from it as they arrive. So
     * when the call fails in the middle, it returns what it has, and the next one gets the rest.
     */
    public List<MessageEnvelope> fetch(String mailbox) {
        List<MessageEnvelope> envelopes = new ArrayList<>();
        try {
            fetch(mailbox, envelopes::add);
        } catch (RelayException e) {
            if (envelopes.isEmpty()) {
                throw e;
            }
        }
        return envelopes;
    }

    /**
     * Hands the envelopes that wait in a mailbox to a consumer, one after the other, on the calling
     * thread. Each is removed from the mailbox when the consumer has returned from it. If it
     * throws, that one and the rest stay there, and no failure is counted. What is forged or cannot
     * be read is passed over ({@link ClientConfig#unreadableListener}), so a sender that is a key
     * is verified ({@link Authenticity#ofFetched}).
     *
     * @return how many there were
     * @throws RuntimeException what the consumer threw
     */
    public long fetch(String mailbox, Consumer<? super MessageEnvelope> consumer) {
        Waiting here = new Waiting();
        Fetch fetch = startFetch(mailbox, consumer, here);
        return here.runningTasks(fetch.outcome(), fetch::cancel);
    }

    /** As {@link #fetch(String)}. */
    public CompletableFuture<List<MessageEnvelope>> fetchAsync(String mailbox) {
        List<MessageEnvelope> envelopes = new ArrayList<>();
        return startFetchAsync(
                mailbox,
                envelopes::add,
                (count, failure) -> {
                    if (envelopes.isEmpty() && failure != null) {
                        throw new CompletionException(failure);
                    }
                    return envelopes;
                });
    }

    /** As {@link #fetch(String, Consumer)}, with the consumer on the executor for callbacks. */
    public CompletableFuture<Long> fetchAsync(
            String mailbox, Consumer<? super MessageEnvelope> consumer) {
        return startFetchAsync(
                mailbox,
                consumer,
                (count, failure) -> {
                    if (failure != null) {
                        throw new CompletionException(failure);
                    }
                    return count;
                });
    }

    /** {@link #close(Duration)} with {@link ClientConfig#closeTimeout()}. */
    @Override
    public void close() {
        close(config.closeTimeout());
    }

    /**
     * Finishes what is under way, for at most so long: what was sent gets its receipts, handlers
     * that run return and their acks are answered, subscriptions end in order. New calls fail with
     * {@link ClientClosedException}, and so does what is not finished in time. Within a handler it
     * does not wait. The second time it does nothing.
     */
    public void close(Duration timeout) {
        if (closed.getAndSet(true)) {
            return;
        }
        long millis = Math.max(0, timeout.toMillis());
        session.execute(() -> session.close(millis));
        if (HandlerThread.here()) {
            session.closed().whenComplete((done, failure) -> end(new Thread(this::release)));
        } else {
            Subscription.await(session.closed(), timeout.plusSeconds(1));
            release();
        }
    }

    private static void end(Thread thread) {
        thread.setDaemon(true);
        thread.start();
    }

    private void release() {
        dialer.close();
        callbacks.close();
    }

    private Receipt send(OutgoingEnvelope outgoing) {
        awaitRoom(outgoing);
        PendingSend send = new PendingSend(outgoing, session, room, Runnable::run);
        session.execute(send::begin);
        return Waiting.forResult(send, () -> send.cancel(false));
    }

    private CompletableFuture<Receipt> sendAsync(Supplier<OutgoingEnvelope> encoding) {
        OutgoingEnvelope outgoing;
        try {
            outgoing = valid(encoding);
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
        if (!room.enter(outgoing.bytes().length)) {
            return CompletableFuture.failedFuture(
                    new RefusedException(
                            ErrorCode.OVERLOADED,
                            "more waits for the relay than the client may hold"));
        }
        PendingSend send = new PendingSend(outgoing, session, room, callbacks::later);
        session.execute(send::begin);
        return send;
    }

    private MessageEnvelope confirmation(Delivery delivery) {
        if (!delivery.confirmable()) {
            throw new RefusedException(
                    ErrorCode.NOT_ALLOWED,
                    DeliveryProof.isConfirmation(delivery.envelope())
                            ? "a confirmation is not confirmed"
                            : "the sender is no key that a confirmation could go to");
        }
        return config.identity()
                .map(delivery::proof)
                .orElseThrow(RelayClient::withoutIdentity)
                .confirmation(delivery.envelope().sender());
    }

    private OutgoingEnvelope outgoing(MessageEnvelope envelope) {
        Protection protection =
                config.protection()
                        .orElseGet(() ->
                                Protection.usual(
                                        new MailboxName(envelope.recipient()),
                                        config.identity().isPresent()));
        return OutgoingEnvelope.of(envelope, protection, writer);
    }

    private void unreadable(UnreadableDelivery delivery) {
        callbacks.execute(() -> config.unreadableListener().accept(delivery));
    }

    private void awaitRoom(OutgoingEnvelope outgoing) {
        try {
            if (!room.await(outgoing.bytes().length, config.sendTimeout().toNanos())) {
                throw new TimedOutException(
                        ErrorCode.TIMED_OUT, "there was no room for the envelope in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException(
                    "the thread was interrupted while it waited for the relay");
        }
    }

    private CompletableFuture<Boolean> startRevoke(Id grant, Instant ends) {
        Revocation revocation =
                config.identity()
                        .map(owner -> Revocation.sign(owner, grant, ends.toEpochMilli()))
                        .orElse(null);
        return revocation == null
                ? noIdentity()
                : ask(number ->
                        new Frame.Revoke(
                                number, grant, ends.toEpochMilli(), revocation.signature()));
    }

    private CompletableFuture<Boolean> startDemand(boolean demanded) {
        return config.identity().isEmpty()
                ? noIdentity()
                : ask(number -> new Frame.Demand(number, demanded));
    }

    private CompletableFuture<Boolean> ask(LongFunction<Frame> frame) {
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        session.execute(() -> session.ask(frame, kept));
        return inTime(kept);
    }

    private static CompletableFuture<Boolean> noIdentity() {
        return CompletableFuture.failedFuture(withoutIdentity());
    }

    private static RefusedException withoutIdentity() {
        return new RefusedException(ErrorCode.NOT_PROVED, "the client has no identity");
    }

    private Begun begin(
            Collection<String> mailboxes, DeliveryHandler handler, SubscribeOptions options) {
        if (mailboxes.isEmpty()) {
            throw new IllegalArgumentException("a subscription has at least one mailbox");
        }
        List<String> names = new ArrayList<>();
        for (String mailbox : mailboxes) {
            names.add(valid(() -> new MailboxName(mailbox).value()));
        }
        Receiver receiver =
                new Receiver(
                        session,
                        options.settings(),
                        settings,
                        callbacks.handlers(),
                        options.concurrency(),
                        new HandlerProgram(handler, options, callbacks, this::unreadable));
        List<CompletableFuture<@Nullable Void>> added = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            added.add(new CompletableFuture<>());
        }
        session.execute(() -> {
            session.subscribe(receiver);
            for (int i = 0; i < names.size(); i++) {
                receiver.add(names.get(i), added.get(i));
            }
        });
        CompletableFuture<Boolean> all =
                inTime(
                        CompletableFuture.allOf(added.toArray(CompletableFuture[]::new))
                                .thenApply(done -> true));
        Subscription subscription =
                new Subscription(session, receiver, callbacks, config.closeTimeout());
        return new Begun(receiver, subscription, all);
    }

    private CompletableFuture<Boolean> inTime(CompletableFuture<Boolean> answers) {
        return answers.orTimeout(config.requestTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(failure ->
                        CompletableFuture.failedFuture(
                                failure instanceof TimeoutException
                                        ? new TimedOutException(
                                                ErrorCode.TIMED_OUT,
                                                "the relay did not answer in time")
                                        : failure));
    }

    private <T> CompletableFuture<T> startFetchAsync(
            String mailbox,
            Consumer<? super MessageEnvelope> consumer,
            BiFunction<Long, @Nullable Throwable, T> result) {
        try {
            Fetch fetch = startFetch(mailbox, consumer, callbacks.handlers());
            CompletableFuture<T> fetched = callbacks.handOver(fetch.outcome().handle(result));
            fetched.whenComplete((count, failure) -> {
                if (fetched.isCancelled()) {
                    fetch.cancel();
                }
            });
            return fetched;
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Fetch startFetch(
            String mailbox, Consumer<? super MessageEnvelope> consumer, Executor executor) {
        String name = valid(() -> new MailboxName(mailbox).value());
        Fetch fetch = new Fetch(session, consumer, this::unreadable, config.requestTimeout());
        fetch.start(
                new Receiver(
                        session,
                        SubscribeOptions.defaults().settings(),
                        settings,
                        executor,
                        1,
                        fetch),
                name);
        return fetch;
    }

    /** What no relay would take is refused here, in the same words. */
    private static <T> T valid(Supplier<T> maker) {
        try {
            return maker.get();
        } catch (ProtocolException e) {
            throw new RefusedException(e.code(), e.sentence());
        }
    }

    /** A subscription whose mailboxes are asked for. */
    private record Begun(
            Receiver receiver, Subscription subscription, CompletableFuture<Boolean> added) {}

    /** A client that is not connected yet. */
    private static final class Opening {
        private final Dialer dialer;
        private final ClientConfig config;
        private final Callbacks callbacks;
        private final SessionSettings settings;
        private final CompletableFuture<Session> session;

        Opening(String address, ClientConfig config) {
            this.dialer = Dialer.to(address, ALPN, config);
            this.config = config;
            this.callbacks = Callbacks.on(config.callbackExecutor());
            this.settings = settings(config, callbacks);
            this.session =
                    Session.open(
                            (listener, failures) ->
                                    dialer.connect(listener, tryFor(config, failures)),
                            settings);
        }

        RelayClient client(Session opened) {
            return new RelayClient(dialer, config, settings, opened, callbacks);
        }

        void giveUp() {
            session.cancel(false);
            dialer.close();
            callbacks.close();
        }

        private static Duration tryFor(ClientConfig config, int failures) {
            return failures == 0
                    ? config.connectTimeout()
                    : RECONNECT_TRY.multipliedBy(1L << Math.min(failures - 1, 10));
        }

        private static SessionSettings settings(ClientConfig config, Callbacks callbacks) {
            StateTeller teller = new StateTeller(config.listener(), callbacks);
            return new SessionSettings(
                    config.clientId(),
                    config.identity(),
                    config.signedReceipts(),
                    config.token(),
                    config.connectTimeout().toMillis(),
                    atLeastOne(config.pingAfter()),
                    atLeastOne(config.pingTimeout()),
                    config.sendTimeout().toMillis(),
                    backoff(config.reconnectFirst(), config.reconnectMax()),
                    backoff(RETRY_FIRST, RETRY_MAX),
                    () -> new Id(RANDOM.nextLong(), RANDOM.nextLong()),
                    () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()),
                    System::currentTimeMillis,
                    teller,
                    callbacks::flush);
        }

        private static Backoff backoff(Duration first, Duration max) {
            return new Backoff(
                    atLeastOne(first),
                    atLeastOne(max),
                    () -> ThreadLocalRandom.current().nextDouble());
        }

        private static long atLeastOne(Duration duration) {
            return Math.max(1, duration.toMillis());
        }
    }
}
