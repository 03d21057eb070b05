/**
 * QUIC endpoints over Netty: connections, streams, TLS and the budget of bytes held for them.
 *
 * <p>Guarantees: a listener's calls for one connection come one after another, on that connection's
 * event loop, and nothing comes after {@code onClosed}. The first bytes of a stream are never lost:
 * its handler is in place before anything is read. A stream that is not read holds its sender back.
 * Every failure is a {@link io.qight.transport.TransportException} or a {@link
 * io.qight.transport.ConnectionEnd}; nothing waits for ever.
 *
 * <p>Caveats: nothing here tells that the peer has received what was written; only an answer of the
 * peer's application does. An end of stream does not prove that all was sent, so protocols carry
 * lengths. What is sent before a handshake is done can be replayed by an attacker: only who asks
 * for early data has that. Netty types are part of this API: what is called on an event loop must
 * not block.
 */
@NullMarked
package io.qight.transport;

import org.jspecify.annotations.NullMarked;
