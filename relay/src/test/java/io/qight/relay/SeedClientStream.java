package io.qight.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.qight.transport.StreamOutput;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** One stream of a {@link SeedClient}. Its methods may be called on any thread. */
final class SeedClientStream extends ChannelInboundHandlerAdapter {
    /** The relay reset the stream. */
    static final class WasReset extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final long code;

        WasReset(long code) {
            super("reset with code " + code);
            this.code = code;
        }
    }

    private record Open(QuicStreamChannel channel, StreamOutput output) {}

    private final CompletableFuture<Open> open = new CompletableFuture<>();
    private CompletableFuture<Open> lastAction = open;
    private final CompletableFuture<byte[]> answer = new CompletableFuture<>();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final AtomicLong receivedBytes = new AtomicLong();
    private final boolean reading;

    /** One that reads from the start, or not before {@link #readOn}. */
    SeedClientStream(boolean reading) {
        this.reading = reading;
    }

    /** Everything that the relay answers; fails if the stream does not end cleanly. */
    CompletableFuture<byte[]> answer() {
        return answer;
    }

    /** How many bytes have come. */
    long receivedBytes() {
        return receivedBytes.get();
    }

    SeedClientStream write(byte[] bytes) {
        return with(one -> one.output.write(Unpooled.wrappedBuffer(bytes)));
    }

    SeedClientStream finish(byte[] bytes) {
        return with(one -> one.output.finish(Unpooled.wrappedBuffer(bytes)));
    }

    SeedClientStream readOn() {
        return with(one -> one.channel.config().setAutoRead(true));
    }

    /** Asks the relay to send nothing more. */
    SeedClientStream refuseAnswer() {
        return with(one -> one.channel.shutdownInput(7));
    }

    SeedClientStream reset() {
        return with(one -> one.output.abort(7));
    }

    /** Takes the socket away, so that the relay hears nothing more, not even a farewell. */
    SeedClientStream cutTheWire() {
        return with(one -> one.channel.parent().parent().close());
    }

    /** One after the other: what hangs on one future directly would run in any order. */
    private synchronized SeedClientStream with(Consumer<Open> action) {
        lastAction =
                lastAction.thenApply(one -> {
                    one.channel.eventLoop().execute(() -> action.accept(one));
                    return one;
                });
        return this;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        QuicStreamChannel channel = (QuicStreamChannel) context.channel();
        if (!reading) {
            channel.config().setAutoRead(false);
        }
        open.complete(new Open(channel, StreamOutput.of(channel)));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        byte[] copy = new byte[bytes.readableBytes()];
        bytes.readBytes(copy);
        bytes.release();
        received.writeBytes(copy);
        receivedBytes.addAndGet(copy.length);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            answer.complete(received.toByteArray());
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof QuicStreamResetException reset) {
            answer.completeExceptionally(new WasReset(reset.applicationProtocolCode()));
        } else {
            answer.completeExceptionally(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        answer.completeExceptionally(new IllegalStateException("the stream was closed"));
    }
}
