package io.qight.cli;

import io.qight.relay.RelayLimits;
import io.qight.relay.access.SenderQuota;
import io.qight.transport.HandshakeQuota;
import picocli.CommandLine.Option;

/** The options of {@code qight relay} for what clients may take of it. */
final class LimitOptions {
    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "10000",
            description = {
                "How many connections may be open; more are closed as overloaded."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private int connections;

    @Option(
            names = "--connections-per-address",
            paramLabel = "N",
            defaultValue = "1000",
            description = {
                "How many of them from one address (IPv6: the first 64 bits)."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private int connectionsPerAddress;

    @Option(
            names = "--connects-per-address",
            paramLabel = "N",
            defaultValue = "25",
            description = {
                "How many connections one address may make in a second, once it has made forty times"
                        + " as many; the next ones wait. What new connections begin, and all"
                        + " while the relay is behind, counts too: a stream a tenth of one, a"
                        + " mailbox that is subscribed to a hundredth."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private int connectsPerAddress;

    @Option(
            names = "--handshakes",
            paramLabel = "N",
            defaultValue = "1024",
            description = {
                "How many handshakes may be under way; more are not begun. Default:"
                        + " ${DEFAULT-VALUE}."
            })
    private int handshakes;

    @Option(
            names = "--handshakes-unproved",
            paramLabel = "N",
            defaultValue = "64",
            description = {
                "From how many on a client must first prove its address, by a round trip more."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private int handshakesUnproved;

    @Option(
            names = "--envelope-bytes",
            paramLabel = "SIZE",
            defaultValue = "10MB",
            converter = SizeConverter.class,
            description = "The largest message, its header included. Default: ${DEFAULT-VALUE}.")
    private long envelopeBytes;

    @Option(
            names = "--mailboxes",
            paramLabel = "N",
            defaultValue = "1000000",
            description = {
                "How many mailboxes may hold messages; a message for one more is refused for now."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private long mailboxes;

    @Option(
            names = "--receptions",
            paramLabel = "N",
            defaultValue = "500000",
            description = {
                "How many mailboxes all clients together may subscribe to; one more is refused for"
                        + " now. Default: ${DEFAULT-VALUE}."
            })
    private long receptions;

    @Option(
            names = "--outboxes",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "How many outboxes of senders are remembered. Default: ${DEFAULT-VALUE}.")
    private long outboxes;

    @Option(
            names = "--outboxes-per-address",
            paramLabel = "N",
            defaultValue = "10000",
            description = "How many of them from one address. Default: ${DEFAULT-VALUE}.")
    private long outboxesPerAddress;

    @Option(
            names = "--send-rate",
            paramLabel = "N",
            description = {
                "How many messages a second one connection may send; who sends faster is read"
                        + " slower. Default: as many as the store takes."
            })
    private long sendRate = RelayLimits.NO_RATE;

    @Option(
            names = "--identity-send-rate",
            paramLabel = "N",
            description = "The same for all connections of one proved identity together.")
    private long identitySendRate = RelayLimits.NO_RATE;

    @Option(
            names = "--address-envelopes",
            paramLabel = "N",
            description = {
                "How many messages from one address may wait, in all mailboxes together; one more"
                        + " is refused for now. Default: as many as the mailboxes hold. Counting"
                        + " takes up to 32 bytes of memory a message, for this and the next three."
            })
    private long addressEnvelopes = SenderQuota.UNBOUNDED;

    @Option(
            names = "--address-bytes",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "How many bytes of them.")
    private long addressBytes = SenderQuota.UNBOUNDED;

    @Option(
            names = "--outbox-envelopes",
            paramLabel = "N",
            description = "How many messages of one outbox may wait, in all mailboxes together.")
    private long outboxEnvelopes = SenderQuota.UNBOUNDED;

    @Option(
            names = "--outbox-bytes",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = "How many bytes of them.")
    private long outboxBytes = SenderQuota.UNBOUNDED;

    RelayLimits limits() {
        return RelayLimits.USUAL
                .withConnections(connections, connectionsPerAddress)
                .withHandshakes(
                        new HandshakeQuota(handshakesUnproved, handshakes, connectsPerAddress))
                .withEnvelopeBytes((int) Math.min(envelopeBytes, Integer.MAX_VALUE))
                .withMailboxes(mailboxes)
                .withReceptions(receptions)
                .withSendRates(sendRate, identitySendRate)
                .withSenders(
                        new SenderQuota(
                                addressEnvelopes, addressBytes, outboxEnvelopes, outboxBytes));
    }

    long outboxes() {
        return outboxes;
    }

    long outboxesPerAddress() {
        return outboxesPerAddress;
    }
}
