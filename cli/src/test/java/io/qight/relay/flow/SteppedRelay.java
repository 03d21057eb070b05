package io.qight.relay.flow;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.relay.delivery.DeliverySettings;
import io.qight.store.MailboxStore;
import io.qight.wire.ErrorCode;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import java.util.function.LongSupplier;

/**
 * One run of a relay without its threads: the writer, the dispatcher and the keeper take their
 * turns when a simulation's time has come for them. In this package, since nobody else may give
 * turns.
 */
public final class SteppedRelay {
    /** Where turns wait for their time. */
    public interface Time {
        /** Virtual milliseconds. */
        long now();

        /** Runs a task later. */
        void after(long millis, Runnable task);
    }

    /** What is counted here is nobody's concern. */
    private static final RelayMeters METERS = new RelayMeters(new SimpleMeterRegistry(), () -> 0L);

    private static final long FOLLOW_MILLIS = 1_000;
    private static final long BUDGET_BYTES = 64 << 20;

    private final Time time;
    private final IntUnaryOperator delay;
    private final SlewedClock clock;
    private final StoreWriter writer;
    private final Dispatcher dispatcher;
    private final RelayBudget budget = new RelayBudget(BUDGET_BYTES);
    private long writerAtMillis = Long.MAX_VALUE;
    private long dispatcherAtMillis = Long.MAX_VALUE;
    private boolean dead;

    /**
     * A relay that does nothing before {@link #start}.
     *
     * @param wallMillis what the machine's clock says, which may be set
     * @param delay up to how many milliseconds a turn is late, drawn anew each time
     */
    public SteppedRelay(
            MailboxStore store,
            WriterSettings writing,
            DeliverySettings delivering,
            Time time,
            LongSupplier wallMillis,
            IntUnaryOperator delay) {
        this.time = time;
        this.delay = delay;
        this.clock = new SlewedClock(wallMillis, () -> TimeUnit.MILLISECONDS.toNanos(time.now()));
        this.writer = new StoreWriter(store, writing, clock, METERS);
        this.dispatcher = new Dispatcher(store, writer, delivering, clock);
    }

    /** Begins to take turns. */
    public void start() {
        dispatcher.listen();
        follow();
        wakeWriter(0);
    }

    /** The relay's own time. */
    public long millis() {
        return clock.millis();
    }

    /** Whether it was killed: then nothing that it does has an effect. */
    public boolean dead() {
        return dead;
    }

    /** Ends it at once, whatever it is doing. */
    public void kill() {
        dead = true;
    }

    /** Has nothing more handed out. */
    public void drain() {
        dispatcher.drain();
        wakeDispatcher();
    }

    /** A connection's part of the budget. */
    public RelayBudget.Share newShare() {
        return budget.newShare(Runnable::run);
    }

    /** What connections hold of the budget. */
    public long heldBytes() {
        return budget.heldBytes();
    }

    /** On how many streams an outbox is open. */
    public int openOutboxes() {
        return writer.openOutboxes();
    }

    /** For the writer. */
    public void toWriter(Message.ToWriter message) {
        writer.send(message);
        wakeWriter(delay.applyAsInt(5));
    }

    /** For the dispatcher. */
    public void toDispatcher(Message.ToDispatcher message) {
        dispatcher.tell(message);
        wakeDispatcher();
    }

    /** Opens a FETCH stream; else says why not. */
    public Optional<ErrorCode> open(Message.StreamOpened stream) {
        Optional<ErrorCode> refused = dispatcher.open(stream);
        wakeDispatcher();
        return refused;
    }

    /** Runs a task of a connection's event loop, soon. */
    public void later(Runnable task) {
        time.after(delay.applyAsInt(2), task);
    }

    private void wakeWriter(long inMillis) {
        long atMillis = time.now() + inMillis;
        if (atMillis < writerAtMillis) {
            writerAtMillis = atMillis;
            time.after(inMillis, () -> writerTurn(atMillis));
        }
    }

    private void wakeDispatcher() {
        wakeDispatcher(delay.applyAsInt(3));
    }

    private void wakeDispatcher(long inMillis) {
        long atMillis = time.now() + inMillis;
        if (atMillis < dispatcherAtMillis) {
            dispatcherAtMillis = atMillis;
            time.after(inMillis, () -> dispatcherTurn(atMillis));
        }
    }

    private void writerTurn(long atMillis) {
        if (dead || atMillis != writerAtMillis) {
            return;
        }
        writerAtMillis = Long.MAX_VALUE;
        try {
            if (writer.step(0)) {
                wakeDispatcher();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        wakeWriter(Math.max(1, writer.waitMillis()));
    }

    private void dispatcherTurn(long atMillis) {
        if (dead || atMillis != dispatcherAtMillis) {
            return;
        }
        dispatcherAtMillis = Long.MAX_VALUE;
        try {
            dispatcher.step(0);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        wakeWriter(delay.applyAsInt(5));
        wakeDispatcher(Math.max(1, dispatcher.waitMillis()));
    }

    private void follow() {
        if (!dead) {
            clock.follow();
            time.after(FOLLOW_MILLIS, this::follow);
        }
    }
}
