/**
 * Who receives what: subscriptions, leases, credit, redelivery, failure counts and dead letters of
 * version 1, and version 0's FETCH beside them, in the memory of the relay that owns the mailboxes.
 *
 * <p>Everything here is pure: what happened and {@code now} in; what is to be done goes to an
 * {@link io.qight.relay.delivery.Outlet} (a stream) or the {@link io.qight.relay.delivery.Ledger}
 * (the store's writer). No thread, clock, socket or timer of its own. It belongs to one thread, the
 * dispatcher.
 *
 * <p>{@link io.qight.relay.delivery.Deliveries} is the door. A frame goes from there through its
 * {@code Receiver} (which frame may stand where) to {@code Subscriptions} (what a client asks), and
 * on to {@code Leases} (what becomes of an envelope); {@code Dealer} then decides who gets what may
 * be handed out.
 */
@NullMarked
package io.qight.relay.delivery;

import org.jspecify.annotations.NullMarked;
