package io.qight.wire.v1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.RandomEnvelopes;
import io.qight.wire.Seeded;
import io.qight.wire.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CrossingTest {
    /** Of the heap, so that nothing needs releasing. */
    private static final ByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false);

    private static final long ACCEPTED_SECONDS = 1_700_000_000;

    @Test
    void goldenEnvelopesBecomeEachOther() {
        ByteBuf old = Unpooled.wrappedBuffer(golden("v0-envelopes.txt").bytes("whole"));
        ByteBuf now = Unpooled.wrappedBuffer(golden("v1-envelopes.txt").bytes("whole"));

        assertThat(Crossing.fromVersion0(old, ALLOCATOR)).contains(now);
        assertThat(Crossing.toVersion0(now, ACCEPTED_SECONDS, ALLOCATOR)).contains(old);
        assertThat(old.readerIndex()).isZero();
        assertThat(now.readerIndex()).isZero();
    }

    @Test
    void whateverFitsComesBackFromVersion1Unchanged() {
        Seeded.run(
                2_000,
                random -> {
                    MessageEnvelope envelope = RandomEnvelopes.any(random);
                    ByteBuf old = encode0(envelope);
                    Optional<ByteBuf> now = Crossing.fromVersion0(old, ALLOCATOR);

                    assertThat(now.isPresent()).isEqualTo(fitsVersion1(envelope));
                    now.ifPresent(bytes -> {
                        assertThat(Crossing.toVersion0(bytes, 1, ALLOCATOR)).contains(old);
                        assertThat(EnvelopeCodec.decode(bytes, 1)).isEqualTo(envelope);
                    });
                });
    }

    @Test
    void whatVersion0HasNoPlaceForIsLeftOut() {
        Seeded.run(
                2_000,
                random -> {
                    MessageEnvelope envelope = RandomEnvelopes.forMailbox(random);
                    Optional<ByteBuf> old =
                            Crossing.toVersion0(encode1(envelope), ACCEPTED_SECONDS, ALLOCATOR);

                    assertThat(old.isPresent()).isEqualTo(envelope.ttlMillis() > 0);
                    old.ifPresent(bytes -> assertThat(decode0(bytes)).isEqualTo(carried(envelope)));
                });
    }

    @Test
    void timeToLiveIsRoundedUpToSeconds() {
        assertThat(old(builder().ttlMillis(1)).ttlSeconds()).isEqualTo(1);
        assertThat(old(builder().ttlMillis(1_000)).ttlSeconds()).isEqualTo(1);
        assertThat(old(builder().ttlMillis(1_001)).ttlSeconds()).isEqualTo(2);
        assertThat(old(builder().ttlSeconds(0xFFFF_FFFFL)).ttlSeconds()).isEqualTo(0xFFFF_FFFFL);
    }

    @Test
    void headersAreDropped() {
        assertThat(old(builder().header("a", "1")).headers()).isEqualTo(Map.of());
    }

    @Test
    void envelopeWithoutTimeHasThatOfItsAcceptance() {
        ByteBuf now = Unpooled.wrappedBuffer(vector("no-timestamp").bytes("whole"));
        ByteBuf old = Crossing.toVersion0(now, ACCEPTED_SECONDS, ALLOCATOR).orElseThrow();

        assertThat(decode0(old).timestampSeconds()).isEqualTo(ACCEPTED_SECONDS);
    }

    @Test
    void sealedAndLiveOnlyEnvelopesStay() {
        for (String name : new String[] {"sealed", "sealed-collapse-key", "live-only"}) {
            ByteBuf now = Unpooled.wrappedBuffer(vector(name).bytes("whole"));
            assertThat(Crossing.toVersion0(now, 1, ALLOCATOR)).as(name).isEmpty();
        }
    }

    @Test
    void signedEnvelopeCrossesWithoutItsSignature() {
        ByteBuf now = Unpooled.wrappedBuffer(vector("signed").bytes("whole"));

        assertThat(Crossing.toVersion0(now, 1, ALLOCATOR)).isPresent();
    }

    @Test
    void envelopeThatGrowsBeyondTheLimitStays() {
        int most = 10_000_000 - 44 - 36 - "bob".length();
        ByteBuf now = encode1(builder().payload(new byte[most + 1]).build());

        assertThat(Crossing.toVersion0(now, 1, ALLOCATOR)).isEmpty();
        assertThat(old(builder().payload(new byte[most])).payloadBytes()).isEqualTo(most);
    }

    private static MessageEnvelope.Builder builder() {
        return MessageEnvelope.builder().recipient("bob").ttlSeconds(9);
    }

    private static MessageEnvelope old(MessageEnvelope.Builder builder) {
        ByteBuf now = encode1(builder.build());
        return decode0(Crossing.toVersion0(now, ACCEPTED_SECONDS, ALLOCATOR).orElseThrow());
    }

    /** What version 0 has a place for. */
    private static MessageEnvelope carried(MessageEnvelope envelope) {
        return MessageEnvelope.builder()
                .id(envelope.id())
                .sender(envelope.sender())
                .recipient(envelope.recipient())
                .timestampSeconds(envelope.timestampSeconds())
                .ttlSeconds(envelope.ttlSeconds())
                .payload(envelope.payload())
                .build();
    }

    private static boolean fitsVersion1(MessageEnvelope envelope) {
        try {
            return envelope.ttlMillis() > 0
                    && !new MailboxName(envelope.recipient()).value().isEmpty()
                    && envelope.sender().getBytes(StandardCharsets.UTF_8).length <= 255;
        } catch (ProtocolException e) {
            return false;
        }
    }

    private static Vectors.Case golden(String file) {
        return Vectors.of(file).findFirst().orElseThrow();
    }

    private static Vectors.Case vector(String name) {
        return Vectors.of("v1-envelopes.txt")
                .filter(vector -> vector.toString().equals(name))
                .findAny()
                .orElseThrow();
    }

    private static ByteBuf encode0(MessageEnvelope envelope) {
        return io.qight.wire.v0.EnvelopeCodec.encode(envelope, ALLOCATOR);
    }

    private static MessageEnvelope decode0(ByteBuf bytes) {
        return io.qight.wire.v0.EnvelopeCodec.decode(bytes.duplicate());
    }

    private static ByteBuf encode1(MessageEnvelope envelope) {
        return EnvelopeCodec.encode(envelope, ALLOCATOR);
    }
}
