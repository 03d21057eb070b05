package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The mailboxes of a relay, filled, emptied and asked about by this process: what a test needs
 * beside the command that it is about, without another process for each step. Any thread may use
 * it.
 */
final class Mailboxes implements AutoCloseable {
    private final RelayClient client;
    private final Path data;

    private Mailboxes(RelayClient client, Path data) {
        this.client = client;
        this.data = data;
    }

    /** Of a relay that was started by a {@link Program} with this home. */
    static Mailboxes of(RunningRelay relay, Path home) throws Exception {
        Path data = home.resolve("data");
        ClientConfig config =
                ClientConfig.defaults()
                        .withConnectTimeout(Conditions.PATIENCE)
                        .withRequestTimeout(Conditions.PATIENCE)
                        .withTrust(Trust.file(data.resolve("relay-cert.pem")));
        return new Mailboxes(RelayClient.connect(relay.address(), config), data);
    }

    /** Returns when it is stored. */
    void send(String mailbox, String text) {
        send(MessageEnvelope.builder().recipient(mailbox).payload(text).build());
    }

    /** Returns when it is stored. */
    void send(MessageEnvelope envelope) {
        client.send(envelope);
    }

    /** What waited, which is removed. */
    List<String> fetch(String mailbox) {
        return client.fetch(mailbox).stream().map(MessageEnvelope::payloadText).toList();
    }

    /** What the relay tells an operator about one. */
    Map<String, String> stat(String mailbox) throws IOException {
        return AdminAnswer.ask(data, "stat " + mailbox).fields();
    }

    @Override
    public void close() {
        client.close();
    }
}
