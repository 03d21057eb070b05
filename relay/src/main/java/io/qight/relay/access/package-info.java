/**
 * Who may connect, send and read: the policy that a relay asks, and the ones that come with it.
 * {@code docs/access.md} explains them.
 *
 * <p>Guarantees: nobody reads a {@code key:} mailbox but who has proved its key, whatever a policy
 * permits. A client of version 0 is a stranger to every policy. A policy or an access that throws
 * permits nothing. No text here holds a token.
 *
 * <p>Caveats: a policy is asked on the relay's event loops, so it must not block; what takes longer
 * is found out beforehand.
 *
 * <pre>{@code
 * AccessPolicy sendOnly =
 *         peer -> new Admission.Granted(Access.of(mailbox -> true, mailbox -> false));
 * RelayConfig config = RelayConfig.builder(store, identity).access(sendOnly).build();
 * }</pre>
 */
@NullMarked
package io.qight.relay.access;

import org.jspecify.annotations.NullMarked;
