package io.qight.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.transport.StreamOutput;
import io.qight.wire.Limits;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One stream of a {@link StreamingClient}. Its methods may be called on any thread. */
final class StreamingClientStream extends ChannelInboundHandlerAdapter {
    private static final int SECONDS_MAX = 30;

    private record Open(QuicStreamChannel channel, StreamOutput output) {}

    private final CompletableFuture<Open> open = new CompletableFuture<>();
    private CompletableFuture<Open> lastAction = open;
    private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final CompletableFuture<Throwable> stopped = new CompletableFuture<>();
    private ByteBuf unread = Unpooled.EMPTY_BUFFER;
    private volatile boolean reading = true;

    /** The relay's next frame. */
    Frame next() {
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
            while (System.nanoTime() < end) {
                Frame frame = frames.poll(50, TimeUnit.MILLISECONDS);
                if (frame != null) {
                    return frame;
                }
                if (ended.isDone() && frames.isEmpty()) {
                    throw new AssertionError("the stream ended: " + failure());
                }
            }
            throw new AssertionError("no frame within " + SECONDS_MAX + " s");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private String failure() {
        return ended.handle((nothing, failure) -> String.valueOf(failure)).join();
    }

    /** Whether nothing has come that was not taken. */
    boolean none() {
        return frames.isEmpty();
    }

    /** Completes with the relay's end of the stream; fails if it was cut off. */
    CompletableFuture<Void> ended() {
        return ended;
    }

    /** Completes when the relay wants nothing more of the stream. */
    CompletableFuture<Throwable> stopped() {
        return stopped;
    }

    StreamingClientStream write(Frame... written) {
        ByteBuf bytes = Unpooled.buffer();
        for (Frame frame : written) {
            FrameCodec.encode(frame, bytes);
        }
        return write(bytes);
    }

    StreamingClientStream write(byte[] bytes) {
        return write(Unpooled.wrappedBuffer(bytes));
    }

    StreamingClientStream finish() {
        return with(one -> {
            if (!one.output.finished().isDone()) {
                one.output.finish();
            }
        });
    }

    StreamingClientStream reset() {
        return with(one -> one.output.abort(7));
    }

    /** Reads nothing from now on. */
    StreamingClientStream neverRead() {
        reading = false;
        return with(one -> one.channel.config().setAutoRead(false));
    }

    StreamingClientStream readOn() {
        reading = true;
        return with(one -> one.channel.config().setAutoRead(true));
    }

    void cutTheWire() {
        with(one -> one.channel.parent().parent().close());
    }

    void fail(Throwable failure) {
        ended.completeExceptionally(failure);
        stopped.complete(failure);
    }

    /** Bytes that this side's transport has not taken. */
    long queuedBytes() {
        CompletableFuture<Long> queued = new CompletableFuture<>();
        with(one -> queued.complete(one.output.queuedBytes()));
        return SeedClient.await(queued);
    }

    private StreamingClientStream write(ByteBuf bytes) {
        return with(one -> {
            if (one.output.finished().isDone()) {
                bytes.release();
            } else {
                one.output.write(bytes);
            }
        });
    }

    /** One after the other: what hangs on one future directly would run in any order. */
    private synchronized StreamingClientStream with(Consumer<Open> action) {
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
        channel.config().setAutoRead(reading);
        StreamOutput output = StreamOutput.of(channel);
        output.finished()
                .whenComplete((nothing, failure) -> {
                    if (failure != null) {
                        stopped.complete(failure);
                    }
                });
        open.complete(new Open(channel, output));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        // A copy, so that frames stay readable.
        unread = Unpooled.copiedBuffer(unread, (ByteBuf) message);
        ReferenceCountUtil.release(message);
        Optional<FrameCodec.Head> head = FrameCodec.head(unread, Limits.ENVELOPE_BYTES_MAX);
        while (head.isPresent() && FrameCodec.complete(head.get(), unread)) {
            FrameCodec.decode(head.get(), unread).ifPresent(frames::add);
            head = FrameCodec.head(unread, Limits.ENVELOPE_BYTES_MAX);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            ended.complete(null);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        ended.completeExceptionally(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(
                new IllegalStateException(
                        "the stream was closed"
                                + (context.channel().parent().isActive() ? "" : " with all")));
    }
}
