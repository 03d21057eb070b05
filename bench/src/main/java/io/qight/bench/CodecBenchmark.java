package io.qight.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeHeader;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The codec of version 1: one SEND and one DELIVER, each way, as client and relay do it. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CodecBenchmark {
    private static final PooledByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;
    private static final long ENVELOPE_BYTES_MAX = 10_000_000;

    /** Bytes of each payload. */
    @Param({"128", "1024"})
    public int payloadBytes;

    private MessageEnvelope envelope = Envelopes.of("bob", 0);
    private ByteBuf encoded = ALLOCATOR.buffer();
    private ByteBuf send = ALLOCATOR.buffer();
    private ByteBuf deliver = ALLOCATOR.buffer();
    private ByteBuf out = ALLOCATOR.buffer();

    /** Encodes what is decoded. */
    @Setup
    public void encode() {
        envelope = Envelopes.of("bob", payloadBytes);
        encoded.release();
        encoded = EnvelopeCodec.encode(envelope, ALLOCATOR);
        FrameCodec.encode(new Frame.Send(1_000_000, 0, encoded), send);
        FrameCodec.encode(new Frame.Deliver(1, 1_000_000, 3_600_000, 1, 0, encoded), deliver);
    }

    /** Gives the buffers back. */
    @TearDown
    public void release() {
        encoded.release();
        send.release();
        deliver.release();
        out.release();
    }

    /** The client: the envelope, and the frame around it. */
    @Benchmark
    public ByteBuf encodeSend() {
        ByteBuf bytes = EnvelopeCodec.encode(envelope, ALLOCATOR);
        FrameCodec.encode(new Frame.Send(1_000_000, 0, bytes), out.clear());
        bytes.release();
        return out;
    }

    /** The relay: the frame, and the envelope's header. */
    @Benchmark
    public EnvelopeHeader decodeSend() {
        Frame.Send frame = (Frame.Send) decode(send);
        return EnvelopeCodec.inspect(frame.envelope());
    }

    /** The relay: the frame around the bytes of the store. */
    @Benchmark
    public ByteBuf encodeDeliver() {
        FrameCodec.encode(new Frame.Deliver(1, 1_000_000, 3_600_000, 1, 0, encoded), out.clear());
        return out;
    }

    /** The client: the frame, and the envelope. */
    @Benchmark
    public MessageEnvelope decodeDeliver() {
        Frame.Deliver frame = (Frame.Deliver) decode(deliver);
        return EnvelopeCodec.decode(frame.envelope(), 0);
    }

    private static Frame decode(ByteBuf bytes) {
        ByteBuf in = bytes.readerIndex(0);
        FrameCodec.Head head = FrameCodec.head(in, ENVELOPE_BYTES_MAX).orElseThrow();
        return FrameCodec.decode(head, in).orElseThrow();
    }
}
