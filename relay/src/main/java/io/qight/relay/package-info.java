/**
 * The relay: keeps mailboxes in a store and speaks QUIC to clients.
 *
 * <p>Guarantees: an answer that says "stored" was written after the commit returned. An envelope
 * leaves its mailbox only because its receiver has it, its time to live ended, it went to the dead
 * letters or an operator threw it away, and each is counted. Everything that is held for a
 * connection is bounded, all of it by one budget.
 *
 * <p>Caveats: on a loopback address whoever can reach the relay may read any named mailbox, unless
 * the configuration says otherwise; elsewhere nobody uses names unless it says so. {@link
 * io.qight.relay.access} has more.
 *
 * <pre>{@code
 * RelayConfig config = RelayConfig.builder(store, TlsIdentity.development(directory)).build();
 * try (Relay relay = Relay.start(config)) {
 *     System.out.println("listening at " + relay.address());
 * }
 * }</pre>
 */
@NullMarked
package io.qight.relay;

import org.jspecify.annotations.NullMarked;
