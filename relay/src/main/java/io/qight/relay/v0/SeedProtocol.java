package io.qight.relay.v0;

import io.micrometer.core.instrument.Counter;
import io.qight.relay.flow.Admissions;
import io.qight.relay.flow.Dispatcher;
import io.qight.relay.flow.LiveConnection;
import io.qight.relay.flow.RelayBudget;
import io.qight.relay.flow.RelayClock;
import io.qight.relay.flow.RelayMeters;
import io.qight.relay.flow.SendRates;
import io.qight.relay.flow.StoreWriter;
import io.qight.transport.Connection;
import io.qight.wire.v0.Request;

/** Version 0 as a relay speaks it. Thread-safe. */
public final class SeedProtocol {
    /** Its name in the handshake. */
    public static final String ALPN = "qight";

    final String relayName;
    final SessionSettings settings;
    final Admissions admissions;
    final StoreWriter writer;
    final Dispatcher dispatcher;
    final RelayBudget budget;
    final RelayMeters meters;
    final SendRates rates;
    final RelayClock clock;
    private final Counter hellos;
    private final Counter sends;
    private final Counter fetches;

    /** The parts of the relay that its connections use. */
    public SeedProtocol(
            String relayName,
            SessionSettings settings,
            Admissions admissions,
            StoreWriter writer,
            Dispatcher dispatcher,
            RelayBudget budget,
            RelayMeters meters,
            SendRates rates,
            RelayClock clock) {
        this.relayName = relayName;
        this.settings = settings;
        this.admissions = admissions;
        this.writer = writer;
        this.dispatcher = dispatcher;
        this.budget = budget;
        this.meters = meters;
        this.rates = rates;
        this.clock = clock;
        this.hellos = meters.requests("hello");
        this.sends = meters.requests("send");
        this.fetches = meters.requests("fetch");
    }

    /** Takes a new connection; on its event loop. */
    public LiveConnection accept(Connection connection) {
        return new SeedConnection(this, connection);
    }

    void count(Request request) {
        if (request instanceof Request.Send) {
            sends.increment();
        } else if (request instanceof Request.Fetch) {
            fetches.increment();
        } else {
            hellos.increment();
        }
    }
}
