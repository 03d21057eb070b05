package io.qight.client.v1;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.ScheduledFuture;
import io.qight.client.ClientClosedException;
import io.qight.client.ClientState;
import io.qight.client.RelayException;
import io.qight.identity.Grant;
import io.qight.identity.Identity;
import io.qight.identity.ProofStatement;
import io.qight.transport.Connection;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.ConnectionListener;
import io.qight.transport.StreamOutput;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Frame;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client across its connections: the outbox, the subscriptions, and the connection that carries
 * them now, which is made anew when it is lost. One event loop owns it all; {@link #execute} is the
 * way to it, and everything that waits there is done before the next frames are written.
 */
public final class Session {
    private static final int SUBSCRIPTIONS_MAX = 64;

    /** How a connection is asked for. */
    @FunctionalInterface
    public interface Dial {
        /**
         * Tries to connect, after so many failures in a row, each time on the same event loop. The
         * connection may be there before its handshake is done: until then only HELLO and SENDs are
         * written.
         */
        CompletableFuture<Connection> connect(ConnectionListener listener, int failures);
    }

    private final Dial dial;
    private final SessionSettings settings;
    private final EventLoop loop;
    private final long welcomeDueMillis;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean turnComing = new AtomicBoolean();
    private final CompletableFuture<Session> welcomed = new CompletableFuture<>();
    private final CompletableFuture<@Nullable Void> closed = new CompletableFuture<>();

    private final Outbox outbox;
    private final SendRules sendRules;
    private final Set<Receiver> receivers = new LinkedHashSet<>();
    private final OwnerRequests requests = new OwnerRequests();

    private volatile ClientState state = new ClientState.Connecting();
    private volatile String relayName = "";

    private @Nullable Link link;

    /** What the relay allows; null from a connection's start to its WELCOME. */
    private @Nullable ConnectionLimits limits;

    private boolean draining;
    private long comeBackMillis;
    private int failures;
    private long redialMillis = Long.MAX_VALUE;
    private long closeMillis = Long.MAX_VALUE;
    private boolean inTurn;
    private @Nullable ScheduledFuture<?> timer;
    private long timerMillis = Long.MAX_VALUE;

    private Session(Dial dial, SessionSettings settings, EventLoop loop, long welcomeDueMillis) {
        this.dial = dial;
        this.settings = settings;
        this.loop = loop;
        this.welcomeDueMillis = welcomeDueMillis;
        this.outbox = new Outbox(settings.ids(), settings.sendTimeoutMillis(), settings.retry());
        this.sendRules = new SendRules(outbox);
        settings.identity().ifPresent(outbox.permits()::own);
    }

    /**
     * Connects, and completes when the relay has let the client in; fails with a {@link
     * RelayException}. A connection that is lost before is made anew: a relay was there. Completed
     * on an event loop. Cancelled, it leaves nothing behind.
     */
    public static CompletableFuture<Session> open(Dial dial, SessionSettings settings) {
        long welcomeDueMillis = settings.clock().getAsLong() + settings.welcomeMillis();
        CompletableFuture<Session> opened = new CompletableFuture<>();
        Listener listener = new Listener();
        CompletableFuture<Connection> dialing = dial.connect(listener, 0);
        dialing.whenComplete((connection, failure) -> {
            if (failure != null) {
                opened.completeExceptionally(Failures.notConnected(failure));
                return;
            }
            Session session = new Session(dial, settings, connection.eventLoop(), welcomeDueMillis);
            session.welcomed.whenComplete((welcome, refused) -> {
                if (refused == null) {
                    opened.complete(session);
                } else {
                    opened.completeExceptionally(refused);
                }
            });
            opened.whenComplete((given, ignored) -> {
                if (given == null) {
                    session.execute(() -> session.end(Optional.empty()));
                }
            });
            session.execute(() -> session.begin(connection, listener));
        });
        opened.whenComplete((session, failure) -> dialing.cancel(false));
        return opened;
    }

    /** How the client stands with the relay; from any thread. */
    public ClientState state() {
        return state;
    }

    /** The name that the relay gave last; from any thread. */
    public String relayName() {
        return relayName;
    }

    /** Completes when all is over, on an event loop. */
    public CompletableFuture<@Nullable Void> closed() {
        return closed;
    }

    /** The time, by a clock that does not step; from any thread. */
    public long now() {
        return settings.clock().getAsLong();
    }

    /** Runs a task on the event loop, in order and together with others; from any thread. */
    public void execute(Runnable task) {
        tasks.add(task);
        if (turnComing.compareAndSet(false, true)) {
            try {
                loop.execute(this::turn);
            } catch (RejectedExecutionException e) {
                turnComing.set(false);
                runAfterTheEnd();
            }
        }
    }

    /** Takes an envelope on; null if it was refused. On the event loop, as all that follows. */
    public @Nullable OutboxEntry send(OutgoingEnvelope envelope, OutboxEntry.Sender sender) {
        if (ending()) {
            sender.failed(closedException());
            return null;
        }
        return outbox.add(envelope, sender, now());
    }

    /** Its sender does not wait any more. */
    public void cancel(OutboxEntry entry) {
        outbox.cancel(entry);
    }

    /** Uses a grant for what is sent from now on. */
    public void use(Grant grant, Identity key) {
        outbox.permits().use(grant, key);
    }

    /** Asks the relay for what the owner of a mailbox may ask; see {@link OwnerRequests#add}. */
    public void ask(LongFunction<Frame> frame, CompletableFuture<Boolean> kept) {
        if (ending()) {
            kept.completeExceptionally(closedException());
        } else {
            requests.add(frame, kept);
        }
    }

    /** Takes a subscription on. */
    public void subscribe(Receiver receiver) {
        if (ending()) {
            receiver.fail(closedException());
        } else if (receivers.size() >= SUBSCRIPTIONS_MAX) {
            receiver.fail(
                    new Refusal(
                                    ErrorCode.TOO_MANY_STREAMS,
                                    "a client has at most " + SUBSCRIPTIONS_MAX + " subscriptions")
                            .exception());
        } else {
            receiver.rules().limits(limits);
            receivers.add(receiver);
        }
    }

    /** Finishes what is under way, for at most so long, and then closes. */
    public void close(long withinMillis) {
        if (!over()) {
            closeMillis = Math.min(closeMillis, now() + withinMillis);
            receivers.forEach(Receiver::end);
        }
    }

    /** The event loop is gone, and so all is over: what comes now is told so. */
    private synchronized void runAfterTheEnd() {
        runTasks();
        settings.afterTurn().run();
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Does all that is to be done now, and writes. */
    private void turn() {
        if (inTurn) {
            return;
        }
        inTurn = true;
        try {
            turnComing.set(false);
            runTasks();
            work(now());
        } finally {
            inTurn = false;
        }
        receivers.forEach(Receiver::handOut);
        settings.afterTurn().run();
        arm();
    }

    private void work(long now) {
        if (over()) {
            return;
        }
        if (!welcomed.isDone() && now >= welcomeDueMillis) {
            notLetIn(Failures.of(ErrorCode.TIMED_OUT, "the relay did not say WELCOME in time"));
            return;
        }
        outbox.tick(now);
        for (Receiver receiver : receivers) {
            receiver.tick(now);
        }
        if (now >= redialMillis) {
            redial();
        }
        openStreams(now);
        if (link != null) {
            link.pump();
        }
        receivers.removeIf(Receiver::finished);
        boolean done = outbox.isEmpty() && receivers.isEmpty() && requests.isEmpty();
        if (now >= closeMillis || (closing() && done)) {
            end(Optional.empty());
        } else if (draining && link != null && outbox.nothingUnderWay() && allIdle()) {
            link.closeInOrder();
            lost(Failures.of(ErrorCode.DRAINING, ErrorCode.DRAINING.sentence()));
        }
    }

    private void openStreams(long now) {
        Link current = link;
        if (current == null || draining) {
            return;
        }
        long wall = settings.wallClock().getAsLong();
        if (outbox.wantsStream(now)) {
            sendRules.begin(outbox.open(now, wall, current.early()));
            current.open(sendRules);
        }
        if (current.early()) {
            return;
        }
        for (Receiver receiver : receivers) {
            if (receiver.begin(now, wall)) {
                current.open(receiver);
            }
        }
    }

    private boolean allIdle() {
        return receivers.stream().allMatch(Receiver::idle);
    }

    /** Sees to it that there is a turn when the next thing is due. */
    private void arm() {
        if (over()) {
            return;
        }
        long now = now();
        long due = Math.min(redialMillis, closeMillis);
        due = Math.min(due, outbox.dueMillis(now));
        if (!welcomed.isDone()) {
            due = Math.min(due, welcomeDueMillis);
        }
        if (link != null) {
            due = Math.min(due, link.dueMillis());
        }
        for (Receiver receiver : receivers) {
            due = Math.min(due, receiver.dueMillis(now));
        }
        if (due == timerMillis) {
            return;
        }
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
        timerMillis = due;
        if (due != Long.MAX_VALUE) {
            timer = loop.schedule(this::timerRang, Math.max(1, due - now), TimeUnit.MILLISECONDS);
        }
    }

    private void timerRang() {
        timer = null;
        timerMillis = Long.MAX_VALUE;
        turn();
    }

    private void begin(Connection connection, Listener listener) {
        if (over()) {
            connection.close(0, "");
            return;
        }
        Connected owner = new Connected();
        limits(null);
        Link made = new Link(connection, settings, owner);
        owner.link = made;
        link = made;
        listener.end.thenAccept(end -> later(() -> made.gone(end)));
    }

    private void limits(@Nullable ConnectionLimits now) {
        limits = now;
        outbox.limits(now);
        receivers.forEach(receiver -> receiver.rules().limits(now));
    }

    /** Behind what was submitted before; the event loop itself may be ending. */
    private void later(Runnable task) {
        try {
            loop.execute(() -> {
                task.run();
                turn();
            });
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    private void redial() {
        redialMillis = Long.MAX_VALUE;
        draining = false;
        tell(new ClientState.Connecting());
        Listener listener = new Listener();
        CompletableFuture<Connection> dialing = dial.connect(listener, failures);
        dialing.whenComplete((connection, failure) ->
                execute(() -> {
                    if (failure == null) {
                        begin(connection, listener);
                    } else {
                        lost(Failures.notConnected(failure));
                    }
                }));
    }

    /** There is no connection now. */
    private void lost(RelayException why) {
        link = null;
        outbox.lost();
        requests.lost();
        receivers.forEach(receiver -> receiver.rules().lost());
        if (over()) {
            return;
        }
        if (Failures.fatal(why) || (!welcomed.isDone() && !worthAnother(why))) {
            notLetIn(why);
            return;
        }
        long now = now();
        long wait = settings.redial().millis(++failures);
        if (draining) {
            wait = Math.max(wait, comeBackMillis - now);
        }
        redialMillis = now + wait;
        tell(new ClientState.Waiting(Duration.ofMillis(wait), why));
    }

    /** Whether to try again though no relay has let the client in yet. */
    private boolean worthAnother(RelayException why) {
        return failures > 0 ? why.retryable() : why.code() == ErrorCode.CONNECTION_LOST;
    }

    private void notLetIn(RelayException why) {
        welcomed.completeExceptionally(why);
        end(Optional.of(why));
    }

    private void end(Optional<RelayException> why) {
        if (over()) {
            return;
        }
        tell(new ClientState.Closed(why));
        if (timer != null) {
            timer.cancel(false);
        }
        if (link != null) {
            link.closeInOrder();
            link = null;
        }
        String sentence = why.map(RelayException::sentence).orElse(ErrorCode.CLOSED.sentence());
        outbox.close(ErrorCode.CLOSED, sentence);
        for (Receiver receiver : List.copyOf(receivers)) {
            receiver.fail(why.orElseGet(this::closedException));
        }
        receivers.clear();
        requests.close(why.orElseGet(this::closedException));
        closed.complete(null);
    }

    private void tell(ClientState next) {
        state = next;
        settings.listener().accept(next);
    }

    private boolean over() {
        return state instanceof ClientState.Closed;
    }

    private boolean closing() {
        return closeMillis != Long.MAX_VALUE;
    }

    private boolean ending() {
        return over() || closing();
    }

    private RelayException closedException() {
        if (state instanceof ClientState.Closed end && end.cause().isPresent()) {
            return new ClientClosedException(
                    ErrorCode.CLOSED, "the client is closed: " + end.cause().get().sentence());
        }
        return new ClientClosedException(ErrorCode.CLOSED, ErrorCode.CLOSED.sentence());
    }

    /** What a connection tells; one that was given up is not heard any more. */
    private final class Connected implements Link.Owner {
        private @Nullable Link link;

        @Override
        public void welcome(Frame.Welcome welcome, Supplier<ProofStatement> proof) {
            if (current()) {
                outbox.permits().welcomed(proof);
                failures = 0;
                relayName = welcome.relayName();
                tell(new ClientState.Connected(relayName));
                welcomed.complete(Session.this);
            }
        }

        @Override
        public void proved() {
            if (current()) {
                outbox.permits().proved();
            }
        }

        @Override
        public @Nullable Frame nextRequest() {
            return current() ? requests.poll() : null;
        }

        @Override
        public void kept(Frame.Kept kept) {
            if (current()) {
                requests.kept(kept);
            }
        }

        @Override
        public void limits(ConnectionLimits now) {
            if (current()) {
                Session.this.limits(now);
            }
        }

        @Override
        public void goAway(Frame.GoAway goAway) {
            if (current() && !draining) {
                draining = true;
                comeBackMillis = now() + settings.redial().askedMillis(goAway.afterMillis());
                outbox.pause();
                tell(new ClientState.Draining(goAway.sentence()));
            }
        }

        @Override
        public void over(RelayException why) {
            if (current()) {
                lost(why);
            }
        }

        @Override
        public void turn() {
            Session.this.turn();
        }

        @Override
        public long now() {
            return Session.this.now();
        }

        private boolean current() {
            return link == Session.this.link && link != null;
        }
    }

    /** Keeps the end until there is someone to tell; a relay opens no streams. */
    private static final class Listener implements ConnectionListener {
        private final CompletableFuture<ConnectionEnd> end = new CompletableFuture<>();

        @Override
        public ChannelHandler onStream(QuicStreamChannel stream) {
            StreamOutput.of(stream).abort(ErrorCode.BAD_ANSWER.number());
            return new ChannelInboundHandlerAdapter();
        }

        @Override
        public void onClosed(ConnectionEnd connectionEnd) {
            end.complete(connectionEnd);
        }
    }
}
