package io.qight.transport;

import io.netty.buffer.ByteBuf;
import io.qight.wire.v1.Varint;

/** Looks for packets of a finished handshake in a datagram (RFC 9000, sections 12.2 and 17). */
final class OneRttPackets {
    private static final int FORM_AND_FIXED_BIT = 0xc0;
    private static final int SHORT_HEADER = 0x40;
    private static final int LONG_HEADER = 0xc0;
    private static final int TYPE = 0x30;
    private static final int INITIAL = 0x00;
    private static final int RETRY = 0x30;
    private static final int VERSION_BYTES = 4;

    private OneRttPackets() {}

    /** Whether one of its packets, perhaps behind others, has the short header. */
    static boolean isIn(ByteBuf datagram) {
        ByteBuf rest = datagram.duplicate();
        try {
            while (rest.isReadable()) {
                int first = rest.readUnsignedByte();
                if ((first & FORM_AND_FIXED_BIT) == SHORT_HEADER) {
                    return true;
                }
                if ((first & FORM_AND_FIXED_BIT) != LONG_HEADER || (first & TYPE) == RETRY) {
                    return false;
                }
                rest.skipBytes(VERSION_BYTES);
                rest.skipBytes(rest.readUnsignedByte());
                rest.skipBytes(rest.readUnsignedByte());
                if ((first & TYPE) == INITIAL) {
                    rest.skipBytes(Math.toIntExact(Varint.read(rest)));
                }
                rest.skipBytes(Math.toIntExact(Varint.read(rest)));
            }
        } catch (RuntimeException e) {
            // Anybody can send anything; the QUIC library drops it.
        }
        return false;
    }
}
