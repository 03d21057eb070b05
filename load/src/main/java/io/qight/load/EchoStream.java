package io.qight.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.transport.StreamOutput;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/** The client's end of one echo stream; all on its event loop. */
final class EchoStream extends ChannelInboundHandlerAdapter {
    private static final int BATCH_MESSAGES_MAX = 256;
    private static final int BATCH_BYTES = 64 << 10;

    private final int messageBytes;
    private final int batchMessages;
    private final Tally tally;
    private @Nullable StreamOutput output;
    private @Nullable ChannelHandlerContext context;

    /** The intended time of each of this stream's messages; in a closed loop not known. */
    private @Nullable LongUnaryOperator intended;

    private long windowMessages;
    private long sent;
    private long answered;
    private long answerPart;
    private int answerPartBytes;

    EchoStream(int messageBytes, Tally tally) {
        this.messageBytes = messageBytes;
        this.batchMessages = Math.max(1, Math.min(BATCH_MESSAGES_MAX, BATCH_BYTES / messageBytes));
        this.tally = tally;
    }

    /** Sends always, with so many under way; 0 ends that. */
    void sendAlways(long window) {
        windowMessages = window;
        fill();
    }

    /** Sends one more, which is in this order the next that was intended. */
    void send(LongUnaryOperator intendedNanos) {
        intended = intendedNanos;
        tally.sent(intendedNanos.applyAsLong(sent), System.nanoTime());
        write(1);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        this.context = context;
        output = StreamOutput.of((QuicStreamChannel) context.channel());
        output.whenDrained(this::fill);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        long bytes = answered * messageBytes;
        while (in.isReadable()) {
            answerPart = answerPart << 8 | in.readUnsignedByte();
            if (++answerPartBytes == EchoServer.ANSWER_BYTES) {
                bytes = answerPart;
                answerPartBytes = 0;
                answerPart = 0;
            }
        }
        ReferenceCountUtil.release(message);
        answered(bytes / messageBytes);
        fill();
    }

    private void answered(long until) {
        long now = System.nanoTime();
        if (intended == null) {
            tally.stored(now, now, until - answered);
        } else {
            for (long message = answered; message < until; message++) {
                tally.stored(intended.applyAsLong(message), now, 1);
            }
        }
        answered = until;
    }

    private void fill() {
        while (output != null && output.queuedBytes() < (long) batchMessages * messageBytes) {
            long room = windowMessages - (sent - answered);
            if (room <= 0) {
                return;
            }
            write((int) Math.min(batchMessages, room));
        }
    }

    private void write(int messages) {
        if (output == null || context == null) {
            throw new IllegalStateException("the stream is not open yet");
        }
        sent += messages;
        int bytes = messages * messageBytes;
        output.write(context.alloc().buffer(bytes).writeZero(bytes));
    }
}
