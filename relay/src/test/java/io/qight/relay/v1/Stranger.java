package io.qight.relay.v1;

import io.qight.wire.v1.Frame;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A client that has proved nothing. */
final class Stranger {
    static final Standing STANDING =
            new ControlSession(
                    new ControlSettings(
                            "relay",
                            new Proofs("service", List::of),
                            1,
                            ControlSettings.limits(Duration.ofDays(30), Duration.ofSeconds(30)),
                            10_000,
                            10_000,
                            Optional.empty()),
                    ByteBuffer.allocate(Frame.Welcome.NONCE_BYTES),
                    0);

    private Stranger() {}
}
