package io.qight.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of several event loops at one port. The kernel gives a datagram to one of them by the
 * client's address; the connection id in it names the one that has the connection, so a client
 * whose address changes keeps its connection. Thread-safe.
 *
 * <p>Netty has a dispatcher for this, but it leaks the buffer of every datagram that is shorter
 * than a connection id, and has no bound for what one event loop passes to another.
 */
final class SharedPort {
    /** All connection ids that the server gives out are as long as QUIC allows. */
    static final int ID_BYTES = 20;

    /** Datagrams that wait for another event loop; more are dropped, as by a full socket. */
    static final int PASSED_MAX = 256;

    private static final int LONG_HEADER = 0x80;

    private final AtomicReferenceArray<@Nullable Socket> sockets;

    SharedPort(int sockets) {
        this.sockets = new AtomicReferenceArray<>(sockets);
    }

    /** The first handler of the socket with this number. */
    ChannelInboundHandlerAdapter socket(int number) {
        return new Socket(number);
    }

    /** Gives out connection ids that name the socket with this number, in their first byte. */
    QuicConnectionIdGenerator connectionIds(int number) {
        return new ConnectionIds(number);
    }

    private final class Socket extends ChannelInboundHandlerAdapter {
        private final int number;
        private final ArrayBlockingQueue<DatagramPacket> passed =
                new ArrayBlockingQueue<>(PASSED_MAX);
        private final AtomicBoolean taking = new AtomicBoolean();
        private volatile @Nullable ChannelHandlerContext context;

        Socket(int number) {
            this.number = number;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            this.context = context;
            sockets.set(number, this);
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            sockets.compareAndSet(number, this, null);
            this.context = null;
            take();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            DatagramPacket datagram = (DatagramPacket) message;
            if (datagram.content().readableBytes() <= ID_BYTES) {
                datagram.release();
                return;
            }
            Socket owner = owner(datagram.content());
            if (owner == null || owner == this) {
                context.fireChannelRead(datagram);
            } else {
                owner.pass(datagram);
            }
        }

        /** Takes a datagram from another event loop. */
        private void pass(DatagramPacket datagram) {
            ChannelHandlerContext to = context;
            if (to == null || !passed.offer(datagram)) {
                datagram.release();
            } else if (taking.compareAndSet(false, true)) {
                try {
                    to.executor().execute(this::take);
                } catch (RejectedExecutionException e) {
                    take();
                }
            }
        }

        private void take() {
            taking.set(false);
            ChannelHandlerContext own = context;
            for (int i = 0; i < PASSED_MAX; i++) {
                DatagramPacket datagram = passed.poll();
                if (datagram == null) {
                    break;
                } else if (own == null) {
                    datagram.release();
                } else {
                    own.fireChannelRead(datagram);
                }
            }
            if (own != null) {
                own.fireChannelReadComplete();
            }
        }
    }

    /** Before the server's first answer the id is the client's choice, and says nothing. */
    private @Nullable Socket owner(ByteBuf packet) {
        int start = packet.readerIndex();
        if ((packet.getByte(start) & LONG_HEADER) != 0) {
            return null;
        }
        int number = packet.getUnsignedByte(start + 1);
        return number < sockets.length() ? sockets.get(number) : null;
    }

    private record ConnectionIds(int number) implements QuicConnectionIdGenerator {
        private static final QuicConnectionIdGenerator RANDOM =
                QuicConnectionIdGenerator.randomGenerator();

        @Override
        public ByteBuffer newId(int length) {
            ByteBuffer id = ByteBuffer.allocate(length);
            return id.put((byte) number).put(RANDOM.newId(length - 1)).flip();
        }

        @Override
        public ByteBuffer newId(ByteBuffer input, int length) {
            return newId(length);
        }

        @Override
        public int maxConnectionIdLength() {
            return ID_BYTES;
        }

        @Override
        public boolean isIdempotent() {
            return false;
        }
    }
}
