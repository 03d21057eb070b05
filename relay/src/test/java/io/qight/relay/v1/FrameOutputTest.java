package io.qight.relay.v1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameOutputTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 50, 58, 16_370, 16_384, 5_000_000})
    void frontAndEnvelopeAreTheWholeFrame(int bytes) {
        ByteBuf envelope = Unpooled.buffer(bytes).writeZero(bytes);
        Frame.Deliver deliver = new Frame.Deliver(1, 70_000, 3_600_000, 1, 0, envelope);
        ByteBuf whole = Unpooled.buffer();
        FrameCodec.encode(deliver, whole);
        ByteBuf parts = Unpooled.buffer();
        FrameOutput.encodeFront(deliver, parts);
        parts.writeBytes(envelope.duplicate());
        assertThat(parts).isEqualTo(whole);
    }
}
