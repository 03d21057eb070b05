package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.client.SeedClient;
import io.qight.client.UnreadableDelivery;
import io.qight.client.UntrustedException;
import io.qight.identity.Identity;
import io.qight.identity.IdentityFile;
import io.qight.transport.TlsIdentity;
import io.qight.transport.Trust;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which relay a command speaks to, and why it believes that it is that one. */
final class RelayTarget {
    /** The token itself, where no file is named. */
    static final String TOKEN_VARIABLE = "QIGHT_TOKEN";

    private static final String DEFAULT_ADDRESS = "127.0.0.1:4433";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--relay",
            paramLabel = "HOST:PORT",
            description = "The relay's address. Default: $QIGHT_RELAY, else 127.0.0.1:4433.")
    private @Nullable String address;

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description = {
                "A certificate, PEM or DER: the relay's own, or of an authority that signed it."
                        + " Default: $QIGHT_TRUST, else, for a relay on this machine, the"
                        + " certificate in the data directory."
            })
    private @Nullable Path trustFile;

    @Option(
            names = "--pin",
            paramLabel = "SHA256",
            description = "Trust the certificate with this fingerprint, and no other.")
    private @Nullable String pin;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = DurationConverter.class,
            description = "How long to wait for the relay. Default: ${DEFAULT-VALUE}.")
    private Duration timeout;

    @Option(
            names = "--identity",
            paramLabel = "FILE",
            description = {
                "Prove to be this identity, made by qight keygen: its mailbox, key:..., is read by"
                        + " nobody else, and what is sealed for it is opened. Default:"
                        + " $QIGHT_IDENTITY, else none."
            })
    private @Nullable Path identityFile;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = {
                "Be let in by the token in this file, made by qight token. Default: the token in"
                        + " $QIGHT_TOKEN, else none."
            })
    private @Nullable Path tokenFile;

    @ArgGroup(exclusive = false)
    private @Nullable Certificate certificate;

    /** Both or none. */
    private static final class Certificate {
        @Option(
                names = "--certificate",
                paramLabel = "FILE",
                required = true,
                description = "Show this certificate, PEM, where the relay asks for one.")
        private Path file;

        @Option(
                names = "--key",
                paramLabel = "FILE",
                required = true,
                description = "The certificate's key, PEM, not encrypted.")
        private Path key;
    }

    /** The address that was asked for, or the one that is asked when nothing is said. */
    String address() {
        return address != null ? address : environment("QIGHT_RELAY").orElse(DEFAULT_ADDRESS);
    }

    /** Whether an address was given on the command line. */
    boolean given() {
        return address != null;
    }

    /** Whether the relay is reached by the loopback interface. */
    boolean onLoopback() {
        String host = address().replaceFirst(":\\d+$", "").replaceAll("[\\[\\]]", "");
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Whether the client proves an identity. */
    boolean hasIdentity() {
        return identityPath(identityFile).isPresent();
    }

    /** A connected client; the caller closes it. */
    RelayClient connect() {
        return connect(config -> config);
    }

    /** A connected client, differently configured. */
    RelayClient connect(UnaryOperator<ClientConfig> change) {
        Optional<Identity> identity = identity(identityFile);
        Optional<String> token = token();
        return trusting(config -> {
            ClientConfig own = identity.map(config::withIdentity).orElse(config);
            own = token.map(own::withToken).orElse(own);
            return RelayClient.connect(address(), change.apply(own));
        });
    }

    /** A connected client of version 0. */
    SeedClient connectSeed() {
        return trusting(config -> SeedClient.connect(address(), config));
    }

    private static void tell(UnreadableDelivery delivery) {
        Failures.say(
                "message "
                        + delivery.id()
                        + " of "
                        + delivery.mailbox()
                        + " was put with the dead letters, "
                        + Payload.tame(delivery.sentence()));
    }

    private <T> T trusting(Function<ClientConfig, T> connecting) {
        ClientConfig config =
                ClientConfig.defaults()
                        .withConnectTimeout(timeout)
                        .withRequestTimeout(timeout)
                        .withSendTimeout(timeout)
                        .withUnreadableListener(RelayTarget::tell);
        if (certificate != null) {
            config = config.withCertificate(TlsIdentity.pem(certificate.file, certificate.key));
        }
        Optional<Trust> trust = trust();
        try {
            return connecting.apply(trust.map(config::withTrust).orElse(config));
        } catch (UntrustedException e) {
            // What the library says of its own options is of no use here.
            String why = e.sentence().replaceFirst(": give one with .*", "");
            throw new CommandFailure(
                    Failures.FAILED, why + " (untrusted; see --trust and --pin)", e);
        }
    }

    /** The identity in this file, or else in the one that the environment names, if it does. */
    static Optional<Identity> identity(@Nullable Path given) {
        Optional<Path> file = identityPath(given);
        try {
            return file.isPresent() ? Optional.of(IdentityFile.read(file.get())) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Path> identityPath(@Nullable Path given) {
        return given != null ? Optional.of(given) : environment("QIGHT_IDENTITY").map(Path::of);
    }

    private Optional<String> token() {
        try {
            return tokenFile != null
                    ? Optional.of(TokenFile.read(tokenFile))
                    : environment(TOKEN_VARIABLE)
                            .map(text -> TokenFile.token(text, "$" + TOKEN_VARIABLE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<Trust> trust() {
        if (pin != null && trustFile != null) {
            throw new ParameterException(spec.commandLine(), "Give --trust or --pin, not both.");
        }
        if (pin != null) {
            return Optional.of(Trust.fingerprint(pin));
        }
        if (trustFile != null) {
            return Optional.of(Trust.file(trustFile));
        }
        return environment("QIGHT_TRUST").map(file -> Trust.file(Path.of(file)));
    }

    private static Optional<String> environment(String name) {
        return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty());
    }
}
