/**
 * Version 1, the streaming protocol (ALPN {@code qight/1}): frames on long-lived streams, and the
 * envelope that is encoded once by its sender. {@code docs/protocol.md} gives every byte.
 *
 * <p>Everything here is free of state and may be used from any thread. Buffers that a decoded frame
 * holds are slices of what was decoded: they live as long as that.
 */
@NullMarked
package io.qight.wire.v1;

import org.jspecify.annotations.NullMarked;
