package io.qight.relay.access;

import io.qight.wire.MailboxName;
import java.time.Clock;
import java.util.List;

/**
 * Decides who is let in and what they may do. Asked once for each connection, on an event loop of
 * the relay: thread-safe, and it must not block. If it throws, the client is not let in.
 */
@FunctionalInterface
public interface AccessPolicy {
    /** What this peer may do here. */
    Admission admit(Peer peer);

    /** Everybody may send to every mailbox and fetch from it. */
    static AccessPolicy openNames() {
        Admission all = new Admission.Granted(Access.everything());
        return peer -> all;
    }

    /** Everybody may use the mailboxes of keys, and no other. */
    static AccessPolicy openKeys() {
        Admission keys =
                new Admission.Granted(
                        Access.of(
                                mailbox -> mailbox.startsWith(MailboxName.KEY_PREFIX),
                                mailbox -> mailbox.startsWith(MailboxName.KEY_PREFIX)));
        return peer -> keys;
    }

    /**
     * Who shows a certificate may send to every mailbox, and fetch from the one that has its name
     * ({@link Peer#certificateName}), as long as the certificate is valid. Others are strangers,
     * and so is who shows one without a name that a mailbox can have.
     */
    static AccessPolicy certificates() {
        return new CertificatePolicy(Clock.systemUTC());
    }

    /**
     * What any of these permits is permitted, but whom one of them refuses is refused: a wrong
     * token, say, does not become a stranger to whom names are open.
     */
    static AccessPolicy anyOf(List<AccessPolicy> policies) {
        return new AnyPolicy(policies);
    }
}
