package io.qight.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.handler.codec.quic.DefaultQuicStreamFrame;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Writes one stream: queues buffers, gives the transport no more than it takes, and ends the stream
 * together with its last bytes.
 *
 * <p>Every method is called on the stream's event loop. The queue has no bound of its own: who
 * writes much waits for {@link #whenDrained} or looks at {@link #queuedBytes()}.
 */
public final class StreamOutput {
    /** What one write hands to the transport, which holds at most one write that it cannot send. */
    private static final int WRITE_BYTES_MAX = 64 * 1024;

    private final QuicStreamChannel stream;
    private final ArrayDeque<ByteBuf> queue = new ArrayDeque<>(1);
    private final CompletableFuture<Void> finished = new CompletableFuture<>();
    private Runnable whenDrained = () -> {};
    private long queuedBytes;

    /** Whether the transport has a write that it has not taken whole yet. */
    private boolean pending;

    private int pendingBytes;

    /** Whether the end was written here. */
    private boolean finishing;

    /** Whether the transport has taken the end, or takes nothing any more. */
    private boolean ended;

    private boolean flushing;

    private StreamOutput(QuicStreamChannel stream) {
        this.stream = stream;
    }

    /** The output of a stream; once for each stream. */
    public static StreamOutput of(QuicStreamChannel stream) {
        StreamOutput output = new StreamOutput(stream);
        stream.pipeline().addFirst(output.new Events());
        return output;
    }

    /** Queues bytes, which now belong to this output; after its end they are released unsent. */
    public void write(ByteBuf bytes) {
        if (finishing) {
            bytes.release();
            throw new IllegalStateException("the stream's end was written before");
        }
        add(bytes);
        flush();
    }

    /** Queues the last bytes and, with them, the stream's end. */
    public void finish(ByteBuf last) {
        if (finishing) {
            last.release();
            throw new IllegalStateException("the stream's end was written before");
        }
        finishing = true;
        add(last);
        flush();
    }

    /** Queues the stream's end. */
    public void finish() {
        finish(Unpooled.EMPTY_BUFFER);
    }

    /** Resets the stream in both directions; what is queued is released. */
    public void abort(long code) {
        end(new TransportException.StreamEnded("the stream was aborted with code " + code, null));
        stream.shutdown(Math.toIntExact(code));
        stream.close();
    }

    /** Bytes written here that the transport has not taken yet. */
    public long queuedBytes() {
        return queuedBytes + pendingBytes;
    }

    /** Runs each time that the last of the queued bytes was taken; the one set last counts. */
    public void whenDrained(Runnable action) {
        whenDrained = action;
    }

    /**
     * Completes when the transport has taken the last byte and the end, which does not mean that
     * the peer has them. Fails with a {@link TransportException} if the stream was reset, its
     * reader stopped it (it can still be read then), or the connection was lost. A stop is noticed
     * at the next write, not before; if it came just when all that the reader allows was taken, it
     * may not be noticed at all.
     */
    public CompletableFuture<Void> finished() {
        return finished;
    }

    private void add(ByteBuf bytes) {
        if (ended) {
            bytes.release();
            return;
        }
        queuedBytes += bytes.readableBytes();
        queue.add(bytes);
    }

    private void flush() {
        if (flushing) {
            return;
        }
        flushing = true;
        try {
            // One write at a time: only a write that is pending hears that the reader has stopped
            // the stream, and Netty calls a stream writable while it still has something queued.
            while (!queue.isEmpty() && !pending) {
                writeNext();
            }
        } finally {
            flushing = false;
        }
    }

    private void writeNext() {
        ByteBuf first = queue.element();
        ByteBuf bytes;
        if (first.readableBytes() > WRITE_BYTES_MAX) {
            bytes = first.readRetainedSlice(WRITE_BYTES_MAX);
        } else {
            bytes = first;
            queue.remove();
        }
        int length = bytes.readableBytes();
        boolean last = finishing && queue.isEmpty();
        queuedBytes -= length;
        pendingBytes = length;
        pending = true;
        // Only with its last bytes can the stream's end not overtake what is queued before it.
        ChannelFuture written =
                stream.write(last ? new DefaultQuicStreamFrame(bytes, true) : bytes);
        written.addListener(future -> written(last, written));
        if (pending && stream.bytesBeforeUnwritable() > 0) {
            // There is room, and yet it was not taken: the reader stopped the stream while nothing
            // was written, and the transport, which has forgotten it since, will never say so.
            end(stopped(null));
            stream.close();
        }
    }

    private void written(boolean last, ChannelFuture written) {
        pendingBytes = 0;
        pending = false;
        if (!written.isSuccess()) {
            end(failure(written.cause()));
        } else if (last) {
            ended = true;
            drained();
            finished.complete(null);
        } else if (!ended && queue.isEmpty()) {
            drained();
        } else {
            flush();
        }
    }

    private void drained() {
        try {
            whenDrained.run();
        } catch (RuntimeException e) {
            // Netty would only log it, and the stream would wait for ever.
            stream.pipeline().fireExceptionCaught(e);
        }
    }

    private TransportException failure(Throwable cause) {
        if (cause instanceof ChannelOutputShutdownException) {
            return stopped(cause);
        }
        return new TransportException.ConnectionLost(
                "the stream was closed before all was written", cause);
    }

    private static TransportException stopped(@Nullable Throwable cause) {
        return new TransportException.StreamEnded("the reader stopped the stream", cause);
    }

    private void end(TransportException failure) {
        ended = true;
        queue.forEach(ByteBuf::release);
        queue.clear();
        queuedBytes = 0;
        finished.completeExceptionally(failure);
    }

    private final class Events extends ChannelInboundHandlerAdapter {
        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (!ended) {
                end(
                        new TransportException.ConnectionLost(
                                "the stream was closed before its end was written", null));
            }
            context.fireChannelInactive();
        }
    }
}
