/**
 * Version 0, the seed protocol (ALPN {@code qight}): one request for each stream, HELLO, SEND or
 * FETCH. Its bytes are fixed; {@code docs/protocol.md} gives them.
 *
 * <p>Decoders keep state and belong to one thread; the rest may be used from any.
 */
@NullMarked
package io.qight.wire.v0;

import org.jspecify.annotations.NullMarked;
