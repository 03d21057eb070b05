package io.qight.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.util.ArrayList;
import java.util.List;

/**
 * Has all of a first flight taken up at once. The QUIC library goes on with a handshake that it has
 * put off (to look for a certificate, or to check one) only when it writes, at the end of a batch
 * of datagrams; but it looks whether the handshake is done, and for streams to read, only when a
 * datagram comes. So a client would hear that it is connected, and a server of the early data that
 * came with the datagram that began its connection, from the peer's next one, a round trip later.
 * Instead, one of our own comes here after the batch: it has the connection's id and nothing in it,
 * and the library drops it, as it drops every datagram that it cannot decrypt. One for each socket.
 */
final class FirstFlights extends ChannelInboundHandlerAdapter {
    /** Header form, fixed bit, type: a packet of the type Initial (RFC 9000, section 17.2.2). */
    private static final int INITIAL = 0xc0;

    /** The same, of the type Handshake, which begins no connection; a long flight goes on so. */
    private static final int HANDSHAKE = 0xe0;

    private static final int TYPE_MASK = 0xf0;
    private static final int VERSION_AT = 1;
    private static final int ID_LENGTH_AT = 5;

    /** As long as the library needs it to try to decrypt it. */
    private static final int PAYLOAD_BYTES = 32;

    private List<DatagramPacket> empty = new ArrayList<>();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        DatagramPacket datagram = (DatagramPacket) message;
        ByteBuf packet = datagram.content();
        int start = packet.readerIndex();
        int type = packet.getByte(start) & TYPE_MASK;
        if (type == INITIAL || type == HANDSHAKE) {
            int idBytes = packet.getUnsignedByte(start + ID_LENGTH_AT);
            if (idBytes <= SharedPort.ID_BYTES
                    && packet.readableBytes() > ID_LENGTH_AT + 1 + idBytes) {
                empty.add(empty(context, datagram, idBytes));
            }
        }
        context.fireChannelRead(datagram);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.fireChannelReadComplete();
        if (!empty.isEmpty()) {
            List<DatagramPacket> batch = empty;
            empty = new ArrayList<>();
            // Later: the library may have put off a part of the handshake.
            context.executor()
                    .execute(() -> {
                        batch.forEach(context::fireChannelRead);
                        context.fireChannelReadComplete();
                    });
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        empty.forEach(DatagramPacket::release);
        empty.clear();
    }

    /** From and to where the first one was, with its version and its connection's id. */
    private static DatagramPacket empty(
            ChannelHandlerContext context, DatagramPacket first, int idBytes) {
        ByteBuf from = first.content();
        int idAt = from.readerIndex() + ID_LENGTH_AT;
        ByteBuf packet = context.alloc().directBuffer();
        packet.writeByte(HANDSHAKE).writeInt(from.getInt(from.readerIndex() + VERSION_AT));
        packet.writeBytes(from, idAt, 1 + idBytes);
        // No id of the sender's; then the payload's length, in one byte.
        packet.writeByte(0).writeByte(PAYLOAD_BYTES).writeZero(PAYLOAD_BYTES);
        return new DatagramPacket(packet, first.recipient(), first.sender());
    }
}
