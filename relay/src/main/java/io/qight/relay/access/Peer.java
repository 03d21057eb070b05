package io.qight.relay.access;

import java.net.InetAddress;
import java.security.cert.X509Certificate;
import java.util.Optional;

/**
 * Who wants to be let in. Immutable.
 *
 * @param address where its datagrams come from
 * @param certificate what it has shown, signed by an authority of the relay's, now or when its
 *     session began; the dates may be over by now
 * @param token what it has sent
 * @param version0 whether it speaks version 0, which proves nothing: it has neither of them
 */
public record Peer(
        InetAddress address,
        Optional<X509Certificate> certificate,
        Optional<Token> token,
        boolean version0) {
    /** Checks that version 0 brings nothing. */
    public Peer {
        if (version0 && (certificate.isPresent() || token.isPresent())) {
            throw new IllegalArgumentException("a client of version 0 is anonymous");
        }
    }

    /** A client of version 0. */
    public static Peer ofVersion0(InetAddress address) {
        return new Peer(address, Optional.empty(), Optional.empty(), true);
    }

    /**
     * The name in its certificate: the first DNS name among the alternative names of its subject,
     * else the first URI, else the first e-mail address, else the common name. Empty if that is no
     * name of a mailbox, or one of a key's.
     */
    public Optional<String> certificateName() {
        return certificate.flatMap(CertificateName::of);
    }
}
