package io.qight.relay;

import static io.qight.relay.StreamingClient.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.flow.RelayBudget;
import io.qight.relay.flow.Waiting;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.TransportSettings;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Thousands of streams that stall, while others are served from the smallest budget there is. */
@Timeout(120)
class SlowClientsAttackIT {
    private static final int CLIENTS = 20;
    private static final int WRITERS = 15;
    private static final int READERS = 60;
    private static final int ENVELOPES = 200;

    @TempDir Path directory;

    @Test
    void thousandsThatStallHoldUpNobodyAndAreCutOff() {
        RelayConfig config =
                RelayFixture.config(new MemoryStore(), directory)
                        .durability(Durability.MEMORY)
                        .budgetBytes(RelayBudget.CAPACITY_BYTES_MIN)
                        .requestTimeout(Duration.ofSeconds(2))
                        .build();
        try (Relay relay = Relay.start(config);
                ClientEndpoint endpoint =
                        ClientEndpoint.open(TransportSettings.defaults().withEventLoops(1))) {
            List<StreamingClient> slow = new ArrayList<>();
            try (StreamingClient client = StreamingClient.connect(relay)) {
                StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
                fill(sends);
                for (int i = 0; i < CLIENTS; i++) {
                    slow.add(stall(relay, endpoint));
                }
                for (int i = 1; i <= 100; i++) {
                    sends.write(send(ENVELOPES + i, "quick", "x"));
                    assertThat(sends.next())
                            .isEqualTo(
                                    new Frame.Receipt(
                                            ENVELOPES + i, 0, new ReceiptOutcome.Stored(3)));
                }
                Waiting.until(
                        "writers that stall are cut off",
                        () -> refusals(relay, ErrorCode.REQUEST_TIMEOUT) >= CLIENTS * WRITERS);
                assertThat(relay.statistics().budgetHighestBytes())
                        .isLessThanOrEqualTo(relay.statistics().budgetCapacityBytes());
            }
            slow.forEach(StreamingClient::disconnect);
            RelayFixture.assertNothingHeld(relay);
        }
    }

    private static void fill(StreamingClientStream sends) {
        for (int i = 1; i <= ENVELOPES; i++) {
            sends.write(send(i, "bulk", "x".repeat(4_000)));
        }
        long last = 0;
        while (last < ENVELOPES) {
            Frame.Receipt receipt = (Frame.Receipt) sends.next();
            last = receipt.first() + receipt.more();
        }
    }

    /** Streams whose first SEND never ends, and streams that take no delivery. */
    private static StreamingClient stall(Relay relay, ClientEndpoint endpoint) {
        StreamingClient client = StreamingClient.connectEarly(relay, endpoint);
        client.hello();
        client.resumed();
        for (int i = 0; i < WRITERS; i++) {
            // The length of a frame of 100 bytes, and its type.
            client.openOutbox(StreamingClient.randomId(), 1).write(new byte[] {64, 100, 17});
        }
        for (int i = 0; i < READERS; i++) {
            client.open()
                    .neverRead()
                    .write(
                            new Frame.Subscribe(
                                    StreamingClient.randomId(),
                                    1,
                                    Mode.SHARED,
                                    30_000,
                                    1_000,
                                    10_000_000,
                                    0,
                                    0),
                            new Frame.Add(1, "bulk"));
        }
        return client;
    }

    private static long refusals(Relay relay, ErrorCode code) {
        return relay.statistics().refusals().getOrDefault(code, 0L);
    }
}
