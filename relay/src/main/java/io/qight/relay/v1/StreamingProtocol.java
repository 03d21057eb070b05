package io.qight.relay.v1;

import io.micrometer.core.instrument.Counter;
import io.netty.buffer.ByteBuf;
import io.qight.relay.flow.Admissions;
import io.qight.relay.flow.Dispatcher;
import io.qight.relay.flow.LiveConnection;
import io.qight.relay.flow.RelayBudget;
import io.qight.relay.flow.RelayClock;
import io.qight.relay.flow.RelayMeters;
import io.qight.relay.flow.SendRates;
import io.qight.relay.flow.StoreWriter;
import io.qight.transport.Connection;
import io.qight.wire.Limits;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.FrameType;
import java.nio.ByteBuffer;
import java.security.SecureRandom;

/** Version 1 as a relay speaks it. Thread-safe. */
public final class StreamingProtocol {
    /** Its name in the handshake. */
    public static final String ALPN = "qight/1";

    final ControlSettings settings;
    final Admissions admissions;
    final StoreWriter writer;
    final Dispatcher dispatcher;
    final RelayBudget budget;
    final RelayMeters meters;
    final SendRates rates;
    final RelayClock clock;
    final Counter hellos;
    final Counter sends;
    final Counter fetches;
    private final SecureRandom random = new SecureRandom();

    /** The parts of the relay that its connections use. */
    public StreamingProtocol(
            ControlSettings settings,
            Admissions admissions,
            StoreWriter writer,
            Dispatcher dispatcher,
            RelayBudget budget,
            RelayMeters meters,
            SendRates rates,
            RelayClock clock) {
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

    /**
     * Whether a client's first stream that begins with these bytes can be of this version alone:
     * they are the head of HELLO, which no request of version 0 begins with.
     */
    public static boolean begins(ByteBuf firstBytes) {
        try {
            return FrameCodec.head(firstBytes, Limits.ENVELOPE_BYTES_MAX)
                    .filter(head -> head.type() == FrameType.HELLO.number())
                    .isPresent();
        } catch (ProtocolException e) {
            return false;
        }
    }

    /** Takes a new connection; on its event loop. */
    public LiveConnection accept(Connection connection) {
        return new StreamingConnection(this, connection);
    }

    /** So many random bytes. */
    ByteBuffer random(int bytes) {
        byte[] made = new byte[bytes];
        random.nextBytes(made);
        return ByteBuffer.wrap(made).asReadOnlyBuffer();
    }
}
