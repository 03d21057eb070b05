/**
 * The mailbox store: a relay's durable memory, behind one small contract, {@link
 * io.qight.store.MailboxStore}.
 *
 * <p>A store knows mailboxes, envelopes, deadlines and outboxes, and nothing of leases, credit,
 * order or timers: those belong to the relay. What {@link io.qight.store.MailboxStore#commit}
 * returned is durable at the store's {@link io.qight.store.Durability}. {@link
 * io.qight.store.MemoryStore} is the contract in its simplest form.
 */
@NullMarked
package io.qight.store;

import org.jspecify.annotations.NullMarked;
