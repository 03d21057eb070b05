/**
 * Who may send to a key's mailbox, as the store's writer applies it: grants, what their owners have
 * taken back, mailboxes that demand one, and how much of a mailbox may be a stranger's.
 *
 * <p>What owners lay down is durable, in a mailbox of the store that no client can name. How fast a
 * grant was used, and which envelopes are a stranger's, is in memory alone: after a restart both
 * begin anew, and what waits from before counts as nobody's.
 */
@NullMarked
package io.qight.relay.grants;

import org.jspecify.annotations.NullMarked;
