package io.qight.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sets up a stream before anything is read from it: its handler, and behind it the last resort. */
final class StreamInitializer extends ChannelInitializer<QuicStreamChannel> {
    private static final Logger LOG = LoggerFactory.getLogger(StreamInitializer.class);

    private final Function<QuicStreamChannel, ChannelHandler> handlers;

    StreamInitializer(Function<QuicStreamChannel, ChannelHandler> handlers) {
        this.handlers = handlers;
    }

    @Override
    public boolean isSharable() {
        return true;
    }

    @Override
    protected void initChannel(QuicStreamChannel stream) {
        stream.config().setAllowHalfClosure(true);
        // One buffer a read: who reads by hand knows what that can bring.
        stream.config()
                .setRecvByteBufAllocator(
                        new FixedRecvByteBufAllocator(Connection.READ_BYTES_MAX)
                                .maxMessagesPerRead(1));
        stream.pipeline().addLast(new CutOff(), handlers.apply(stream), LastResort.INSTANCE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LastResort.INSTANCE.exceptionCaught(context, cause);
    }

    /** Notices a stream that closes before the end of its input was read. */
    private static final class CutOff extends ChannelInboundHandlerAdapter {
        private boolean inputEnded;

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                inputEnded = true;
            }
            context.fireUserEventTriggered(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            context.fireChannelInactive();
            Channel connection = context.channel().parent();
            if (!inputEnded && connection.isActive()) {
                connection.pipeline().get(ConnectionHandler.class).streamCutOff();
            }
        }
    }

    /** What a stream's handler lets through. */
    @ChannelHandler.Sharable
    private static final class LastResort extends ChannelInboundHandlerAdapter {
        private static final LastResort INSTANCE = new LastResort();

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (ConnectionHandler.causedByPeer(cause)) {
                LOG.debug("stream {} failed: {}", context.channel(), cause.toString());
            } else {
                context.channel().parent().pipeline().fireExceptionCaught(cause);
            }
        }
    }
}
