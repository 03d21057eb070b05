package io.qight.cli;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.qight.identity.IdentityFile;
import io.qight.relay.Relay;
import io.qight.relay.RelayConfig;
import io.qight.relay.access.AccessPolicy;
import io.qight.store.Durability;
import io.qight.store.MailboxStore;
import io.qight.store.MemoryStore;
import io.qight.store.embedded.EmbeddedStore;
import io.qight.store.embedded.EmbeddedStoreConfig;
import io.qight.transport.ClientCertificates;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code qight relay}. */
@Command(
        name = "relay",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Run a relay until it is told to stop.",
            "SIGTERM and SIGINT (Ctrl-C) let it finish what it has begun, then it ends with exit"
                    + " code 0."
        },
        footer = {
            "",
            "Examples:",
            "  qight relay",
            "  qight relay --listen 127.0.0.1:5000 --data /var/lib/qight",
            "  qight relay --listen 0.0.0.0:4433 --tokens tokens --cert relay.pem --key relay-key.pem",
            "  qight relay --metrics 127.0.0.1:9464"
        })
final class RelayCommand implements Callable<Integer> {
    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:4433",
            converter = AddressConverter.class,
            description = {
                "Where to listen, over UDP; port 0 takes a free one. Default: ${DEFAULT-VALUE}."
            })
    private InetSocketAddress listen;

    @Mixin private DataDirectory data;

    @Mixin private AccessOptions access;

    @ArgGroup(exclusive = false)
    private @Nullable Certificate certificate;

    @Option(
            names = "--durability",
            paramLabel = "LEVEL",
            defaultValue = "fsync",
            converter = DurabilityConverter.class,
            completionCandidates = DurabilityConverter.Candidates.class,
            description = {
                "What a stored message survives: fsync, loss of power; os, the end of the relay's"
                        + " process; memory, nothing. Default: ${DEFAULT-VALUE}."
            })
    private Durability durability;

    @Option(
            names = "--ttl-max",
            paramLabel = "TIME",
            defaultValue = "30d",
            converter = DurationConverter.class,
            description = {
                "The longest time to live; a longer one is refused, in version 0 shortened."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private Duration ttlMax;

    @Option(
            names = "--mailbox-envelopes",
            paramLabel = "N",
            defaultValue = "100000",
            description = {
                "How many messages may wait in one mailbox; more are refused for now."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private long mailboxEnvelopes;

    @Option(
            names = "--mailbox-bytes",
            paramLabel = "SIZE",
            defaultValue = "256MiB",
            converter = SizeConverter.class,
            description = "How many bytes of them. Default: ${DEFAULT-VALUE}.")
    private long mailboxBytes;

    @Option(
            names = "--request-timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = DurationConverter.class,
            description = {
                "In what time a request must arrive and an answer be read; large ones have more."
                        + " Default: ${DEFAULT-VALUE}."
            })
    private Duration requestTimeout;

    @Option(
            names = "--drain-timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = DurationConverter.class,
            description = "The longest that stopping may take. Default: ${DEFAULT-VALUE}.")
    private Duration drainTimeout;

    @Option(
            names = "--budget",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = {
                "How many bytes may be held in memory for all connections together; what does not"
                        + " fit waits unread. Default: a quarter of the Java heap's limit."
            })
    private @Nullable Long budgetBytes;

    @Mixin private LimitOptions limits;

    @Option(
            names = "--streams",
            paramLabel = "N",
            description = {
                "How many streams a client may have open on a connection, at most 128, which is the"
                        + " default."
            })
    private @Nullable Integer streams;

    @Option(
            names = "--segment",
            paramLabel = "SIZE",
            defaultValue = "64MiB",
            converter = SizeConverter.class,
            description = "The size of the store's files. Default: ${DEFAULT-VALUE}.")
    private long segmentBytes;

    @Option(
            names = "--udp-payload",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            description = {
                "The largest datagram, 1200 to 8192 bytes. More than the default only where every"
                        + " path carries it (loopback, jumbo frames). Default: 1350."
            })
    private @Nullable Long udpPayloadBytes;

    @Option(
            names = "--event-loops",
            paramLabel = "N",
            description = {
                "Threads that carry connections. Default: one for two processors, at most 4."
            })
    private @Nullable Integer eventLoops;

    @Option(
            names = "--metrics",
            paramLabel = "HOST:PORT",
            converter = AddressConverter.class,
            description = {
                "Serve /metrics (Prometheus) and /ready by HTTP, to everyone who reaches the"
                        + " address. Default: do not."
            })
    private @Nullable InetSocketAddress metrics;

    @Option(
            names = "--receipt-key",
            paramLabel = "FILE",
            description = {
                "Sign receipts with this identity, made by qight keygen, for clients that ask for"
                        + " it. Default: sign none."
            })
    private @Nullable Path receiptKey;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = data.path();
        createPrivately(directory);
        CertificateFiles files =
                certificate != null
                        ? new CertificateFiles(certificate.file, certificate.key)
                        : CertificateFiles.development(directory);
        Optional<PrometheusMeterRegistry> registry =
                Optional.ofNullable(metrics)
                        .map(address -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        Optional<AuthorityFile> authorities = access.authorities();
        Relay relay =
                start(directory, files.read(), authorities.map(AuthorityFile::read), registry);
        Optional<InetSocketAddress> served = Optional.empty();
        if (metrics != null && registry.isPresent()) {
            served =
                    Optional.of(
                            MetricsServer.start(metrics, registry.get(), relay::ready).address());
        }
        endWithProcess(relay);
        files.renew(relay);
        authorities.ifPresent(file -> file.renew(relay));
        new RelayBanner(relay, data, durability, access, ownCertificate(), served).print();
        new CountDownLatch(1).await();
        return Failures.DONE;
    }

    /** A directory that this makes is its owner's alone: it holds a key and messages. */
    private static void createPrivately(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
        } else {
            Files.createDirectories(directory);
        }
    }

    private MailboxStore openStore(Path directory) {
        if (durability == Durability.MEMORY) {
            return new MemoryStore();
        }
        return EmbeddedStore.open(
                DataDirectory.store(directory),
                EmbeddedStoreConfig.defaults()
                        .withDurability(durability)
                        .withSegmentBytes(Math.toIntExact(segmentBytes)));
    }

    private Relay start(
            Path directory,
            TlsIdentity identity,
            Optional<ClientCertificates> clientCertificates,
            Optional<PrometheusMeterRegistry> registry)
            throws IOException {
        // Before the store is opened: its file may be wrong.
        Optional<AccessPolicy> policy = access.policy();
        try {
            RelayConfig.Builder config = config(directory, openStore(directory), identity);
            registry.ifPresent(config::meterRegistry);
            policy.ifPresent(config::access);
            clientCertificates.ifPresent(config::clientCertificates);
            return Relay.start(config.build());
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Failures.USAGE, String.valueOf(e.getMessage()), e);
        }
    }

    private RelayConfig.Builder config(Path directory, MailboxStore store, TlsIdentity identity)
            throws IOException {
        TransportSettings transport = TransportSettings.defaults();
        if (eventLoops != null) {
            transport = transport.withEventLoops(eventLoops);
        }
        if (streams != null) {
            transport = transport.withStreamsMax(streams);
        }
        if (udpPayloadBytes != null) {
            transport = transport.withUdpPayloadBytes(Math.toIntExact(udpPayloadBytes));
        }
        RelayConfig.Builder config =
                RelayConfig.builder(store, identity)
                        .listen(listen)
                        .durability(durability)
                        .mailboxEnvelopesMax(mailboxEnvelopes)
                        .mailboxBytesMax(mailboxBytes)
                        .outboxesMax(limits.outboxes())
                        .outboxesPerAddressMax(limits.outboxesPerAddress())
                        .limits(limits.limits())
                        .ttlMax(ttlMax)
                        .requestTimeout(requestTimeout)
                        .drainTimeout(drainTimeout)
                        .adminSocket(DataDirectory.adminSocket(directory))
                        .transport(transport);
        if (receiptKey != null) {
            config.receiptKey(IdentityFile.read(receiptKey));
        }
        if (budgetBytes != null) {
            config.budgetBytes(budgetBytes);
        }
        return config;
    }

    private Optional<Path> ownCertificate() {
        return certificate == null ? Optional.empty() : Optional.of(certificate.file);
    }

    /** SIGTERM and SIGINT run this; without the halt the exit code would tell of the signal. */
    private static void endWithProcess(Relay relay) {
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    int exitCode = Failures.FAILED;
                                    try {
                                        Failures.say("stopping");
                                        relay.close();
                                        exitCode = Failures.DONE;
                                    } catch (RuntimeException e) {
                                        Failures.say("stopped with a failure: " + e.getMessage());
                                    }
                                    Runtime.getRuntime().halt(exitCode);
                                },
                                "qight-stop"));
    }

    /** Both or none. */
    static final class Certificate {
        @Option(
                names = "--cert",
                paramLabel = "FILE",
                required = true,
                description = {
                    "The relay's certificate, PEM, its chain behind it. Default: a certificate"
                            + " made at the first start and kept in the data directory."
                })
        private Path file;

        @Option(
                names = "--key",
                paramLabel = "FILE",
                required = true,
                description = "The certificate's key, PEM, PKCS#8, not encrypted.")
        private Path key;
    }
}
