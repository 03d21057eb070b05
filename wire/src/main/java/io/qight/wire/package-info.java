/**
 * What every version of the protocol shares: the envelope, mailbox names, limits and the error
 * table.
 *
 * <p>Everything here is immutable and may be used from any thread.
 */
@NullMarked
package io.qight.wire;

import org.jspecify.annotations.NullMarked;
