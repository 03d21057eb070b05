package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.load.MeasuredRelay;
import io.qight.store.Durability;
import io.qight.transport.Trust;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** A relay for {@code qight bench}, in a process of its own, with a store that is removed again. */
final class BenchRelay implements AutoCloseable {
    private static final Pattern LISTENS = Pattern.compile("listens at +(\\S+) ");

    private final TemporaryDirectory directory;
    private final OwnProcess process;
    private final Durability durability;
    private final String address;

    private BenchRelay(
            TemporaryDirectory directory,
            OwnProcess process,
            Durability durability,
            String address) {
        this.directory = directory;
        this.process = process;
        this.durability = durability;
        this.address = address;
    }

    /**
     * Returns when it listens. Mailboxes hold whatever is sent: quotas are not what is measured.
     */
    static BenchRelay start(Optional<Path> parent, Durability durability)
            throws IOException, InterruptedException {
        TemporaryDirectory directory = TemporaryDirectory.create(parent, "qight-bench-");
        List<String> arguments =
                List.of(
                        "relay",
                        "--listen",
                        "127.0.0.1:0",
                        "--data",
                        directory.path().toString(),
                        "--durability",
                        durability.token(),
                        "--mailbox-envelopes",
                        "1000000000",
                        "--mailbox-bytes",
                        "1000GiB",
                        "--mailboxes",
                        "1000000000",
                        "--connections",
                        "1000000",
                        "--connections-per-address",
                        "1000000",
                        "--connects-per-address",
                        "1000000");
        OwnProcess process = OwnProcess.start(LISTENS, arguments);
        try {
            String address = process.awaitStart().group(1);
            return new BenchRelay(directory, process, durability, address);
        } catch (RuntimeException | InterruptedException e) {
            process.close();
            directory.close();
            throw e;
        }
    }

    MeasuredRelay measured() {
        Trust trust = Trust.certificate(DataDirectory.certificate(directory.path()));
        ClientConfig config = ClientConfig.defaults().withTrust(trust);
        return new MeasuredRelay(
                change -> RelayClient.connect(address, change.apply(config)),
                address,
                OptionalLong.of(process.pid()),
                durability == Durability.MEMORY
                        ? Optional.empty()
                        : Optional.of(DataDirectory.store(directory.path())),
                true);
    }

    /** Fails with what it said last if it has ended by itself. */
    void requireAlive() {
        if (!process.alive()) {
            throw new CommandFailure(
                    Failures.FAILED, "the relay ended by itself: " + process.lastWords());
        }
    }

    @Override
    public void close() throws IOException {
        process.close();
        directory.close();
    }
}
