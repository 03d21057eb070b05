package io.qight.client;

import io.qight.transport.Trust;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * How a client behaves. Immutable: each {@code with} method gives a changed copy.
 *
 * @param trust which certificate the relay must show; if empty, that of the relay on this machine,
 *     which does for loopback addresses alone
 * @param connectTimeout how long to try to connect
 * @param requestTimeout how long a call waits for its answer, counted from the call; for a FETCH
 *     also how long its answer may stand still
 * @param waitingRequestsMax how many requests made by the {@code Async} methods may wait for their
 *     turn on the connection
 * @param waitingBytesMax how many bytes of payload these may have together
 * @param callbackExecutor completes futures and runs consumers; if empty, one daemon thread of the
 *     client's own
 */
public record ClientConfig(
        Optional<Trust> trust,
        Duration connectTimeout,
        Duration requestTimeout,
        int waitingRequestsMax,
        long waitingBytesMax,
        Optional<Executor> callbackExecutor) {
    private static final Duration TIMEOUT_MAX = Duration.ofDays(365);
    private static final ClientConfig DEFAULTS =
            new ClientConfig(
                    Optional.empty(),
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    10_000,
                    64L << 20,
                    Optional.empty());

    /** Checks that timeouts are above zero and at most a year, and limits at least 1. */
    public ClientConfig {
        requireTimeout("connectTimeout", connectTimeout);
        requireTimeout("requestTimeout", requestTimeout);
        if (waitingRequestsMax < 1 || waitingBytesMax < 1) {
            throw new IllegalArgumentException("what may wait is at least 1");
        }
    }

    /** 10 s to connect, 30 s for a request; 10,000 requests or 64 MiB of payload may wait. */
    public static ClientConfig defaults() {
        return DEFAULTS;
    }

    /** The relay must show a certificate that this trusts. */
    public ClientConfig withTrust(Trust trust) {
        return new ClientConfig(
                Optional.of(trust),
                connectTimeout,
                requestTimeout,
                waitingRequestsMax,
                waitingBytesMax,
                callbackExecutor);
    }

    /** How long to try to connect. */
    public ClientConfig withConnectTimeout(Duration timeout) {
        return new ClientConfig(
                trust,
                timeout,
                requestTimeout,
                waitingRequestsMax,
                waitingBytesMax,
                callbackExecutor);
    }

    /** How long a call waits for its answer. */
    public ClientConfig withRequestTimeout(Duration timeout) {
        return new ClientConfig(
                trust,
                connectTimeout,
                timeout,
                waitingRequestsMax,
                waitingBytesMax,
                callbackExecutor);
    }

    /** How much the {@code Async} methods may put in wait, in requests and bytes of payload. */
    public ClientConfig withWaiting(int requestsMax, long bytesMax) {
        return new ClientConfig(
                trust, connectTimeout, requestTimeout, requestsMax, bytesMax, callbackExecutor);
    }

    /**
     * Completes futures and runs consumers on this executor, which the client never shuts down. It
     * must not run tasks in the thread that gives them: that may be an event loop.
     */
    public ClientConfig withCallbackExecutor(Executor executor) {
        return new ClientConfig(
                trust,
                connectTimeout,
                requestTimeout,
                waitingRequestsMax,
                waitingBytesMax,
                Optional.of(executor));
    }

    private static void requireTimeout(String name, Duration timeout) {
        if (timeout.isNegative() || timeout.isZero() || timeout.compareTo(TIMEOUT_MAX) > 0) {
            throw new IllegalArgumentException(
                    name + " is above zero and at most a year, not " + timeout);
        }
    }
}
