/**
 * What speaks version 1 for {@link io.qight.client.RelayClient}.
 *
 * <p>Its rules are pure: {@link io.qight.client.v1.Outbox}, {@link io.qight.client.v1.Subscribed}
 * and {@link io.qight.client.v1.Control} take frames and the time, give frames and tell what became
 * of things. They have no socket, no thread, no clock and no chance of their own, so a test or a
 * simulation drives them as a connection does. What a relay may not say is a {@link
 * io.qight.wire.ProtocolException} with {@code BAD_ANSWER}, which ends the connection.
 *
 * <p>Times are milliseconds of a clock that does not step, unless they are called wall time. None
 * of the rules is thread-safe: a client's one event loop owns them all.
 */
@NullMarked
package io.qight.client.v1;

import org.jspecify.annotations.NullMarked;
