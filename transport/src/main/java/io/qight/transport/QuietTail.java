package io.qight.transport;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The end of a UDP socket's pipeline: what strangers can send there at will is no news. */
@ChannelHandler.Sharable
final class QuietTail extends ChannelInboundHandlerAdapter {
    static final QuietTail INSTANCE = new QuietTail();

    private static final Logger LOG = LoggerFactory.getLogger(QuietTail.class);

    private QuietTail() {}

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("socket {}: {}", context.channel(), cause.toString());
    }
}
