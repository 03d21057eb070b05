package io.qight.relay.v0;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.ReferenceCountUtil;
import io.qight.transport.ByteBudget.Reservation;
import io.qight.transport.StreamOutput;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v0.AnswerCodec;
import io.qight.wire.v0.EnvelopeCodec;
import io.qight.wire.v0.EnvelopeHead;
import io.qight.wire.v0.Request;
import io.qight.wire.v0.RequestCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one stream: makes a head and an envelope of what arrives, and bytes of answers.
 *
 * <p>It reads one buffer at a time until the head is whole, then nothing before the envelope's
 * length is reserved, then the envelope. What follows a request is read and dropped, so that a
 * client that writes all before it reads is not stuck.
 */
final class SeedStream extends ChannelInboundHandlerAdapter {
    /** A larger envelope is not copied for writing, but written from where it is. */
    private static final int COPIED_BYTES_MAX = Session.PIECE_BYTES;

    private enum Reading {
        HEAD,
        NOTHING,
        ENVELOPE,
        DROPPING
    }

    private final SeedConnection connection;
    private final QuicStreamChannel channel;
    private final StreamOutput output;
    private Reading reading = Reading.HEAD;
    private ByteBuf head = Unpooled.EMPTY_BUFFER;
    private byte[] envelope = {};
    private int envelopeFilled;
    private boolean inputEnded;

    /** Whether several buffers are being given to the output, which may drain between them. */
    private boolean writing;

    private boolean outputEnded;
    private @Nullable Reservation reservation;

    SeedStream(SeedConnection connection, QuicStreamChannel channel) {
        this.connection = connection;
        this.channel = channel;
        this.output = StreamOutput.of(channel);
        channel.config().setAutoRead(false);
    }

    long id() {
        return channel.streamId();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        output.whenDrained(this::drained);
        output.finished()
                .whenComplete((nothing, failure) ->
                        connection.input(
                                failure == null ? new Input.Written(id()) : new Input.Reset(id())));
        connection.input(new Input.Opened(id()));
        if (reading == Reading.HEAD) {
            channel.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (reading == Reading.HEAD) {
                head = Unpooled.copiedBuffer(head, bytes);
                decodeHead();
            } else if (reading == Reading.ENVELOPE) {
                fill(bytes);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (reading == Reading.HEAD && !inputEnded) {
            channel.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            if (reading == Reading.HEAD) {
                decodeHead();
            } else if (reading == Reading.ENVELOPE) {
                endedWithinEnvelope();
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof QuicException || cause instanceof IOException) {
            // Not always as a reset: a stream that was reset before it was read has other names.
            connection.input(new Input.Reset(id()));
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        connection.closed(this);
        release();
    }

    /** From now on the stream has this reservation, granted or not. */
    void hold(Reservation held) {
        reservation = held;
    }

    /** Gives the reservation back, if the stream has one. */
    void release() {
        if (reservation != null) {
            reservation.release();
            reservation = null;
        }
    }

    /** The reservation, which goes on with what it is for. */
    Reservation takeReservation() {
        Reservation taken = Objects.requireNonNull(reservation, "no reservation");
        reservation = null;
        return taken;
    }

    /** The envelope, whole; it is not kept here. */
    byte[] takeEnvelope() {
        byte[] taken = envelope;
        envelope = new byte[0];
        return taken;
    }

    void readEnvelope(int bytes) {
        envelope = new byte[bytes];
        reading = Reading.ENVELOPE;
        ByteBuf rest = head;
        head = Unpooled.EMPTY_BUFFER;
        fill(rest);
        if (reading == Reading.ENVELOPE) {
            if (inputEnded) {
                endedWithinEnvelope();
            } else {
                channel.config().setAutoRead(true);
            }
        }
    }

    void write(List<ByteBuffer> envelopes, boolean end) {
        if (output.finished().isDone()) {
            // The client has stopped it; the session is about to hear that.
            return;
        }
        writing = true;
        writeAll(envelopes, end);
        writing = false;
        if (output.queuedBytes() == 0) {
            drained();
        }
    }

    void finishWelcome(String relayName) {
        ByteBuf line = channel.alloc().buffer();
        AnswerCodec.encodeWelcome(relayName, line);
        finish(line);
    }

    void finishOk() {
        ByteBuf line = channel.alloc().buffer(Integer.BYTES);
        AnswerCodec.encodeOk(line);
        finish(line);
    }

    void finishError(ErrorCode code, String sentence) {
        ByteBuf line = channel.alloc().buffer();
        AnswerCodec.encodeError(code, sentence, line);
        finish(line);
    }

    void abort(int code) {
        outputEnded = true;
        takeEnvelope();
        output.abort(code);
    }

    void stopReading() {
        channel.shutdownInput(0);
    }

    private void drained() {
        if (!writing && !outputEnded) {
            connection.input(new Input.Written(id()));
        }
    }

    private void writeAll(List<ByteBuffer> envelopes, boolean end) {
        ByteBuf small = channel.alloc().buffer();
        for (ByteBuffer bytes : envelopes) {
            small.writeInt(bytes.remaining());
            if (bytes.remaining() <= COPIED_BYTES_MAX) {
                small.writeBytes(bytes.duplicate());
            } else {
                output.write(small);
                output.write(Unpooled.wrappedBuffer(bytes.duplicate()));
                small = channel.alloc().buffer();
            }
        }
        if (end) {
            finish(small.writeInt(AnswerCodec.FETCH_END));
        } else if (small.isReadable()) {
            output.write(small);
        } else {
            small.release();
        }
    }

    private void finish(ByteBuf last) {
        outputEnded = true;
        takeEnvelope();
        drop();
        if (output.finished().isDone()) {
            last.release();
        } else {
            output.finish(last);
        }
    }

    private void decodeHead() {
        Optional<Request> request;
        try {
            request = RequestCodec.decode(head, inputEnded);
        } catch (ProtocolException e) {
            broken(e.code(), e.sentence());
            return;
        }
        if (request.isPresent()) {
            if (request.get() instanceof Request.Send) {
                reading = Reading.NOTHING;
            } else {
                drop();
            }
            connection.input(new Input.HeadArrived(id(), request.get()));
        }
    }

    private void fill(ByteBuf bytes) {
        int length = Math.min(bytes.readableBytes(), envelope.length - envelopeFilled);
        bytes.readBytes(envelope, envelopeFilled, length);
        envelopeFilled += length;
        if (envelopeFilled == envelope.length) {
            drop();
            inspect();
        }
    }

    private void inspect() {
        EnvelopeHead inspected;
        try {
            inspected = EnvelopeCodec.inspect(Unpooled.wrappedBuffer(envelope));
        } catch (ProtocolException e) {
            broken(e.code(), e.sentence());
            return;
        }
        connection.input(new Input.EnvelopeArrived(id(), inspected));
    }

    private void endedWithinEnvelope() {
        broken(
                ErrorCode.MALFORMED_REQUEST,
                "the stream ended after "
                        + envelopeFilled
                        + " of the envelope's "
                        + envelope.length
                        + " bytes");
    }

    private void broken(ErrorCode code, String sentence) {
        drop();
        connection.input(new Input.Broken(id(), code, sentence));
    }

    /** What arrives from now on is of no interest. */
    private void drop() {
        if (reading != Reading.DROPPING) {
            reading = Reading.DROPPING;
            head = Unpooled.EMPTY_BUFFER;
            channel.config().setAutoRead(true);
        }
    }
}
