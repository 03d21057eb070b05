package io.qight.relay.flow;

import io.qight.relay.access.Access;
import io.qight.relay.access.AccessPolicy;
import io.qight.relay.access.Admission;
import io.qight.relay.access.Peer;
import io.qight.wire.ErrorCode;
import java.net.InetAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the relay's policy, which may be an embedder's: one that throws permits nothing, and is told
 * in the log. Thread-safe.
 */
public final class Admissions {
    private static final Logger LOG = LoggerFactory.getLogger(Admissions.class);

    private final AccessPolicy policy;
    private final Guesses guesses = new Guesses();

    /** By this policy. */
    public Admissions(AccessPolicy policy) {
        this.policy = policy;
    }

    /** How long a token from this address waits before it is judged. */
    public long delayMillis(InetAddress address, long nowMillis) {
        return guesses.delayMillis(address, nowMillis);
    }

    /** Granted or refused, never a stranger. */
    public Admission admit(Peer peer, long nowMillis) {
        Admission admission;
        try {
            admission = policy.admit(peer);
        } catch (RuntimeException e) {
            // That tells nothing about the token, so it is no guess.
            LOG.error("the access policy failed; a client is not let in", e);
            return new Admission.Refused(ErrorCode.INTERNAL, ErrorCode.INTERNAL.sentence());
        }
        if (admission instanceof Admission.Granted granted) {
            return new Admission.Granted(new Careful(granted.access()));
        }
        if (peer.token().isPresent()) {
            guesses.wrong(peer.address(), nowMillis);
        }
        return admission instanceof Admission.Stranger
                ? new Admission.Refused("the relay lets in only whom it knows")
                : admission;
    }

    /** How many tokens were wrong so far. */
    long wrongTokens() {
        return guesses.total();
    }

    private record Careful(Access access) implements Access {
        @Override
        public boolean maySend(String mailbox) {
            try {
                return access.maySend(mailbox);
            } catch (RuntimeException e) {
                return failed(e);
            }
        }

        @Override
        public boolean mayFetch(String mailbox) {
            try {
                return access.mayFetch(mailbox);
            } catch (RuntimeException e) {
                return failed(e);
            }
        }

        @Override
        public boolean stands() {
            try {
                return access.stands();
            } catch (RuntimeException e) {
                return failed(e);
            }
        }

        private static boolean failed(RuntimeException cause) {
            LOG.error("the access policy failed; it permits nothing", cause);
            return false;
        }
    }
}
