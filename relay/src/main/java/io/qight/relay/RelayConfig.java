package io.qight.relay;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.identity.Identity;
import io.qight.relay.access.AccessPolicy;
import io.qight.relay.flow.RelayBudget;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.OutboxLimits;
import io.qight.store.Durability;
import io.qight.store.MailboxStore;
import io.qight.transport.ClientCertificates;
import io.qight.transport.LocalRelay;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import io.qight.wire.MailboxName;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a relay needs to start. Made by {@link #builder}; immutable.
 *
 * @param store where the mailboxes are; the relay closes it
 * @param identity the certificate and key that it shows
 * @param listen where it listens; port 0 takes a free one
 * @param name what it calls itself when it greets a client
 * @param durability what the store's commits survive, as clients are told; it has to be the store's
 * @param mailboxEnvelopesMax how many envelopes may wait in one mailbox, leased ones too
 * @param mailboxBytesMax how many bytes of them
 * @param outboxesMax how many outboxes of clients are remembered, in all
 * @param outboxesPerAddressMax how many of those were opened first from one address in one run
 * @param ttlMax a longer time to live is shortened to this one
 * @param requestTimeout the grace for a request to arrive and an answer to be read; beside it a
 *     client has the time that the bytes take at 64 KiB/s. In version 1 it holds for each frame,
 *     and a client may take nothing of its answers for three times as long
 * @param drainTimeout how long {@link Relay#close()} waits for requests under way
 * @param budgetBytes all bytes held for connections
 * @param access who is let in, and what they may do
 * @param clientCertificates which certificates of clients are asked for, if any
 * @param meterRegistry where the relay's meters go
 * @param adminSocket where the operator's socket is, if there is one
 * @param receiptKey what receipts are signed with for clients that ask for it; empty: none are
 * @param transport limits and tuning of the connections
 * @param limits what clients may take of the relay
 */
public record RelayConfig(
        MailboxStore store,
        TlsIdentity identity,
        InetSocketAddress listen,
        String name,
        Durability durability,
        long mailboxEnvelopesMax,
        long mailboxBytesMax,
        long outboxesMax,
        long outboxesPerAddressMax,
        Duration ttlMax,
        Duration requestTimeout,
        Duration drainTimeout,
        long budgetBytes,
        AccessPolicy access,
        Optional<ClientCertificates> clientCertificates,
        MeterRegistry meterRegistry,
        Optional<Path> adminSocket,
        Optional<Identity> receiptKey,
        TransportSettings transport,
        RelayLimits limits) {
    /** Checks the ranges. */
    public RelayConfig {
        new MailboxName(name);
        require(ttlMax.toMillis() >= 1, "the largest time to live is at least 1 ms");
        require(
                ttlMax.compareTo(Duration.ofDays(3650)) <= 0,
                "the largest time to live is at most 3650 days");
        new MailboxQuota(mailboxEnvelopesMax, mailboxBytesMax, limits.mailboxesMax());
        OutboxLimits.of(outboxesMax, outboxesPerAddressMax);
        require(requestTimeout.toMillis() >= 1, "the request timeout is at least 1 ms");
        require(!drainTimeout.isNegative(), "the drain timeout is not negative");
        require(
                budgetBytes >= RelayBudget.CAPACITY_BYTES_MIN,
                "the budget has at least " + RelayBudget.CAPACITY_BYTES_MIN + " bytes");
    }

    /** A configuration with defaults for everything but these two. */
    public static Builder builder(MailboxStore store, TlsIdentity identity) {
        return new Builder(store, identity);
    }

    private static void require(boolean holds, String sentence) {
        if (!holds) {
            throw new IllegalArgumentException(sentence);
        }
    }

    /** Builds a configuration; not thread-safe. */
    public static final class Builder {
        private final MailboxStore store;
        private final TlsIdentity identity;
        private InetSocketAddress listen =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), LocalRelay.DEFAULT_PORT);
        private String name = "qight";
        private Durability durability = Durability.FSYNC;
        private long mailboxEnvelopesMax = MailboxQuota.USUAL.envelopesMax();
        private long mailboxBytesMax = MailboxQuota.USUAL.bytesMax();
        private long outboxesMax = OutboxLimits.USUAL.outboxesMax();
        private long outboxesPerAddressMax = OutboxLimits.USUAL.perAddressMax();
        private Duration ttlMax = Duration.ofDays(30);
        private Duration requestTimeout = Duration.ofSeconds(10);
        private Duration drainTimeout = Duration.ofSeconds(10);
        private long budgetBytes =
                Math.max(RelayBudget.CAPACITY_BYTES_MIN, Runtime.getRuntime().maxMemory() / 4);
        private Optional<AccessPolicy> access = Optional.empty();
        private Optional<ClientCertificates> clientCertificates = Optional.empty();
        private Optional<MeterRegistry> meterRegistry = Optional.empty();
        private Optional<Path> adminSocket = Optional.empty();
        private Optional<Identity> receiptKey = Optional.empty();
        private TransportSettings transport = TransportSettings.defaults();
        private RelayLimits limits = RelayLimits.USUAL;

        private Builder(MailboxStore store, TlsIdentity identity) {
            this.store = store;
            this.identity = identity;
        }

        /** Default: 127.0.0.1:4433. */
        public Builder listen(InetSocketAddress address) {
            this.listen = address;
            return this;
        }

        /** Default: {@code qight}. Follows the rule for mailbox names. */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /** Default: {@link Durability#FSYNC}. */
        public Builder durability(Durability reached) {
            this.durability = reached;
            return this;
        }

        /** Default: 100,000. */
        public Builder mailboxEnvelopesMax(long envelopes) {
            this.mailboxEnvelopesMax = envelopes;
            return this;
        }

        /** Default: 256 MiB. */
        public Builder mailboxBytesMax(long bytes) {
            this.mailboxBytesMax = bytes;
            return this;
        }

        /** Default: 1,000,000. */
        public Builder outboxesMax(long outboxes) {
            this.outboxesMax = outboxes;
            return this;
        }

        /** Default: 10,000. */
        public Builder outboxesPerAddressMax(long outboxes) {
            this.outboxesPerAddressMax = outboxes;
            return this;
        }

        /** Default: 30 days. */
        public Builder ttlMax(Duration ttl) {
            this.ttlMax = ttl;
            return this;
        }

        /** Default: 10 s. */
        public Builder requestTimeout(Duration timeout) {
            this.requestTimeout = timeout;
            return this;
        }

        /** Default: 10 s. */
        public Builder drainTimeout(Duration timeout) {
            this.drainTimeout = timeout;
            return this;
        }

        /** Default: a quarter of the memory that Java may take; at least 16 MiB. */
        public Builder budgetBytes(long bytes) {
            this.budgetBytes = bytes;
            return this;
        }

        /**
         * Who is let in, and what they may do. Default: {@link AccessPolicy#openNames} where the
         * relay listens on a loopback address, {@link AccessPolicy#openKeys} elsewhere.
         */
        public Builder access(AccessPolicy policy) {
            this.access = Optional.of(policy);
            return this;
        }

        /**
         * Asks clients for certificates. What a certificate permits is the policy's word: see
         * {@link AccessPolicy#certificates}. Default: none is asked for.
         */
        public Builder clientCertificates(ClientCertificates certificates) {
            this.clientCertificates = Optional.of(certificates);
            return this;
        }

        /** Default: a registry of its own. */
        public Builder meterRegistry(MeterRegistry registry) {
            this.meterRegistry = Optional.of(registry);
            return this;
        }

        /** Default: none. */
        public Builder adminSocket(Path path) {
            this.adminSocket = Optional.of(path);
            return this;
        }

        /**
         * Signs receipts, for clients that ask for it, so that they can prove what was stored.
         * Default: none are signed.
         */
        public Builder receiptKey(Identity key) {
            this.receiptKey = Optional.of(key);
            return this;
        }

        /** Default: {@link TransportSettings#defaults()}. */
        public Builder transport(TransportSettings settings) {
            this.transport = settings;
            return this;
        }

        /** Default: {@link RelayLimits#USUAL}. */
        public Builder limits(RelayLimits limits) {
            this.limits = limits;
            return this;
        }

        /**
         * The configuration as set so far.
         *
         * @throws IllegalArgumentException saying what is out of its range
         */
        public RelayConfig build() {
            return new RelayConfig(
                    store,
                    identity,
                    listen,
                    name,
                    durability,
                    mailboxEnvelopesMax,
                    mailboxBytesMax,
                    outboxesMax,
                    outboxesPerAddressMax,
                    ttlMax,
                    requestTimeout,
                    drainTimeout,
                    budgetBytes,
                    access.orElseGet(this::usualAccess),
                    clientCertificates,
                    meterRegistry.orElseGet(SimpleMeterRegistry::new),
                    adminSocket,
                    receiptKey,
                    transport,
                    limits);
        }

        private AccessPolicy usualAccess() {
            InetAddress address = listen.getAddress();
            return address != null && address.isLoopbackAddress()
                    ? AccessPolicy.openNames()
                    : AccessPolicy.openKeys();
        }
    }
}
