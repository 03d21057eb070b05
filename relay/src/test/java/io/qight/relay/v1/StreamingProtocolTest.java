package io.qight.relay.v1;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameCodec;
import io.qight.wire.v1.Id;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** By which bytes version 1 is known before it is agreed. */
final class StreamingProtocolTest {
    @Test
    void helloBeginsVersion1WhateverItsSize() {
        for (int token : new int[] {0, 50, 200, 4096}) {
            ByteBuf hello = encoded(hello(token));
            assertThat(StreamingProtocol.begins(hello)).isTrue();
            assertThat(StreamingProtocol.begins(hello.readSlice(4))).isTrue();
        }
    }

    @Test
    void typeMustBeThere() {
        ByteBuf hello = encoded(hello(4096));
        assertThat(StreamingProtocol.begins(hello.slice(0, 2))).isFalse();
        assertThat(StreamingProtocol.begins(hello.slice(0, 3))).isTrue();
    }

    @Test
    void otherFramesDoNotBeginIt() {
        assertThat(StreamingProtocol.begins(encoded(new Frame.Ping(1)))).isFalse();
        assertThat(StreamingProtocol.begins(encoded(new Frame.Outbox(new Id(1, 2), 1, 1, 0, 0))))
                .isFalse();
        assertThat(StreamingProtocol.begins(Unpooled.wrappedBuffer(new byte[] {0, 1}))).isFalse();
        assertThat(StreamingProtocol.begins(Unpooled.wrappedBuffer(new byte[] {-1, -1, -1, -1})))
                .isFalse();
    }

    @Test
    void noRequestOfVersion0Begins() {
        for (String verb : new String[] {"HELLO ", "HELLO\n", "FETCH "}) {
            for (int next = 0; next < 256; next++) {
                ByteBuf request = Unpooled.copiedBuffer(verb, US_ASCII).writeByte(next);
                assertThat(StreamingProtocol.begins(request.writeZero(20))).isFalse();
            }
        }
        for (int length = 0; length < 1 << 24; length += 1021) {
            ByteBuf request = Unpooled.buffer().writeBytes("SEND".getBytes(US_ASCII));
            assertThat(StreamingProtocol.begins(request.writeInt(length).writeZero(20))).isFalse();
        }
    }

    private static Frame.Hello hello(int tokenBytes) {
        return new Frame.Hello("me", 0, ByteBuffer.allocate(0), ByteBuffer.allocate(tokenBytes));
    }

    private static ByteBuf encoded(Frame frame) {
        ByteBuf bytes = Unpooled.buffer();
        FrameCodec.encode(frame, bytes);
        return bytes;
    }
}
