package io.qight.relay.flow;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoreStatistics;
import io.qight.transport.ServerEndpoint;
import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * What the relay counts, as meters named {@code qight.*}. How envelopes came and went is asked of
 * the store, so that {@code found + appended = waiting + removed} holds whenever it is looked at.
 *
 * <p>Meters are registered by one thread, before the relay starts; any thread may count.
 */
public final class RelayMeters {
    private final MeterRegistry registry;
    private final RelayClock clock;
    private final AtomicInteger connections = new AtomicInteger();
    private final LongAdder heldBack = new LongAdder();
    private final Map<ErrorCode, LongAdder> refusals = new EnumMap<>(ErrorCode.class);
    private final List<Meter> meters = new ArrayList<>();
    private final RefusalLog refusalLog = new RefusalLog();
    private final Timer commitTime;
    private final DistributionSummary commitSize;
    private final RateWindow appendRate;
    private final RateWindow removeRate;

    /** Registers all meters. */
    public RelayMeters(MeterRegistry registry, RelayClock clock) {
        this.registry = registry;
        this.clock = clock;
        this.appendRate = new RateWindow(clock.millis());
        this.removeRate = new RateWindow(clock.millis());
        this.commitTime =
                Timer.builder("qight.commit.time")
                        .description("How long a commit took")
                        .register(registry);
        this.commitSize =
                DistributionSummary.builder("qight.commit.operations")
                        .description("How many operations a commit had")
                        .register(registry);
        meters.add(commitTime);
        meters.add(commitSize);
        for (ErrorCode code : ErrorCode.values()) {
            LongAdder count = new LongAdder();
            refusals.put(code, count);
            meters.add(
                    FunctionCounter.builder("qight.refusals", count, LongAdder::sum)
                            .tag("code", code.token())
                            .description("Requests that were refused")
                            .register(registry));
        }
        gauge("qight.connections", "Connections open now", connections, AtomicInteger::get);
        count(
                "qight.sends.held",
                "Times that a client sent or began too much and was held",
                heldBack);
    }

    /** Adds what the transport knows. */
    public void watch(ServerEndpoint endpoint) {
        gauge("qight.handshakes", "Handshakes under way", endpoint, ServerEndpoint::handshakes);
        meters.add(
                FunctionCounter.builder("qight.retries", endpoint, ServerEndpoint::retries)
                        .description("Clients that had to prove their address first")
                        .register(registry));
        meters.add(
                FunctionCounter.builder(
                                "qight.handshakes.dropped",
                                endpoint,
                                ServerEndpoint::handshakesDropped)
                        .description(
                                "Datagrams of handshakes dropped, as their address sent too many")
                        .register(registry));
    }

    /** Adds what the store knows. */
    public void watch(MailboxStore store) {
        counter("qight.envelopes.appended", "Envelopes stored", store, s -> s.appended());
        gauge(
                "qight.envelopes.found",
                "Envelopes found at the start",
                store,
                s -> s.statistics().found());
        gauge(
                "qight.envelopes.waiting",
                "Envelopes that wait now",
                store,
                s -> s.statistics().waiting());
        gauge("qight.envelopes.bytes", "Bytes of those", store, s -> s.statistics().waitingBytes());
        gauge(
                "qight.mailboxes",
                "Mailboxes that hold something",
                store,
                s -> s.statistics().mailboxes());
        gauge(
                "qight.outboxes",
                "Outboxes that are remembered",
                store,
                s -> s.statistics().outboxes());
        gauge(
                "qight.store.bytes",
                "Bytes on the store's medium",
                store,
                s -> s.statistics().mediumBytes());
        for (Removal removal : Removal.values()) {
            meters.add(
                    FunctionCounter.builder(
                                    "qight.envelopes.removed",
                                    store,
                                    watched -> removed(watched.statistics(), removal))
                            .tag("reason", token(removal))
                            .description("Envelopes that left their mailbox")
                            .register(registry));
        }
    }

    /** Adds what the writer knows. */
    public void watch(StoreWriter writer) {
        gauge(
                "qight.outboxes.open",
                "Streams that an outbox is open on",
                writer,
                StoreWriter::openOutboxes);
    }

    /** Adds what the admissions know. */
    public void watch(Admissions admissions) {
        meters.add(
                FunctionCounter.builder("qight.tokens.wrong", admissions, Admissions::wrongTokens)
                        .description("Tokens that let nobody in")
                        .register(registry));
    }

    /** Adds what the budget knows. */
    public void watch(RelayBudget budget) {
        gauge("qight.budget.held", "Bytes held", budget, RelayBudget::heldBytes);
        gauge("qight.budget.capacity", "Bytes that may be held", budget, b -> b.capacityBytes());
        gauge("qight.budget.waiting", "Reservations that wait", budget, RelayBudget::waiting);
    }

    /** A commit has returned. */
    void committed(List<Operation> operations, List<Outcome> outcomes, long nanos) {
        commitTime.record(nanos, TimeUnit.NANOSECONDS);
        commitSize.record(operations.size());
        long appended = 0;
        long removed = 0;
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i) instanceof Outcome.Stored) {
                appended++;
            } else if (operations.get(i) instanceof Operation.Remove
                    && outcomes.get(i) instanceof Outcome.Done) {
                removed++;
            }
        }
        long now = clock.millis();
        appendRate.add(appended, now);
        removeRate.add(removed, now);
    }

    /** A request was refused; the log will say so within its bound. */
    public void refused(ErrorCode code, String peer, String sentence) {
        refused(code, peer, sentence, 1);
    }

    /** So many requests were refused alike. */
    public void refused(ErrorCode code, String peer, String sentence, long count) {
        LongAdder counter = refusals.get(code);
        if (counter != null) {
            counter.add(count);
        }
        refusalLog.count(code, peer, sentence, count);
    }

    /** A client sends or begins more than it may, and is not read for a while. */
    public void heldBack() {
        heldBack.increment();
    }

    /** A connection was opened. */
    public void connectionOpened() {
        connections.incrementAndGet();
    }

    /** A connection is gone. */
    public void connectionClosed() {
        connections.decrementAndGet();
    }

    /** The counter for requests of this kind, the same for all versions. */
    public Counter requests(String verb) {
        Counter counter =
                Counter.builder("qight.requests")
                        .tag("verb", verb)
                        .description("Requests whose head arrived")
                        .register(registry);
        meters.add(counter);
        return counter;
    }

    /** How many connections are open. */
    public int connections() {
        return connections.get();
    }

    /** Refusals so far, by code; those that never happened are left out. */
    public Map<ErrorCode, Long> refusals() {
        Map<ErrorCode, Long> counts = new EnumMap<>(ErrorCode.class);
        refusals.forEach((code, count) -> {
            if (count.sum() > 0) {
                counts.put(code, count.sum());
            }
        });
        return counts;
    }

    /** Envelopes stored a second, over the last minute. */
    public double appendedPerSecond() {
        return appendRate.perSecond(clock.millis());
    }

    /** Envelopes removed a second, over the last minute. */
    public double removedPerSecond() {
        return removeRate.perSecond(clock.millis());
    }

    /** The lines that the log owes its reader now. */
    public List<String> logLines() {
        return refusalLog.due(clock.millis());
    }

    /** Takes all meters out of the registry, which may outlive the relay. */
    public void close() {
        meters.forEach(registry::remove);
    }

    /** A way to leave, as a tag and in answers. */
    public static String token(Removal removal) {
        return removal.name().toLowerCase(Locale.ROOT);
    }

    private static long removed(StoreStatistics statistics, Removal removal) {
        return statistics.removed().getOrDefault(removal, 0L);
    }

    private void count(String name, String description, LongAdder count) {
        meters.add(
                FunctionCounter.builder(name, count, LongAdder::sum)
                        .description(description)
                        .register(registry));
    }

    private void counter(
            String name,
            String description,
            MailboxStore store,
            ToDoubleFunction<StoreStatistics> value) {
        meters.add(
                FunctionCounter.builder(name, store, s -> value.applyAsDouble(s.statistics()))
                        .description(description)
                        .register(registry));
    }

    private <T> void gauge(String name, String description, T watched, ToDoubleFunction<T> value) {
        meters.add(Gauge.builder(name, watched, value).description(description).register(registry));
    }
}
