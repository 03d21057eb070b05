package io.qight.client;

import io.qight.client.v1.OutboxEntry;
import io.qight.client.v1.OutgoingEnvelope;
import io.qight.client.v1.Session;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One envelope on its way. Made on any thread, told on the event loop. */
final class PendingSend implements OutboxEntry.Sender {
    private final OutgoingEnvelope envelope;
    private final Room room;
    private final Executor completions;
    private final CompletableFuture<Receipt> receipt = new CompletableFuture<>();
    private @Nullable OutboxEntry entry;
    private boolean settled;

    /**
     * An envelope that has its room already.
     *
     * @param completions where the future is completed
     */
    PendingSend(OutgoingEnvelope envelope, Room room, Executor completions) {
        this.envelope = envelope;
        this.room = room;
        this.completions = completions;
    }

    CompletableFuture<Receipt> receipt() {
        return receipt;
    }

    /** Puts it into the outbox; on the event loop. */
    void begin(Session session) {
        if (receipt.isDone()) {
            settle();
        } else {
            entry = session.send(envelope, this);
        }
    }

    /** Nobody waits for it any more; on the event loop. */
    void giveUp(Session session) {
        if (entry != null && !settled) {
            session.cancel(entry);
            settle();
        }
    }

    @Override
    public void taken(Receipt taken) {
        settle();
        completions.execute(() -> receipt.complete(taken));
    }

    @Override
    public void failed(RelayException failure) {
        settle();
        completions.execute(() -> receipt.completeExceptionally(failure));
    }

    private void settle() {
        if (!settled) {
            settled = true;
            room.leave(envelope.bytes().length);
        }
    }
}
