package io.qight.client.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.qight.transport.Connection;
import io.qight.transport.StreamOutput;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.FrameType;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One stream of frames: writes what its rules have as fast as the transport takes it, and hands
 * them what comes. On the connection's event loop.
 */
final class FrameStream extends ByteToMessageDecoder {
    /** What is encoded ahead of the transport, in bytes; one envelope more at most. */
    private static final int AHEAD_BYTES = 128 * 1024;

    /** What one write to the transport is filled up to. */
    private static final int WRITE_BYTES = 32 * 1024;

    /** How long the relay may take to say why it reads no more. */
    private static final long LAST_WORDS_SECONDS = 2;

    private final StreamRules rules;
    private final Link link;
    private @Nullable CompletableFuture<QuicStreamChannel> opening;
    private @Nullable StreamOutput output;
    private boolean writingOver;
    private boolean over;
    private boolean pumping;

    FrameStream(StreamRules rules, Link link) {
        this.rules = rules;
        this.link = link;
    }

    /** Begins to write as soon as the relay allows the stream. */
    void open(Connection connection) {
        CompletableFuture<QuicStreamChannel> stream = connection.openStream(this);
        opening = stream;
        stream.whenComplete((opened, failure) -> {
            // No stream is refused on a connection that stands; its end is dealt with as a whole.
            if (failure == null) {
                begin(opened);
            }
        });
    }

    /** Writes what there is, as much as the transport takes. */
    void pump() {
        StreamOutput out = output;
        if (out == null || over || pumping) {
            return;
        }
        // A write may at once report that all was taken, which asks for more.
        pumping = true;
        try {
            boolean more = true;
            while (more && !writingOver && out.queuedBytes() < AHEAD_BYTES) {
                more = write(out);
            }
            if (!writingOver && !more && rules.wantsEnd()) {
                writingOver = true;
                out.finish();
            }
        } finally {
            pumping = false;
        }
    }

    /** Ends it in both directions, and tells its rules nothing. */
    void abandon() {
        over = true;
        if (opening != null) {
            opening.cancel(false);
        }
        if (output != null) {
            output.abort(0);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        try {
            while (!over) {
                Optional<FrameCodec.Head> head = FrameCodec.head(in, link.envelopeBytesMax());
                if (head.isEmpty() || !FrameCodec.complete(head.get(), in)) {
                    return;
                }
                Optional<Frame> frame = FrameCodec.decode(head.get(), in);
                if (frame.isPresent()) {
                    receive(frame.get());
                }
            }
        } catch (ProtocolException e) {
            link.badAnswer(e.sentence());
        }
        in.skipBytes(in.readableBytes());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        super.channelReadComplete(context);
        link.turn();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        // The event before it has made the superclass decode what was left.
        if (event instanceof ChannelInputShutdownReadComplete && !over) {
            end();
            link.turn();
        }
        super.userEventTriggered(context, event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof QuicStreamResetException) {
            lose();
        } else {
            link.failed(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        super.channelInactive(context);
        // If the connection went with it, that is dealt with as a whole.
        if (context.channel().parent().isActive()) {
            lose();
        }
    }

    private void begin(QuicStreamChannel stream) {
        StreamOutput out = StreamOutput.of(stream);
        output = out;
        if (over) {
            out.abort(0);
            return;
        }
        out.whenDrained(this::pump);
        out.finished()
                .whenComplete((done, failure) -> {
                    if (failure != null && !over) {
                        // The relay reads no more, and says why on its own side.
                        writingOver = true;
                        stream.eventLoop()
                                .schedule(this::lose, LAST_WORDS_SECONDS, TimeUnit.SECONDS);
                    }
                });
        pump();
    }

    private boolean write(StreamOutput out) {
        long now = link.now();
        Frame frame = rules.poll(now);
        if (frame == null) {
            return false;
        }
        ByteBuf bytes = PooledByteBufAllocator.DEFAULT.directBuffer(WRITE_BYTES);
        while (frame != null) {
            FrameCodec.encode(frame, bytes);
            frame = bytes.readableBytes() < WRITE_BYTES ? rules.poll(now) : null;
        }
        out.write(bytes);
        return true;
    }

    private void receive(Frame frame) {
        FrameType type = frame.type();
        BadAnswer.unless(
                type.standsOn(rules.kind()) && type.direction() != FrameType.Direction.TO_RELAY,
                "a frame " + type + " on a stream for " + rules.kind());
        link.heard();
        rules.receive(frame, link.now());
        if (frame instanceof Frame.StreamError && !over) {
            abandon();
        }
    }

    private void end() {
        if (actualReadableBytes() > 0) {
            link.badAnswer("a stream ends within a frame");
        } else if (writingOver && !rules.wantsEnd()) {
            lose();
        } else {
            over = true;
            try {
                rules.inputEnded();
            } catch (ProtocolException e) {
                link.badAnswer(e.sentence());
            }
        }
    }

    private void lose() {
        if (!over) {
            abandon();
            rules.lost();
            link.turn();
        }
    }
}
