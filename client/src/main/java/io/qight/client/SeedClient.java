package io.qight.client;

import io.qight.client.v0.PendingRequest;
import io.qight.client.v0.RelayConnection;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A program's connection to one relay by the seed protocol, version 0: HELLO, SEND and FETCH. It is
 * used where it is asked for by this name, and never as a fallback.
 *
 * <p>Thread-safe, and meant to be shared: at most 100 requests are open at a time, further ones
 * wait in the order of the calls. A FETCH waits until those before it are answered, and those
 * behind it wait until it is.
 *
 * <p>Each call has two forms. The blocking one throws a {@link RelayException}, or a {@link
 * CancellationException} when its thread is interrupted, which stays marked as interrupted; the
 * request is given up. The one named {@code Async} returns at once; its future completes on the
 * {@linkplain ClientConfig#callbackExecutor executor for callbacks} and fails with the same {@link
 * RelayException}, not wrapped in another. Cancelling the future gives the request up. A SEND given
 * up may have been stored.
 *
 * <p>A blocking call never needs the executor, so it may be made within a callback even if that
 * runs on the executor's only thread. Waiting there for a future ({@code join}) may wait for ever:
 * the future needs the thread that waits for it.
 *
 * <p>A lost connection is not made anew: everything open and every later call fails with {@link
 * ConnectionLostException}, and the program connects again, as it alone knows what an unanswered
 * SEND means to it.
 */
public final class SeedClient implements AutoCloseable {
    private static final long CLOSE_SECONDS_MAX = 5;
    private static final int STREAMED_FETCHES_MAX = 16;

    private final Dialer dialer;
    private final ClientConfig config;
    private final RelayConnection connection;
    private final Callbacks callbacks;
    private final Set<StreamedFetch> streamedFetches = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean closed = new AtomicBoolean();

    private SeedClient(
            Dialer dialer, ClientConfig config, RelayConnection connection, Callbacks callbacks) {
        this.dialer = dialer;
        this.config = config;
        this.connection = connection;
        this.callbacks = callbacks;
    }

    /** {@link #connect(String, ClientConfig)} with {@linkplain ClientConfig#defaults defaults}. */
    public static SeedClient connect(String address) {
        return connect(address, ClientConfig.defaults());
    }

    /**
     * Connects to the relay at {@code host:port}, {@code [::1]:4433} or {@code host} (port 4433).
     *
     * @throws ConnectFailedException if the address makes no sense or nobody answers there
     * @throws UntrustedException if the relay's certificate is not trusted, or if the configuration
     *     names no trust and there is no certificate of a relay of this user on this machine
     */
    public static SeedClient connect(String address, ClientConfig config) {
        Dialer dialer = Dialer.to(address, RelayConnection.ALPN, config);
        try {
            CompletableFuture<RelayConnection> opening =
                    RelayConnection.open(dialer::connect, config);
            RelayConnection connection = Waiting.forResult(opening, () -> opening.cancel(false));
            return new SeedClient(
                    dialer, config, connection, Callbacks.on(config.callbackExecutor()));
        } catch (RuntimeException e) {
            dialer.close();
            throw e;
        }
    }

    /** {@link #connectAsync(String, ClientConfig)} with defaults. */
    public static CompletableFuture<SeedClient> connectAsync(String address) {
        return connectAsync(address, ClientConfig.defaults());
    }

    /** As {@link #connect(String, ClientConfig)}. Cancelled, it leaves no connection behind. */
    public static CompletableFuture<SeedClient> connectAsync(String address, ClientConfig config) {
        Dialer dialer;
        try {
            dialer = Dialer.to(address, RelayConnection.ALPN, config);
        } catch (RelayException e) {
            return CompletableFuture.failedFuture(e);
        }
        Callbacks callbacks = Callbacks.on(config.callbackExecutor());
        CompletableFuture<SeedClient> connected = new CompletableFuture<>();
        CompletableFuture<RelayConnection> opening = RelayConnection.open(dialer::connect, config);
        opening.whenComplete((connection, failure) ->
                callbacks.execute(() -> {
                    if (failure == null) {
                        hand(new SeedClient(dialer, config, connection, callbacks), connected);
                    } else {
                        dialer.close();
                        connected.completeExceptionally(failure);
                        callbacks.close();
                    }
                }));
        connected.whenComplete((client, failure) -> opening.cancel(false));
        return connected;
    }

    /**
     * Says who this client is; it proves nothing and is not required.
     *
     * @return the relay's line of welcome
     */
    public String hello(String clientId) {
        return await(valid(() -> PendingRequest.hello(clientId)));
    }

    /** As {@link #hello}. */
    public CompletableFuture<String> helloAsync(String clientId) {
        return future(() -> PendingRequest.hello(clientId), welcome -> welcome);
    }

    /**
     * Puts an envelope into its recipient's mailbox; returns when the relay has stored it.
     *
     * @throws RelayException with {@link ErrorCode#OUTCOME_UNKNOWN} if no answer came: the envelope
     *     may have been stored or not. The client never sends it again by itself, since version 0
     *     would store it twice
     */
    public void send(MessageEnvelope envelope) {
        await(valid(() -> PendingRequest.send(envelope)));
    }

    /** As {@link #send}. */
    public CompletableFuture<@Nullable Void> sendAsync(MessageEnvelope envelope) {
        return future(() -> PendingRequest.send(envelope), stored -> null);
    }

    /**
     * All envelopes that wait in a mailbox, in memory together; for a mailbox that may hold more
     * than that, see {@link #fetch(String, Consumer)}.
     *
     * <p>The relay removes them when this client makes its next request of any kind, or closes; if
     * the connection is lost before, they are in the mailbox again. If the call itself fails after
     * it was begun, for whatever reason but a refusal, the connection is given up with it: only so
     * does the relay give back what the rest of the answer would have been.
     */
    public List<MessageEnvelope> fetch(String recipient) {
        List<MessageEnvelope> envelopes = new ArrayList<>();
        await(valid(() -> PendingRequest.fetch(recipient, envelopes::add)));
        return envelopes;
    }

    /** As {@link #fetch(String)}. */
    public CompletableFuture<List<MessageEnvelope>> fetchAsync(String recipient) {
        List<MessageEnvelope> envelopes = new ArrayList<>();
        return future(() -> PendingRequest.fetch(recipient, envelopes::add), count -> envelopes);
    }

    /**
     * Hands the envelopes that wait in a mailbox to a consumer, one after the other as they arrive,
     * on the calling thread. About 1 MiB of them is in memory at a time, or one larger envelope; a
     * slow consumer holds up the relay, which may lose patience with it.
     *
     * <p>When the consumer has returned from the last one the relay is told to remove them, and the
     * call returns when it has answered that, or the connection is lost instead. If it throws, or
     * anything else ends the call, all of them are in the mailbox again, those included that the
     * consumer has seen. To that end the call makes a connection of its own; this client's other
     * requests, also the consumer's, go on beside it. About 16 such calls run at a time, more are
     * refused as {@link ErrorCode#OVERLOADED}.
     *
     * @return how many there were
     * @throws RuntimeException what the consumer threw
     */
    public long fetch(String recipient, Consumer<? super MessageEnvelope> consumer) {
        Waiting here = new Waiting();
        StreamedFetch fetch = startFetch(recipient, consumer, here);
        return here.runningTasks(fetch.outcome(), fetch::cancel);
    }

    /** As {@link #fetch(String, Consumer)}, with the consumer on the executor for callbacks. */
    public CompletableFuture<Long> fetchAsync(
            String recipient, Consumer<? super MessageEnvelope> consumer) {
        try {
            StreamedFetch fetch = startFetch(recipient, consumer, callbacks);
            return handedOver(fetch.outcome(), count -> count, fetch::cancel);
        } catch (RelayException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Whether the connection stands, as far as is known; without it every call fails. */
    public boolean connected() {
        return connection.connected();
    }

    /** {@link #close(String)} without a reason. */
    @Override
    public void close() {
        close("");
    }

    /**
     * Closes the connection in the orderly way, so that the relay removes what the last FETCH
     * brought; should the word of it be lost on its way, they come again, which {@link #hello}
     * before it excludes. What is still open or waits fails with {@link ClientClosedException}:
     * await first what matters. Returns within 10 s; the second time it does nothing.
     *
     * @param reason told to the relay, its first 200 characters
     */
    public void close(String reason) {
        if (closed.getAndSet(true)) {
            return;
        }
        streamedFetches.forEach(StreamedFetch::clientClosed);
        try {
            connection.close(reason);
            connection
                    .closed()
                    .copy()
                    .completeOnTimeout(null, CLOSE_SECONDS_MAX, TimeUnit.SECONDS)
                    .join();
        } finally {
            dialer.close();
            callbacks.close();
        }
    }

    /** A client that nobody waits for any more is closed. */
    private static void hand(SeedClient client, CompletableFuture<SeedClient> connected) {
        if (!connected.complete(client)) {
            client.close();
        }
    }

    private StreamedFetch startFetch(
            String recipient, Consumer<? super MessageEnvelope> consumer, Executor executor) {
        connection.requireConnected();
        if (streamedFetches.size() >= STREAMED_FETCHES_MAX) {
            throw new RefusedException(
                    ErrorCode.OVERLOADED,
                    "the client runs " + STREAMED_FETCHES_MAX + " fetches with consumers already");
        }
        StreamedFetch fetch = valid(() -> new StreamedFetch(recipient, consumer, executor));
        streamedFetches.add(fetch);
        fetch.outcome().whenComplete((count, failure) -> streamedFetches.remove(fetch));
        fetch.start(RelayConnection.open(dialer::connect, config));
        return fetch;
    }

    private <T> T await(PendingRequest<T> request) {
        connection.submit(request);
        return Waiting.forResult(request.answer(), () -> connection.cancel(request));
    }

    private <T, R extends @Nullable Object> CompletableFuture<R> future(
            Supplier<PendingRequest<T>> maker, Function<T, R> result) {
        PendingRequest<T> request;
        try {
            request = valid(maker);
        } catch (RefusedException e) {
            return CompletableFuture.failedFuture(e);
        }
        connection.offer(request);
        return handedOver(request.answer(), result, () -> connection.cancel(request));
    }

    /** A future that completes as {@code from} does, on the executor, and gives up if cancelled. */
    private <T, R extends @Nullable Object> CompletableFuture<R> handedOver(
            CompletableFuture<T> from, Function<T, R> result, Runnable giveUp) {
        CompletableFuture<R> future = new CompletableFuture<>();
        from.whenComplete((answer, failure) ->
                callbacks.execute(() -> {
                    if (failure == null) {
                        future.complete(result.apply(answer));
                    } else {
                        future.completeExceptionally(failure);
                    }
                }));
        future.whenComplete((answer, failure) -> {
            if (!from.isDone()) {
                giveUp.run();
            }
        });
        return future;
    }

    /** What no relay would take is refused here, in the same words. */
    private static <T> T valid(Supplier<T> maker) {
        try {
            return maker.get();
        } catch (ProtocolException e) {
            throw new RefusedException(e.code(), String.valueOf(e.getMessage()));
        }
    }
}
