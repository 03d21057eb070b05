package io.qight.client;

import io.qight.wire.MessageEnvelope;
import java.util.List;

/** The example of the package's documentation, as a program of its own. */
final class ExampleProgram {
    private ExampleProgram() {}

    public static void main(String[] args) {
        String address = args[0];
        try (RelayClient client = RelayClient.connect(address)) {
            client.send(
                    MessageEnvelope.builder()
                            .sender("alice")
                            .recipient("bob")
                            .payload("hi")
                            .build());
            Subscription subscription =
                    client.subscribe(
                            List.of("bob"),
                            delivery -> System.out.println(delivery.envelope().payloadText()));
            subscription.drained().join();
        }
    }
}
