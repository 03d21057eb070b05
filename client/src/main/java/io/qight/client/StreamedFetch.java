package io.qight.client;

import io.qight.client.v0.EnvelopeFlow;
import io.qight.client.v0.PendingRequest;
import io.qight.client.v0.RelayConnection;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One FETCH on a connection of its own, which is closed in the orderly way when the consumer has
 * had all envelopes, and otherwise so that they all come back. Thread-safe.
 */
final class StreamedFetch {
    private final CompletableFuture<Long> outcome = new CompletableFuture<>();
    private final EnvelopeFlow flow;
    private final PendingRequest<Long> request;

    /** Checks the recipient; nothing is asked yet. */
    StreamedFetch(String recipient, Consumer<? super MessageEnvelope> consumer, Executor executor) {
        this.flow = new EnvelopeFlow(consumer, executor);
        this.request = PendingRequest.fetch(recipient, flow);
    }

    /** The number of envelopes when all is done and the connection gone; completed anywhere. */
    CompletableFuture<Long> outcome() {
        return outcome;
    }

    /** Asks on the connection as soon as there is one. */
    void start(CompletableFuture<RelayConnection> opening) {
        flow.consumed().whenComplete((count, failure) -> finish(opening, count, failure));
        request.answer()
                .whenComplete((count, failure) -> {
                    if (failure == null) {
                        flow.end(count);
                    } else {
                        flow.fail(failure);
                    }
                });
        opening.whenComplete((connection, failure) -> {
            if (failure == null) {
                connection.submit(request);
            } else {
                flow.fail(failure);
            }
        });
    }

    void cancel() {
        flow.fail(new CancellationException("the FETCH was cancelled"));
    }

    void clientClosed() {
        flow.fail(new ClientClosedException(ErrorCode.CLOSED, ErrorCode.CLOSED.sentence()));
    }

    private void finish(
            CompletableFuture<RelayConnection> opening,
            @Nullable Long count,
            @Nullable Throwable failure) {
        opening.cancel(false);
        opening.whenComplete((connection, notOpened) -> {
            if (notOpened != null) {
                outcome.completeExceptionally(failure);
            } else if (count != null) {
                settle(connection, count);
            } else {
                connection.abandon("the FETCH was given up");
                outcome.completeExceptionally(failure);
            }
        });
    }

    /**
     * Has the relay remove what it gave. The next request does so, and its answer proves that it
     * came; an orderly close would do so too, but can be lost on its way unnoticed.
     */
    private void settle(RelayConnection connection, Long count) {
        PendingRequest<String> next = PendingRequest.hello("all-fetched");
        next.answer().whenComplete((welcome, ignored) -> connection.close("all fetched"));
        connection.submit(next);
        connection.closed().whenComplete((gone, ignored) -> outcome.complete(count));
    }
}
