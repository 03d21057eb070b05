package io.qight.client;

import io.qight.wire.MessageEnvelope;

/** The example of the package's documentation, as a program of its own. */
final class ExampleProgram {
    private ExampleProgram() {}

    public static void main(String[] args) {
        String address = args[0];
        try (SeedClient client = SeedClient.connect(address)) {
            client.hello("alice");
            client.send(
                    MessageEnvelope.builder()
                            .sender("alice")
                            .recipient("bob")
                            .payload("hi")
                            .build());
            for (MessageEnvelope envelope : client.fetch("bob")) {
                System.out.println(envelope.sender() + ": " + envelope.payloadText());
            }
        }
    }
}
