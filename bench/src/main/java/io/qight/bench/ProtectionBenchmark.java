package io.qight.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.identity.EnvelopeReader;
import io.qight.identity.EnvelopeWriter;
import io.qight.identity.Identity;
import io.qight.identity.OpenedEnvelope;
import io.qight.identity.Protection;
import io.qight.identity.UnreadableEnvelope;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What one envelope's protection costs a sender's thread and a handler's: the same two keys each
 * time, and 128 bytes of payload.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ProtectionBenchmark {
    private static final int PAYLOAD_BYTES = 128;

    /** What is done for the envelope. */
    public enum Kind {
        /** Nothing: it is encoded alone. */
        PLAIN,

        /** Signed. */
        SIGNED,

        /** Signed and sealed. */
        SEALED
    }

    /** How it is protected. */
    @Param public Kind kind = Kind.PLAIN;

    private Protection protection = Protection.NONE;
    private MessageEnvelope envelope = MessageEnvelope.builder().recipient("bob").build();
    private EnvelopeWriter writer = new EnvelopeWriter(Optional.empty());
    private EnvelopeReader reader = new EnvelopeReader(Optional.empty());
    private ByteBuf written = Unpooled.EMPTY_BUFFER;

    /** Writes what is read. */
    @Setup
    public void write() {
        protection =
                switch (kind) {
                    case PLAIN -> Protection.NONE;
                    case SIGNED -> Protection.NONE.withSignature();
                    case SEALED -> Protection.NONE.withSignature().withSeal();
                };
        SecureRandom random = new SecureRandom();
        Identity receiver = Identity.generate(random);
        envelope =
                MessageEnvelope.builder()
                        .recipient(receiver.key().address())
                        .ttlSeconds(3_600)
                        .payload(new byte[PAYLOAD_BYTES])
                        .build();
        writer = new EnvelopeWriter(Optional.of(Identity.generate(random)));
        reader = new EnvelopeReader(Optional.of(receiver));
        written = Unpooled.wrappedBuffer(send());
    }

    /** The sender. */
    @Benchmark
    public byte[] send() {
        return writer.write(envelope, protection);
    }

    /** The receiver. */
    @Benchmark
    public OpenedEnvelope receive() throws UnreadableEnvelope {
        return reader.read(EnvelopeCodec.parts(written.duplicate()), 0);
    }
}
