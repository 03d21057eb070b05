package io.qight.client;

import io.qight.client.v1.OutboxEntry;
import io.qight.client.v1.OutgoingEnvelope;
import io.qight.client.v1.Session;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One envelope on its way, and the future of its receipt, which when cancelled gives the envelope
 * up. Made on any thread, told on the event loop.
 */
final class PendingSend extends CompletableFuture<Receipt> implements OutboxEntry.Sender {
    private final OutgoingEnvelope envelope;
    private final Session session;
    private final Room room;
    private final Executor completions;
    private @Nullable OutboxEntry entry;
    private boolean settled;

    /**
     * An envelope that has its room already.
     *
     * @param completions where the future is completed
     */
    PendingSend(OutgoingEnvelope envelope, Session session, Room room, Executor completions) {
        this.envelope = envelope;
        this.session = session;
        this.room = room;
        this.completions = completions;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            session.execute(this::giveUp);
        }
        return cancelled;
    }

    /** Puts it into the outbox; on the event loop. */
    void begin() {
        if (isDone()) {
            settle();
        } else {
            entry = session.send(envelope, this);
        }
    }

    /** Nobody waits for it any more; on the event loop. */
    private void giveUp() {
        if (entry != null && !settled) {
            session.cancel(entry);
            settle();
        }
    }

    @Override
    public void taken(Receipt taken) {
        settle();
        completions.execute(() -> complete(taken));
    }

    @Override
    public void failed(RelayException failure) {
        settle();
        completions.execute(() -> completeExceptionally(failure));
    }

    private void settle() {
        if (!settled) {
            settled = true;
            room.leave(envelope.bytes().length);
        }
    }
}
