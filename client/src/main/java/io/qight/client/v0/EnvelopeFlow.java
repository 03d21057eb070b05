package io.qight.client.v0;

import io.qight.wire.MessageEnvelope;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands envelopes to a consumer, one after the other, on an executor, and holds up the stream when
 * the consumer is slower than the relay. Thread-safe.
 *
 * <p>Holds {@value #BYTES_MAX} bytes, and beyond that what one read of the stream brought.
 */
public final class EnvelopeFlow implements EnvelopeSink {
    /** No more is read while so much waits for the consumer, in bytes. */
    static final long BYTES_MAX = 1 << 20;

    private static final long ENVELOPE_BYTES = 256;
    private static final int BATCH_MAX = 64;
    private static final long NOT_WHOLE = -1;

    private final Consumer<? super MessageEnvelope> consumer;
    private final Executor executor;
    private final CompletableFuture<Long> consumed = new CompletableFuture<>();

    private final Deque<MessageEnvelope> held = new ArrayDeque<>();
    private long heldBytes;
    private long whole = NOT_WHOLE;
    private boolean handing;
    private @Nullable Runnable resume;

    public EnvelopeFlow(Consumer<? super MessageEnvelope> consumer, Executor executor) {
        this.consumer = consumer;
        this.executor = executor;
    }

    /**
     * Completes on the executor with the number of envelopes when the consumer has had them all, or
     * fails with what it threw or what {@link #fail} was given.
     */
    public CompletableFuture<Long> consumed() {
        return consumed;
    }

    @Override
    public synchronized void accept(MessageEnvelope envelope) {
        if (!consumed.isDone()) {
            held.add(envelope);
            heldBytes += bytes(envelope);
            handOver();
        }
    }

    @Override
    public synchronized boolean hasRoom(Runnable whenRoom) {
        if (heldBytes < BYTES_MAX) {
            return true;
        }
        resume = whenRoom;
        return false;
    }

    /** The answer was whole and had so many envelopes. */
    public synchronized void end(long envelopes) {
        whole = envelopes;
        handOver();
    }

    /** The consumer is called no more, but for a call that it is in. */
    public void fail(Throwable failure) {
        synchronized (this) {
            held.clear();
            heldBytes = 0;
        }
        consumed.completeExceptionally(failure);
    }

    private void handOver() {
        if (!handing) {
            handing = true;
            executor.execute(this::hand);
        }
    }

    private void hand() {
        try {
            for (int i = 0; i < BATCH_MAX; i++) {
                MessageEnvelope next = next();
                if (next == null) {
                    return;
                }
                consumer.accept(next);
            }
        } catch (RuntimeException | Error e) {
            fail(e);
            return;
        }
        // Others that share the executor get their turn.
        executor.execute(this::hand);
    }

    /** Null if there is none now; the last one that finds none completes the whole. */
    private @Nullable MessageEnvelope next() {
        Runnable wanted = null;
        MessageEnvelope next;
        boolean last;
        synchronized (this) {
            next = consumed.isDone() ? null : held.poll();
            handing = next != null;
            last = next == null && whole != NOT_WHOLE;
            if (next != null) {
                heldBytes -= bytes(next);
            }
            if (heldBytes <= BYTES_MAX / 2) {
                wanted = resume;
                resume = null;
            }
        }
        if (wanted != null) {
            wanted.run();
        }
        if (last) {
            consumed.complete(whole);
        }
        return next;
    }

    private static long bytes(MessageEnvelope envelope) {
        return ENVELOPE_BYTES
                + envelope.payloadBytes()
                + 2L
                        * (envelope.id().length()
                                + envelope.sender().length()
                                + envelope.recipient().length());
    }
}
