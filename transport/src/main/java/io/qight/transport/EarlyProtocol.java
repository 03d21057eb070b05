package io.qight.transport;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Tells which protocol a client speaks before its handshake is done: the QUIC library tells which
 * one was agreed only then. Called on event loops.
 */
@FunctionalInterface
public interface EarlyProtocol {
    /**
     * The protocol whose connections alone can begin with these bytes, which stand first on the
     * client's first stream, and of which only the first few may be there; null if that is not
     * certain, or if what comes early in that protocol is not to be acted on. They are not to be
     * changed or kept.
     */
    @Nullable String alpn(ByteBuf firstBytes);
}
