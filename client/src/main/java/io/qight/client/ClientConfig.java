package io.qight.client;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.qight.identity.Identity;
import io.qight.identity.Protection;
import io.qight.transport.TlsIdentity;
import io.qight.transport.Trust;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * How a client behaves. Immutable: each {@code with} method gives a changed copy. What is marked
 * with "version 1" has no effect on a {@link SeedClient}.
 */
public final class ClientConfig implements Cloneable {
    private static final Duration TIMEOUT_MAX = Duration.ofDays(365);
    private static final ClientConfig DEFAULTS = new ClientConfig();

    private Optional<Trust> trust = Optional.empty();
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration requestTimeout = Duration.ofSeconds(30);
    private Duration sendTimeout = Duration.ofMinutes(2);
    private Duration closeTimeout = Duration.ofSeconds(5);
    private Duration reconnectFirst = Duration.ofMillis(100);
    private Duration reconnectMax = Duration.ofSeconds(10);
    private Duration pingAfter = Duration.ofSeconds(10);
    private Duration pingTimeout = Duration.ofSeconds(10);
    private int waitingRequestsMax = 10_000;
    private long waitingBytesMax = 64L << 20;
    private String clientId = "";
    private Optional<Identity> identity = Optional.empty();
    private boolean signedReceipts;
    private Optional<Protection> protection = Optional.empty();
    private Optional<TlsIdentity> certificate = Optional.empty();
    private ByteBuffer token = ByteBuffer.allocate(0);
    private Optional<Executor> callbackExecutor = Optional.empty();
    private Consumer<ClientState> listener = state -> {};
    private Consumer<UnreadableDelivery> unreadableListener = delivery -> {};

    private ClientConfig() {}

    /**
     * 10 s to connect, 30 s for a request, 2 minutes for a SEND of version 1, 5 s to close; 100 ms
     * to 10 s between connections; 10 s of silence until the relay is asked whether it is there,
     * and 10 s for its answer; 10,000 requests or 64 MiB of payload may wait.
     */
    public static ClientConfig defaults() {
        return DEFAULTS;
    }

    /**
     * Which certificate the relay must show; if empty, that of the relay on this machine, which
     * does for loopback addresses alone.
     */
    public Optional<Trust> trust() {
        return trust;
    }

    /** The relay must show a certificate that this trusts. */
    public ClientConfig withTrust(Trust trusted) {
        ClientConfig changed = copy();
        changed.trust = Optional.of(trusted);
        return changed;
    }

    /** How long to try to connect. */
    public Duration connectTimeout() {
        return connectTimeout;
    }

    /** Sets {@link #connectTimeout()}, above zero and at most a year. */
    public ClientConfig withConnectTimeout(Duration timeout) {
        ClientConfig changed = copy();
        changed.connectTimeout = timeout("connectTimeout", timeout);
        return changed;
    }

    /**
     * How long a call waits for its answer; for FETCH how long its answer may stand still. SEND of
     * version 1 has a time of its own.
     */
    public Duration requestTimeout() {
        return requestTimeout;
    }

    /** Sets {@link #requestTimeout()}, above zero and at most a year. */
    public ClientConfig withRequestTimeout(Duration timeout) {
        ClientConfig changed = copy();
        changed.requestTimeout = timeout("requestTimeout", timeout);
        return changed;
    }

    /**
     * For how long an envelope is tried, over refusals that may pass and lost connections, though
     * never beyond its time to live where the relay has not got it; version 1.
     */
    public Duration sendTimeout() {
        return sendTimeout;
    }

    /** Sets {@link #sendTimeout()}, above zero and at most a year. */
    public ClientConfig withSendTimeout(Duration timeout) {
        ClientConfig changed = copy();
        changed.sendTimeout = timeout("sendTimeout", timeout);
        return changed;
    }

    /** How long {@code close} waits for what is under way; version 1. */
    public Duration closeTimeout() {
        return closeTimeout;
    }

    /** Sets {@link #closeTimeout()}, above zero and at most a year. */
    public ClientConfig withCloseTimeout(Duration timeout) {
        ClientConfig changed = copy();
        changed.closeTimeout = timeout("closeTimeout", timeout);
        return changed;
    }

    /** How long to wait before the first try to connect again; version 1. */
    public Duration reconnectFirst() {
        return reconnectFirst;
    }

    /** The longest wait before a further try; version 1. */
    public Duration reconnectMax() {
        return reconnectMax;
    }

    /**
     * Sets the waits between connections: from the first one on they double up to the longest, and
     * are shortened by up to a half by chance. Each is above zero and at most a year.
     */
    public ClientConfig withReconnect(Duration first, Duration max) {
        ClientConfig changed = copy();
        changed.reconnectFirst = timeout("the first wait", first);
        changed.reconnectMax = timeout("the longest wait", max);
        return changed;
    }

    /** After how long a silence the client asks whether the relay is still there; version 1. */
    public Duration pingAfter() {
        return pingAfter;
    }

    /** How long the answer to that may take before the connection counts as lost; version 1. */
    public Duration pingTimeout() {
        return pingTimeout;
    }

    /**
     * Sets how soon a connection is noticed to be lost where nobody tells: after both times
     * together. Short ones suit networks that change often, and cost packets on quiet connections.
     * Each is above zero and at most a year; the first is shortened to what the relay asks for.
     */
    public ClientConfig withPing(Duration after, Duration timeout) {
        ClientConfig changed = copy();
        changed.pingAfter = timeout("the silence before a ping", after);
        changed.pingTimeout = timeout("the time for its answer", timeout);
        return changed;
    }

    /**
     * How many requests made by the {@code Async} methods may wait for their turn on the
     * connection; in version 1, how many envelopes may be without receipt, of all calls.
     */
    public int waitingRequestsMax() {
        return waitingRequestsMax;
    }

    /**
     * How many bytes of payload these may have together; in version 1, of encoded envelopes, but
     * one may always wait alone.
     */
    public long waitingBytesMax() {
        return waitingBytesMax;
    }

    /** Sets how much may wait, each at least 1. */
    public ClientConfig withWaiting(int requestsMax, long bytesMax) {
        if (requestsMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("what may wait is at least 1");
        }
        ClientConfig changed = copy();
        changed.waitingRequestsMax = requestsMax;
        changed.waitingBytesMax = bytesMax;
        return changed;
    }

    /** What the relay may write into its log to know this client by; it proves nothing. */
    public String clientId() {
        return clientId;
    }

    /** Sets {@link #clientId()}: up to 255 bytes without control characters; version 1. */
    public ClientConfig withClientId(String id) {
        try {
            new Frame.Hello(id, 0, ByteBuffer.allocate(0), ByteBuffer.allocate(0));
        } catch (ProtocolException e) {
            throw new IllegalArgumentException("the client id: " + e.sentence(), e);
        }
        ClientConfig changed = copy();
        changed.clientId = id;
        return changed;
    }

    /** Whom the client proves to be, if anybody; version 1. */
    public Optional<Identity> identity() {
        return identity;
    }

    /**
     * The client proves this identity on each connection, and may receive from its mailbox, {@link
     * io.qight.identity.IdentityKey#address}.
     */
    public ClientConfig withIdentity(Identity proved) {
        ClientConfig changed = copy();
        changed.identity = Optional.of(proved);
        return changed;
    }

    /** Whether receipts are to be signed, where the relay does so; version 1. */
    public boolean signedReceipts() {
        return signedReceipts;
    }

    /**
     * Asks for a proof with each receipt: {@link Receipt.Stored#proof}. Only relays that were given
     * a key for it sign.
     */
    public ClientConfig withSignedReceipts() {
        ClientConfig changed = copy();
        changed.signedReceipts = true;
        return changed;
    }

    /**
     * How envelopes are protected that are sent without a word about it; if empty, as {@link
     * Protection#usual}: those for a key's mailbox are sealed, and signed if the client has an
     * identity. The sender of what is signed is that identity's key, and is left empty by the
     * program; with another one it is refused. Version 1.
     */
    public Optional<Protection> protection() {
        return protection;
    }

    /**
     * Sets {@link #protection()} for all envelopes; what asks for more than can be, such as sealing
     * for a name, is refused when it is sent.
     */
    public ClientConfig withProtection(Protection chosen) {
        ClientConfig changed = copy();
        changed.protection = Optional.of(chosen);
        return changed;
    }

    /** What the client shows where the relay asks clients for certificates. */
    public Optional<TlsIdentity> certificate() {
        return certificate;
    }

    /**
     * The client shows this certificate where the relay asks for one. If the relay does not take
     * it, the client ends with {@code not_allowed}.
     */
    public ClientConfig withCertificate(TlsIdentity shown) {
        ClientConfig changed = copy();
        changed.certificate = Optional.of(shown);
        return changed;
    }

    /** What lets the client in; empty if nothing does. Not for others to see. */
    ByteBuffer token() {
        return token;
    }

    /**
     * The client sends this token on each connection, to be let in: 1 to 4,096 printable ASCII
     * characters. It never shows in any text of the library; version 1.
     */
    public ClientConfig withToken(String secret) {
        boolean printable = secret.chars().allMatch(c -> c > ' ' && c < 0x7F);
        if (!printable || secret.isEmpty() || secret.length() > Frame.Hello.TOKEN_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a token has 1 to "
                            + Frame.Hello.TOKEN_BYTES_MAX
                            + " printable ASCII characters, no spaces");
        }
        ClientConfig changed = copy();
        changed.token = ByteBuffer.wrap(secret.getBytes(US_ASCII)).asReadOnlyBuffer();
        return changed;
    }

    /**
     * Completes futures and runs consumers and handlers; if empty, daemon threads of the client's
     * own: one for futures, and in version 1 one for each handler at work.
     */
    public Optional<Executor> callbackExecutor() {
        return callbackExecutor;
    }

    /**
     * Completes futures and runs consumers and handlers on this executor, which the client never
     * shuts down. It must not run tasks in the thread that gives them: that may be an event loop.
     */
    public ClientConfig withCallbackExecutor(Executor executor) {
        ClientConfig changed = copy();
        changed.callbackExecutor = Optional.of(executor);
        return changed;
    }

    /** Hears every change of state, in order, on the executor for callbacks. */
    public Consumer<ClientState> listener() {
        return listener;
    }

    /** Sets {@link #listener()}; version 1. */
    public ClientConfig withListener(Consumer<ClientState> consumer) {
        ClientConfig changed = copy();
        changed.listener = consumer;
        return changed;
    }

    /**
     * Hears of every envelope that was put with the dead letters unseen, because it is forged or
     * cannot be read; on the executor for callbacks.
     */
    public Consumer<UnreadableDelivery> unreadableListener() {
        return unreadableListener;
    }

    /** Sets {@link #unreadableListener()}; version 1. */
    public ClientConfig withUnreadableListener(Consumer<UnreadableDelivery> consumer) {
        ClientConfig changed = copy();
        changed.unreadableListener = consumer;
        return changed;
    }

    private ClientConfig copy() {
        try {
            return (ClientConfig) clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Duration timeout(String name, Duration timeout) {
        if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(TIMEOUT_MAX) > 0) {
            throw new IllegalArgumentException(
                    name + " is above zero and at most a year, not " + timeout);
        }
        return timeout;
    }
}
