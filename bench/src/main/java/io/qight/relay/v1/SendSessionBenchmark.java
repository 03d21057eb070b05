package io.qight.relay.v1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.bench.Envelopes;
import io.qight.identity.Grant;
import io.qight.identity.IdentityKey;
import io.qight.relay.access.Access;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.ReceiptOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What the rules of a SEND stream take for each envelope, in groups as one read brings them: judged
 * and handed to the writer, and its receipt. In the session's package, since that is not public.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SendSessionBenchmark {
    private static final int GROUP = 64;
    private static final ReceiptOutcome STORED = new ReceiptOutcome.Stored(1);

    private static final ConnectionLimits LIMITS =
            ControlSettings.limits(Duration.ofDays(30), Duration.ofSeconds(30));

    private final ByteBuf envelope =
            EnvelopeCodec.encode(Envelopes.of("bob", 128), UnpooledByteBufAllocator.DEFAULT);
    private final SendSession session = new SendSession(LIMITS, new Stranger());
    private long number;

    /** Opens the outbox. */
    @Setup
    public void open() {
        session.step(new Input.Frames(List.of(new Frame.Outbox(new Id(1, 2), 1, 2, 3, 4))), 0);
    }

    /** Gives the envelope's bytes back. */
    @TearDown
    public void release() {
        envelope.release();
    }

    /** A group in, its receipts out. */
    @Benchmark
    @OperationsPerInvocation(GROUP)
    public void sendsAndReceipts(Blackhole out) {
        List<Frame> frames = new ArrayList<>(GROUP);
        for (int i = 0; i < GROUP; i++) {
            frames.add(new Frame.Send(++number, 0, envelope));
        }
        out.consume(session.step(new Input.Frames(frames), 1_000_000));
        Input receipts = new Input.Receipts(1, List.of(new ReceiptRun(GROUP, STORED)));
        out.consume(session.step(receipts, 1_000_001));
    }

    /** A client that has proved nothing. */
    private static final class Stranger implements Standing {
        @Override
        public Access access() {
            return Access.everything();
        }

        @Override
        public Optional<IdentityKey> identity() {
            return Optional.empty();
        }

        @Override
        public Optional<ReceiptSigner> signer() {
            return Optional.empty();
        }

        @Override
        public Grant grant(Frame.Grant frame, Id outbox) {
            throw new IllegalStateException("it has no grant");
        }
    }
}
