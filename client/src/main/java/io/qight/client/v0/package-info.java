/**
 * The version 0 connection behind the client: requests in their order, one stream for each. Not
 * exported.
 *
 * <p>Whatever is not said to be thread-safe belongs to its connection's event loop, on which
 * nothing waits and no code of the user's runs.
 */
@NullMarked
package io.qight.client.v0;

import org.jspecify.annotations.NullMarked;
