package io.qight.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for a stream's handler while it is not known which protocol its connection speaks. Of
 * the client's first stream it reads one buffer, and shows it; nothing else is read. What it has
 * read it gives to the stream's handler at its first read, as if it came then. On the event loop.
 */
final class HeldStream extends ChannelDuplexHandler {
    private final QuicStreamChannel stream;
    private final Consumer<ByteBuf> firstBytes;
    private @Nullable ChannelHandlerContext context;
    private ByteBuf bytes = Unpooled.EMPTY_BUFFER;
    private @Nullable Throwable failure;
    private boolean anythingRead;
    private boolean inputEnded;
    private boolean served;

    /**
     * Holds a stream.
     *
     * @param firstBytes hears of the first bytes, which stay here, of the client's first stream
     */
    HeldStream(QuicStreamChannel stream, Consumer<ByteBuf> firstBytes) {
        this.stream = stream;
        this.firstBytes = firstBytes;
    }

    /** From now on the stream is this listener's, as if the peer had opened it only now. */
    void serve(ConnectionListener listener) {
        if (!stream.isActive()) {
            return;
        }
        ChannelHandlerContext here = Objects.requireNonNull(context);
        try {
            stream.config().setAutoRead(true);
            ChannelHandler handler = listener.onStream(stream);
            here.pipeline().addAfter(here.name(), null, handler);
        } catch (RuntimeException e) {
            here.fireExceptionCaught(e);
            return;
        }
        served = true;
        here.fireChannelActive();
        readOn();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        this.context = context;
        stream.config().setAutoRead(false);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        bytes.release();
        bytes = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        if (stream.streamId() == 0) {
            context.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        bytes = (ByteBuf) message;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        anythingRead = true;
        if (bytes.isReadable()) {
            firstBytes.accept(bytes.duplicate());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
        } else if (!(event instanceof ChannelInputShutdownReadComplete)) {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (ConnectionHandler.causedByPeer(cause)) {
            failure = cause;
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    /** The first read of the stream's handler; the later ones go past. */
    @Override
    public void read(ChannelHandlerContext context) {
        if (!served) {
            return;
        }
        ByteBuf held = bytes.retain();
        context.pipeline().remove(this);
        if (!anythingRead) {
            held.release();
            context.read();
            return;
        }
        if (held.isReadable()) {
            context.fireChannelRead(held);
        } else {
            held.release();
        }
        context.fireChannelReadComplete();
        if (failure != null) {
            context.fireExceptionCaught(failure);
        }
        if (inputEnded) {
            context.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            context.fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
        }
        readOn();
    }

    private void readOn() {
        if (stream.config().isAutoRead()) {
            stream.read();
        }
    }
}
