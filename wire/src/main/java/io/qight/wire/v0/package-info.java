/**
 * Version 0, the seed protocol (ALPN {@code qight}): one request for each stream, HELLO, SEND or
 * FETCH. Its bytes are fixed; {@code docs/protocol.md} gives them.
 *
 * <p>Codecs keep no state and may be used from any thread. A decoder is given all that has arrived
 * and says whether it is enough. What breaks the protocol is a {@link
 * io.qight.wire.ProtocolException} with its code, and nothing else is ever thrown for a peer's
 * bytes; what was written by an encoder is what its decoder accepts.
 */
@NullMarked
package io.qight.wire.v0;

import org.jspecify.annotations.NullMarked;
