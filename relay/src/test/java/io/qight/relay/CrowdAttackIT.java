package io.qight.relay;

import static io.qight.relay.SeedClient.await;
import static io.qight.relay.StreamingClient.send;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.relay.flow.Waiting;
import io.qight.store.Durability;
import io.qight.store.MemoryStore;
import io.qight.transport.ClientEndpoint;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.TransportSettings;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.ReceiptOutcome;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many more connections from one address than it may have. */
@Timeout(60)
class CrowdAttackIT {
    private static final int ALLOWED = 50;
    private static final int CROWD = 200;

    @TempDir Path directory;
    private Relay relay;

    @BeforeEach
    void start() {
        relay =
                Relay.start(
                        RelayFixture.config(new MemoryStore(), directory)
                                .durability(Durability.MEMORY)
                                .limits(RelayLimits.USUAL.withConnections(10 * CROWD, ALLOWED))
                                .build());
    }

    @AfterEach
    void end() {
        RelayFixture.assertNothingHeld(relay);
        relay.close();
    }

    @Test
    void whoIsConnectedGoesOnWhileACrowdIsTurnedAway() {
        List<StreamingClient> crowd = new ArrayList<>();
        try (StreamingClient client = StreamingClient.connect(relay);
                ClientEndpoint endpoint =
                        ClientEndpoint.open(TransportSettings.defaults().withEventLoops(1))) {
            StreamingClientStream sends = client.openOutbox(StreamingClient.randomId(), 1);
            for (int i = 1; i <= CROWD; i++) {
                StreamingClient one = StreamingClient.connectEarly(relay, endpoint);
                // So that those who are let in stay.
                one.control().write(StreamingClient.hello("crowd"));
                crowd.add(one);
                assertThat(sends.write(send(i, "bob", "x")).next())
                        .isEqualTo(new Frame.Receipt(i, 0, new ReceiptOutcome.Stored(3)));
            }
            int turnedAway = CROWD + 1 - ALLOWED;
            Waiting.until("the rest is turned away", () -> ended(crowd) == turnedAway);
            assertThat(crowd.stream().filter(one -> one.ended().isDone()))
                    .allSatisfy(one ->
                            assertThat(await(one.ended()))
                                    .isInstanceOfSatisfying(
                                            ConnectionEnd.Orderly.class,
                                            end ->
                                                    assertThat(end.code())
                                                            .isEqualTo(
                                                                    ErrorCode.OVERLOADED
                                                                            .number())));
            Waiting.until("as many as allowed", () -> relay.statistics().connections() == ALLOWED);
            crowd.forEach(StreamingClient::disconnect);
            Waiting.until("they are gone", () -> relay.statistics().connections() == 1);
            StreamingClient.connect(relay).close();
        }
    }

    private static long ended(List<StreamingClient> crowd) {
        return crowd.stream().filter(one -> one.ended().isDone()).count();
    }
}
