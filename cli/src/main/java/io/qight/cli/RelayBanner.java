package io.qight.cli;

import io.qight.relay.Relay;
import io.qight.store.Durability;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a relay says when it is ready: where things are, and what to type next. */
final class RelayBanner {
    private static final InetSocketAddress USUAL =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 4433);

    private final Relay relay;
    private final DataDirectory data;
    private final Durability durability;
    private final AccessOptions access;
    private final Optional<Path> ownCertificate;
    private final Optional<InetSocketAddress> metrics;
    private final List<String> rows = new ArrayList<>();

    RelayBanner(
            Relay relay,
            DataDirectory data,
            Durability durability,
            AccessOptions access,
            Optional<Path> ownCertificate,
            Optional<InetSocketAddress> metrics) {
        this.relay = relay;
        this.data = data;
        this.durability = durability;
        this.access = access;
        this.ownCertificate = ownCertificate;
        this.metrics = metrics;
    }

    /** In one piece, so that no line of the log comes between. */
    void print() {
        InetSocketAddress address = relay.address();
        Path certificate = ownCertificate.orElse(data.certificate());
        row("qight relay " + VersionCommand.version() + " is ready");
        row("  listens at   " + AddressConverter.text(address) + " (QUIC, so UDP)");
        row("  data         " + data.path() + " (durability " + durability.token() + ")");
        row("  certificate  " + certificate);
        row("  fingerprint  " + relay.fingerprint());
        relay.receiptKey().ifPresent(key -> row("  receipts     signed by " + key));
        metrics.ifPresent(served ->
                row("  metrics      http://" + AddressConverter.text(served) + "/metrics"));
        String program = Optional.ofNullable(System.getenv("QIGHT_PROGRAM")).orElse("qight");
        boolean loopback = address.getAddress().isLoopbackAddress();
        Optional<String> names = access.clientOptions(loopback);
        String options = options(address, certificate) + names.orElse("");
        // Where names are closed, only the mailboxes of keys can be used.
        String mailbox = names.isPresent() ? "bob" : "KEY";
        row(
                "In another terminal"
                        + (names.isPresent() ? ":" : ", with what keygen prints as KEY:"));
        if (names.isEmpty()) {
            row("  " + program + " keygen me.pem");
        }
        row("  " + program + " send " + options + mailbox + " \"hello\"");
        row(
                "  "
                        + program
                        + " fetch "
                        + options
                        + (names.isPresent() ? "" : "--identity me.pem ")
                        + mailbox);
        if (!loopback) {
            row("From another machine, with this one's address for HOST:");
            row(
                    "  qight send --relay HOST:"
                            + address.getPort()
                            + " --pin "
                            + relay.fingerprint()
                            + " "
                            + names.orElse("")
                            + mailbox
                            + " \"hello\"");
        }
        System.err.println(String.join(System.lineSeparator(), rows));
    }

    /** What a command on this machine has to be told, each with a space behind it. */
    private String options(InetSocketAddress address, Path certificate) {
        String options = "";
        boolean everywhere = address.getAddress().isAnyLocalAddress();
        InetSocketAddress here =
                everywhere
                        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort())
                        : address;
        if (!here.equals(USUAL)) {
            options += "--relay " + AddressConverter.text(here) + " ";
        }
        boolean found =
                ownCertificate.isEmpty()
                        && data.isDefault()
                        && here.getAddress().isLoopbackAddress();
        if (!found) {
            options += "--trust " + certificate + " ";
        }
        return options;
    }

    private void row(String text) {
        rows.add(text);
    }
}
