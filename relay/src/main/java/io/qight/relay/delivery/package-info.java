/**
 * Who holds which envelope: subscriptions, leases, credit, redelivery and failure counts of version
 * 1, in the memory of the relay that owns the mailboxes.
 *
 * <p>Everything here is pure: calls and {@code now} in; what is to be done goes to an {@link
 * io.qight.relay.delivery.Outlet} (a stream) or the {@link io.qight.relay.delivery.Ledger} (the
 * store's writer). No thread, clock, socket or timer of its own. It belongs to one thread, the
 * dispatcher.
 */
@NullMarked
package io.qight.relay.delivery;

import org.jspecify.annotations.NullMarked;
