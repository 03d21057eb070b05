package io.qight.client.v1;

import io.qight.client.ClientClosedException;
import io.qight.client.RefusedException;
import io.qight.client.RelayException;
import io.qight.client.UnreadableDelivery;
import io.qight.identity.EnvelopeReader;
import io.qight.identity.OpenedEnvelope;
import io.qight.identity.UnreadableEnvelope;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.StreamKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A subscription of a {@link Session}: its rules, its handlers, and what its program waits for. On
 * the event loop, but for what is marked. Futures complete on the event loop.
 */
public final class Receiver implements StreamRules, SubscriptionEvents {
    /** The program's side of it. */
    public interface Program {
        /** Runs the handler and answers the delivery, whatever that does; on the executor. */
        void handle(Handed delivery, OpenedEnvelope opened);

        /** An envelope is none for the handler, and was answered so; on the executor. */
        void unreadable(UnreadableDelivery delivery);

        /** The relay does not give a mailbox, or not any more; on the event loop. */
        void refused(String mailbox, RefusedException why);
    }

    private final Session session;
    private final Subscribed rules;
    private final Program program;
    private final Handlers handlers;
    private final EnvelopeReader reader;

    private final TreeMap<Long, Handed> open = new TreeMap<>();
    private final Map<String, CompletableFuture<@Nullable Void>> adding = new HashMap<>();
    private final Map<String, CompletableFuture<@Nullable Void>> removing = new HashMap<>();
    private final CompletableFuture<@Nullable Void> caughtUp = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> ended = new CompletableFuture<>();
    private @Nullable Frame first;
    private @Nullable RelayException failure;
    private boolean ending;
    private long lastToDrain;

    /** Acked by the program, and not told to the rules yet. */
    private final Queue<Handed> acked = new ConcurrentLinkedQueue<>();

    /** Whether those will be taken by themselves. */
    private final AtomicBoolean acksComing = new AtomicBoolean();

    /**
     * A subscription to nothing yet.
     *
     * @param executor where the program's handler runs, which is never the event loop's thread
     * @param concurrency how many at a time
     */
    public Receiver(
            Session session,
            SubscriptionSettings settings,
            SessionSettings client,
            Executor executor,
            int concurrency,
            Program program) {
        this.session = session;
        this.rules = new Subscribed(client.ids().get(), settings, client.retry(), this);
        this.program = program;
        this.handlers = new Handlers(executor, concurrency, new Handling());
        this.reader = new EnvelopeReader(client.identity());
    }

    /** Completes when all that waited in its mailboxes has been delivered; from any thread. */
    public CompletableFuture<@Nullable Void> whenCaughtUp() {
        return caughtUp;
    }

    /** Completes when all of that has been answered, and the relay has answered the acks. */
    public CompletableFuture<@Nullable Void> whenDrained() {
        return drained;
    }

    /** Completes when it is over: as wished, or with the reason; from any thread. */
    public CompletableFuture<@Nullable Void> whenEnded() {
        return ended;
    }

    /** Wants a mailbox. */
    public void add(String mailbox, CompletableFuture<@Nullable Void> added) {
        if (ending || ended.isDone()) {
            added.completeExceptionally(closed());
        } else if (rules.add(mailbox)) {
            adding.put(mailbox, added);
        } else {
            added.completeExceptionally(
                    new RefusedException(
                            ErrorCode.WRONG_STATE, "the subscription has " + mailbox + " already"));
        }
    }

    /** Wants no more of a mailbox. */
    public void remove(String mailbox, CompletableFuture<@Nullable Void> removed) {
        if (ending || ended.isDone()) {
            removed.completeExceptionally(closed());
            return;
        }
        // Before the rules are asked, since they may tell at once.
        removing.put(mailbox, removed);
        if (!rules.remove(mailbox)) {
            removing.remove(mailbox, removed);
            removed.completeExceptionally(
                    new RefusedException(
                            ErrorCode.WRONG_STATE, "the subscription has no " + mailbox));
        }
    }

    /** Ends it in order, once the handlers under way have returned. */
    public void end() {
        ending = true;
        handlers.stop();
    }

    /** Ends it at once. */
    public void fail(RelayException why) {
        failure = why;
        ending = true;
        handlers.stop();
        finish();
    }

    /** The time; from any thread. */
    long now() {
        return session.now();
    }

    /** From any thread. */
    void execute(Runnable task) {
        session.execute(task);
    }

    Subscribed rules() {
        return rules;
    }

    void tick(long now) {
        rules.tick(now);
        // Asked first: what the last handler acked is there then.
        boolean end = ending && handlers.idle();
        if (end || (acksComing.get() && now >= rules.acksDueMillis())) {
            takeAcks();
        }
        if (end) {
            rules.end();
        }
    }

    long dueMillis(long now) {
        long due = rules.dueMillis(now);
        return acksComing.get() ? Math.min(due, Math.max(now + 1, rules.acksDueMillis())) : due;
    }

    /** Has handed out what came in this turn of the event loop. */
    void handOut() {
        handlers.start();
    }

    /** Whether a stream is to be opened for it now. */
    boolean begin(long now, long wallMillis) {
        boolean wanted = rules.wantsStream(now);
        if (wanted) {
            first = rules.open(now, wallMillis);
        }
        return wanted;
    }

    /** Whether nothing is under way. */
    boolean idle() {
        return rules.idle();
    }

    /** Whether it is over; then its program has been told. */
    boolean finished() {
        if (rules.over() && !ended.isDone()) {
            finish();
        }
        return ended.isDone();
    }

    /** The program has acked it; from any thread. Only the first in a while needs a turn. */
    void ack(Handed delivery) {
        acked.add(delivery);
        if (acksComing.compareAndSet(false, true)) {
            session.execute(this::takeAcksAfterTheEnd);
        }
    }

    void nack(Handed delivery, long delayMillis, boolean dead, String reason) {
        rules.nack(delivery.received().number(), delayMillis, dead, reason);
        forget(delivery.received().number());
    }

    void extend(Handed delivery, long leaseMillis) {
        rules.extend(delivery.received().number(), leaseMillis, now());
    }

    @Override
    public StreamKind kind() {
        return StreamKind.FETCH;
    }

    @Override
    public @Nullable Frame poll(long now) {
        Frame frame = first;
        first = null;
        return frame != null ? frame : rules.poll(now);
    }

    @Override
    public boolean wantsEnd() {
        return rules.wantsEnd();
    }

    @Override
    public void receive(Frame frame, long now) {
        rules.receive(frame, now);
    }

    @Override
    public void inputEnded() {
        rules.receiveEnd();
    }

    @Override
    public void lost() {
        rules.lost();
    }

    @Override
    public void delivered(ReceivedEnvelope delivery) {
        Handed handed = new Handed(delivery, this);
        open.put(delivery.number(), handed);
        handlers.add(handed);
    }

    @Override
    public void lost(long delivery) {
        Handed handed = open.get(delivery);
        if (handed == null) {
            return;
        }
        handed.loseLease();
        if (handlers.remove(handed)) {
            // Nobody has seen it, so that it comes again; this is for its credit alone.
            rules.nack(delivery, 0, false, "");
            forget(delivery);
        }
    }

    @Override
    public void answered(long delivery, boolean removed) {
        Handed handed = open.get(delivery);
        if (handed != null) {
            handed.removed().complete(removed);
            forget(delivery);
        }
    }

    @Override
    public void added(String mailbox) {
        CompletableFuture<@Nullable Void> added = adding.remove(mailbox);
        if (added != null) {
            added.complete(null);
        }
    }

    @Override
    public void refused(String mailbox, RefusedException why) {
        CompletableFuture<@Nullable Void> added = adding.remove(mailbox);
        if (added != null) {
            added.completeExceptionally(why);
        }
        removed(mailbox);
        program.refused(mailbox, why);
        if (rules.isEmpty() && !ending) {
            failure = why;
            end();
        }
    }

    @Override
    public void removed(String mailbox) {
        CompletableFuture<@Nullable Void> removed = removing.remove(mailbox);
        if (removed != null) {
            removed.complete(null);
        }
    }

    @Override
    public void caughtUp() {
        if (!caughtUp.isDone()) {
            lastToDrain = open.isEmpty() ? 0 : open.lastKey();
            caughtUp.complete(null);
            tellIfDrained();
        }
    }

    @Override
    public void ended(RefusedException why) {
        failure = why;
    }

    private void takeAcksAfterTheEnd() {
        if (ended.isDone()) {
            takeAcks();
        }
    }

    private void takeAcks() {
        acksComing.set(false);
        for (Handed delivery = acked.poll(); delivery != null; delivery = acked.poll()) {
            if (ended.isDone()) {
                delivery.removed().completeExceptionally(closed());
            } else {
                rules.ack(delivery.received().number());
            }
        }
    }

    private void forget(long delivery) {
        open.remove(delivery);
        tellIfDrained();
    }

    private void tellIfDrained() {
        if (caughtUp.isDone() && (open.isEmpty() || open.firstKey() > lastToDrain)) {
            drained.complete(null);
        }
    }

    private void finish() {
        RelayException why = failure != null ? failure : closed();
        handlers.stop();
        adding.values().forEach(added -> added.completeExceptionally(why));
        removing.values().forEach(removed -> removed.completeExceptionally(why));
        caughtUp.completeExceptionally(why);
        drained.completeExceptionally(why);
        List.copyOf(open.values())
                .forEach(handed -> {
                    handed.loseLease();
                    handed.removed().completeExceptionally(why);
                });
        open.clear();
        if (failure == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(failure);
        }
        takeAcks();
    }

    private static ClientClosedException closed() {
        return new ClientClosedException(ErrorCode.CLOSED, "the subscription is closed");
    }

    private final class Handling implements Handlers.Handler {
        @Override
        public void handle(Handed delivery) {
            ReceivedEnvelope received = delivery.received();
            OpenedEnvelope opened;
            try {
                opened = reader.read(received.parts(), received.acceptedSeconds());
            } catch (UnreadableEnvelope e) {
                delivery.nack(0, true, e.sentence());
                program.unreadable(unreadable(received, e));
                return;
            }
            program.handle(delivery, opened);
        }

        @Override
        public void tooLate(Handed delivery) {
            delivery.ack();
        }

        @Override
        public void returned() {
            session.execute(() -> {});
        }

        private UnreadableDelivery unreadable(ReceivedEnvelope received, UnreadableEnvelope why) {
            Id id = received.parts().header().id();
            return new UnreadableDelivery(
                    received.mailbox(),
                    new UUID(id.high(), id.low()),
                    why.reason(),
                    why.sentence());
        }
    }
}
