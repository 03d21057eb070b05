package io.qight.relay.v1;

import io.qight.relay.access.Admission;
import io.qight.relay.access.Peer;
import io.qight.relay.access.Token;
import io.qight.relay.flow.Admissions;
import io.qight.wire.v1.Frame;
import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether the client of one connection is let in, and when that is decided. On its event loop.
 *
 * @param admissions what decides
 * @param address where the client is now
 * @param certificate what it has shown
 */
record Door(
        Admissions admissions,
        Supplier<InetAddress> address,
        Supplier<Optional<X509Certificate>> certificate) {
    /** How long to wait before {@link #admit}: not at all, unless tokens are being guessed. */
    long delayMillis(Frame.Hello hello, long nowMillis) {
        return hello.token().hasRemaining() ? admissions.delayMillis(address.get(), nowMillis) : 0;
    }

    /** Granted or refused. */
    Admission admit(Frame.Hello hello, long nowMillis) {
        Optional<Token> token =
                hello.token().hasRemaining()
                        ? Optional.of(new Token(hello.token()))
                        : Optional.empty();
        return admissions.admit(
                new Peer(address.get(), certificate.get(), token, false), nowMillis);
    }
}
