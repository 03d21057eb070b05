package io.qight.client;

import io.qight.client.v1.Receiver;
import io.qight.client.v1.Session;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A claim on mailboxes: what waits there, and what comes, is delivered to one handler. It outlives
 * lost connections. Thread-safe; its futures complete on the executor for callbacks.
 */
public final class Subscription implements AutoCloseable {
    private final Session session;
    private final Receiver receiver;
    private final Callbacks callbacks;
    private final Duration closeTimeout;

    Subscription(Session session, Receiver receiver, Callbacks callbacks, Duration closeTimeout) {
        this.session = session;
        this.receiver = receiver;
        this.callbacks = callbacks;
        this.closeTimeout = closeTimeout;
    }

    /**
     * Takes a mailbox into the subscription.
     *
     * @return completes when the relay has agreed, fails with {@link RefusedException} if it has
     *     not; then the mailbox is not part of the subscription
     */
    public CompletableFuture<@Nullable Void> add(String mailbox) {
        return change(mailbox, receiver::add);
    }

    /**
     * Takes a mailbox out. What was delivered from it before is still handed to the handler.
     *
     * @return completes when nothing more comes from it
     */
    public CompletableFuture<@Nullable Void> remove(String mailbox) {
        return change(mailbox, receiver::remove);
    }

    /**
     * Completes, once, when all that waited in its mailboxes when they were added has been
     * delivered here, was gone or in other hands. Handlers may still be at work on it, or not have
     * begun: who closes then, gives it back.
     */
    public CompletableFuture<@Nullable Void> caughtUp() {
        return callbacks.handOver(receiver.whenCaughtUp());
    }

    /**
     * Completes, once, when all of that has been acked or nacked, and the relay has answered the
     * acks.
     */
    public CompletableFuture<@Nullable Void> drained() {
        return callbacks.handOver(receiver.whenDrained());
    }

    /**
     * Completes when the subscription is closed. Fails with {@link RefusedException} if another
     * receiver took it over, or the last of its mailboxes was refused or taken over; with another
     * {@link RelayException} if the client came to its end.
     */
    public CompletableFuture<@Nullable Void> ended() {
        return callbacks.handOver(receiver.whenEnded());
    }

    /**
     * Ends it in order: handlers under way finish, and what they ack is removed; the rest is in its
     * mailbox again at once, and no failure is counted. Waits for that for at most {@link
     * ClientConfig#closeTimeout()}; within a handler it does not wait. The second time it does
     * nothing.
     */
    @Override
    public void close() {
        session.execute(receiver::end);
        if (!HandlerThread.here()) {
            await(receiver.whenEnded(), closeTimeout);
        }
    }

    /** Waits for an end, whatever it is; false if it did not come in time. */
    static void await(CompletableFuture<?> end, Duration timeout) {
        end.handle((done, failure) -> true)
                .completeOnTimeout(false, timeout.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    private CompletableFuture<@Nullable Void> change(
            String mailbox, BiConsumer<String, CompletableFuture<@Nullable Void>> change) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        try {
            String name = new MailboxName(mailbox).value();
            session.execute(() -> change.accept(name, done));
        } catch (ProtocolException e) {
            done.completeExceptionally(new RefusedException(e.code(), e.sentence()));
        }
        return callbacks.handOver(done);
    }
}
