package io.qight.relay;

import io.qight.relay.access.SenderQuota;
import io.qight.relay.delivery.DeliverySettings;
import io.qight.relay.flow.SendRate;
import io.qight.transport.HandshakeQuota;
import io.qight.wire.Limits;

/**
 * What the clients of a relay may take of it, beside what a mailbox holds, outboxes and the budget.
 * Immutable.
 *
 * @param connectionsMax open connections in all; more are closed as overloaded
 * @param connectionsPerAddressMax of these from one address; of an IPv6 address the first 64 bits
 *     count
 * @param handshakes how many may be under way
 * @param envelopeBytesMax the largest envelope, 1 to 10,000,000 bytes
 * @param mailboxesMax mailboxes that hold something; beyond, a SEND to one more is refused as if
 *     its mailbox were full
 * @param receptionsMax mailboxes that all clients together may receive from; beyond, one more is
 *     refused as overloaded
 * @param sendsPerSecondMax SENDs that one connection may make in a second; what is more waits
 *     unread
 * @param identitySendsPerSecondMax the same of all connections that have proved one identity
 * @param senders what one address and one outbox may have waiting in all mailboxes together; a SEND
 *     beyond is refused as if its mailbox were full
 */
public record RelayLimits(
        int connectionsMax,
        int connectionsPerAddressMax,
        HandshakeQuota handshakes,
        int envelopeBytesMax,
        long mailboxesMax,
        long receptionsMax,
        long sendsPerSecondMax,
        long identitySendsPerSecondMax,
        SenderQuota senders) {
    /** No limit of a rate. */
    public static final long NO_RATE = SendRate.UNBOUNDED;

    /**
     * 10,000 connections, 1,000 from one address, the usual handshakes, envelopes of 10,000,000
     * bytes, 1,000,000 mailboxes, 500,000 receptions, and no limits of rates: who sends faster than
     * the store takes is read slower anyway.
     */
    public static final RelayLimits USUAL =
            new RelayLimits(
                    10_000,
                    1_000,
                    HandshakeQuota.USUAL,
                    Limits.ENVELOPE_BYTES_MAX,
                    1_000_000,
                    DeliverySettings.RECEPTIONS_MAX,
                    NO_RATE,
                    NO_RATE,
                    SenderQuota.NONE);

    /** Checks the ranges. */
    public RelayLimits {
        require(connectionsMax >= 1, "a relay has room for at least 1 connection");
        require(connectionsPerAddressMax >= 1, "an address may have at least 1 connection");
        require(
                envelopeBytesMax >= 1 && envelopeBytesMax <= Limits.ENVELOPE_BYTES_MAX,
                "the largest envelope has 1 to " + Limits.ENVELOPE_BYTES_MAX + " bytes");
        require(
                mailboxesMax >= 1 && receptionsMax >= 1,
                "a relay has room for at least 1 mailbox, and 1 that is received from");
        require(
                sendsPerSecondMax >= 1 && identitySendsPerSecondMax >= 1,
                "at least 1 SEND a second is allowed");
    }

    /** The same with other limits of connections, in all and from one address. */
    public RelayLimits withConnections(int inAll, int perAddress) {
        return new RelayLimits(
                inAll,
                perAddress,
                handshakes,
                envelopeBytesMax,
                mailboxesMax,
                receptionsMax,
                sendsPerSecondMax,
                identitySendsPerSecondMax,
                senders);
    }

    /** The same with another quota of handshakes. */
    public RelayLimits withHandshakes(HandshakeQuota quota) {
        return new RelayLimits(
                connectionsMax,
                connectionsPerAddressMax,
                quota,
                envelopeBytesMax,
                mailboxesMax,
                receptionsMax,
                sendsPerSecondMax,
                identitySendsPerSecondMax,
                senders);
    }

    /** The same with another largest envelope. */
    public RelayLimits withEnvelopeBytes(int bytes) {
        return new RelayLimits(
                connectionsMax,
                connectionsPerAddressMax,
                handshakes,
                bytes,
                mailboxesMax,
                receptionsMax,
                sendsPerSecondMax,
                identitySendsPerSecondMax,
                senders);
    }

    /** The same with another number of mailboxes. */
    public RelayLimits withMailboxes(long mailboxes) {
        return new RelayLimits(
                connectionsMax,
                connectionsPerAddressMax,
                handshakes,
                envelopeBytesMax,
                mailboxes,
                receptionsMax,
                sendsPerSecondMax,
                identitySendsPerSecondMax,
                senders);
    }

    /** The same with another number of mailboxes that clients receive from. */
    public RelayLimits withReceptions(long receptions) {
        return new RelayLimits(
                connectionsMax,
                connectionsPerAddressMax,
                handshakes,
                envelopeBytesMax,
                mailboxesMax,
                receptions,
                sendsPerSecondMax,
                identitySendsPerSecondMax,
                senders);
    }

    /** The same with other rates, of a connection and of an identity. */
    public RelayLimits withSendRates(long perConnection, long perIdentity) {
        return new RelayLimits(
                connectionsMax,
                connectionsPerAddressMax,
                handshakes,
                envelopeBytesMax,
                mailboxesMax,
                receptionsMax,
                perConnection,
                perIdentity,
                senders);
    }

    /** The same with another quota of what one sender may have waiting. */
    public RelayLimits withSenders(SenderQuota quota) {
        return new RelayLimits(
                connectionsMax,
                connectionsPerAddressMax,
                handshakes,
                envelopeBytesMax,
                mailboxesMax,
                receptionsMax,
                sendsPerSecondMax,
                identitySendsPerSecondMax,
                quota);
    }

    private static void require(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
