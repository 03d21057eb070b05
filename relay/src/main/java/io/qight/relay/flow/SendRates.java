package io.qight.relay.flow;

import io.qight.identity.IdentityKey;
import java.util.HashMap;
import java.util.Map;

/** The rates at which connections and identities may send. Thread-safe. */
public final class SendRates {
    private static final class Shared {
        final SendRate rate;
        int connections;

        Shared(SendRate rate) {
            this.rate = rate;
        }
    }

    private final long perConnection;
    private final long perIdentity;
    private final RelayClock clock;

    /** Of the identities that have a connection. */
    private final Map<IdentityKey, Shared> byIdentity = new HashMap<>();

    /** So many a second for each connection, and for all connections of an identity together. */
    public SendRates(long perConnection, long perIdentity, RelayClock clock) {
        this.perConnection = perConnection;
        this.perIdentity = perIdentity;
        this.clock = clock;
    }

    /** One for a new connection. */
    public SendRate ofConnection() {
        return new SendRate(perConnection, clock.millis());
    }

    /** The one of an identity that a connection has proved; given back once when that ends. */
    public synchronized SendRate take(IdentityKey identity) {
        Shared shared =
                byIdentity.computeIfAbsent(
                        identity, any -> new Shared(new SendRate(perIdentity, clock.millis())));
        shared.connections++;
        return shared.rate;
    }

    /** A connection of the identity is gone. */
    public synchronized void giveBack(IdentityKey identity) {
        byIdentity.computeIfPresent(
                identity, (any, shared) -> --shared.connections == 0 ? null : shared);
    }
}
