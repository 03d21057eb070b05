package io.qight.client.v0;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.qight.transport.StreamOutput;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v0.AnswerCodec.Refusal;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The stream of one request: writes it, reads the answer, and tells the connection once how it
 * went. On the connection's event loop.
 *
 * @param <T> what the answer says
 */
final class RequestStream<T> extends ByteToMessageDecoder {
    private final PendingRequest<T> request;
    private final RelayConnection connection;
    private @Nullable CompletableFuture<QuicStreamChannel> opening;
    private @Nullable StreamOutput output;
    private @Nullable QuicStreamChannel stream;
    private long progressNanos = System.nanoTime();
    private boolean over;

    RequestStream(PendingRequest<T> request, RelayConnection connection) {
        this.request = request;
        this.connection = connection;
    }

    /** Begins when there is a stream, for which the relay may have to allow one first. */
    void open(CompletableFuture<QuicStreamChannel> streamOpening) {
        opening = streamOpening;
        streamOpening.whenComplete((opened, failure) -> {
            if (failure == null) {
                begin(opened);
            } else if (!over) {
                over = true;
                connection.failed(request, Failure.lost(String.valueOf(failure.getMessage())));
            }
        });
    }

    /** Stops reading and writing; the connection hears no more of it. */
    void giveUp() {
        over = true;
        if (opening != null) {
            opening.cancel(false);
        }
        if (output != null) {
            output.abort(RelayConnection.GIVEN_UP);
        }
    }

    /** When the answer last moved; while it waits for room it counts as moving. */
    long progressNanos() {
        if (stream != null && !stream.config().isAutoRead()) {
            return System.nanoTime();
        }
        return progressNanos;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        progressNanos = System.nanoTime();
        if (over) {
            in.skipBytes(in.readableBytes());
            return;
        }
        try {
            Optional<T> result = request.decoder().decode(in);
            if (result.isPresent() && in.isReadable()) {
                fail(Failure.badAnswer(in.readableBytes() + " bytes follow the answer"));
            } else if (result.isPresent()) {
                over = true;
                stopWriting();
                connection.answered(request, result.get());
            } else if (!request.hasRoom(this::resume)) {
                context.channel().config().setAutoRead(false);
            }
        } catch (Refusal e) {
            fail(Failure.refused(e.code(), String.valueOf(e.getMessage())));
        } catch (ProtocolException e) {
            fail(Failure.badAnswer("the relay's answer cannot be read: " + e.getMessage()));
        }
    }

    /** The superclass would read on here, though reading is to stop until there is room. */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        discardSomeReadBytes();
        context.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        super.userEventTriggered(context, event);
        // The event before it has made the superclass decode what was left.
        if (event instanceof ChannelInputShutdownReadComplete) {
            fail(Failure.badAnswer("the relay's answer ends too early"));
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        boolean reset = cause instanceof QuicStreamResetException;
        fail(
                Failure.badAnswer(
                        reset
                                ? "the relay broke its answer off"
                                : "the relay's answer cannot be read: " + cause));
    }

    /** If the connection went with it, the connection knows why and will say so. */
    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        super.channelInactive(context);
        if (context.channel().parent().isActive()) {
            fail(Failure.badAnswer("the relay's answer broke off"));
        }
    }

    private void begin(QuicStreamChannel opened) {
        stream = opened;
        output = StreamOutput.of(opened);
        ByteBuf bytes;
        try {
            bytes = request.begin(opened.alloc());
        } catch (ProtocolException e) {
            fail(Failure.refused(e.code(), String.valueOf(e.getMessage())));
            return;
        } catch (OutOfMemoryError e) {
            fail(Failure.refused(ErrorCode.OVERLOADED, "there is no memory for the envelope"));
            return;
        }
        output.finish(bytes);
        progressNanos = System.nanoTime();
    }

    /** A relay may answer before it has read the whole request. */
    private void stopWriting() {
        if (output != null && !output.finished().isDone()) {
            output.abort(RelayConnection.GIVEN_UP);
        }
    }

    private void resume() {
        connection.execute(() -> {
            progressNanos = System.nanoTime();
            if (stream != null) {
                stream.config().setAutoRead(true);
            }
        });
    }

    private void fail(Failure failure) {
        if (!over) {
            giveUp();
            connection.failed(request, failure);
        }
    }
}
