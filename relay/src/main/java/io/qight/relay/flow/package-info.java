/**
 * The relay's own threads and what passes between them: {@link io.qight.relay.flow.StoreWriter}
 * alone changes the store, {@link io.qight.relay.flow.Dispatcher} alone reads mailboxes and owns
 * the leases, {@link io.qight.relay.flow.Message} is every message there is.
 *
 * <p>Neither thread ever waits for a connection; what is held for a connection has a reservation
 * that travels with its bytes. {@code docs/concurrency.md} gives the bound of every queue.
 */
@NullMarked
package io.qight.relay.flow;

import org.jspecify.annotations.NullMarked;
