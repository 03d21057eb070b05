package io.qight.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SharedPortTest {
    private static final int SHORT = 0x40;
    private static final int LONG = 0xC0;

    private final SharedPort port = new SharedPort(2);
    private final EmbeddedChannel first = new EmbeddedChannel(port.socket(0));
    private final EmbeddedChannel second = new EmbeddedChannel(port.socket(1));

    private static DatagramPacket datagram(int header, int number, int bytes) {
        ByteBuf content = Unpooled.buffer(bytes).writeZero(bytes);
        if (bytes > 0) {
            content.setByte(0, header);
        }
        if (bytes > 1) {
            content.setByte(1, number);
        }
        return new DatagramPacket(content, Rig.loopback(1), Rig.loopback(2));
    }

    private static @Nullable DatagramPacket read(EmbeddedChannel channel) {
        return channel.readInbound();
    }

    @Test
    void datagramGoesToTheSocketThatItsConnectionIdNames() {
        DatagramPacket own = datagram(SHORT, 0, 100);
        DatagramPacket foreign = datagram(SHORT, 1, 100);
        first.writeInbound(own, foreign);
        assertThat(read(first)).isSameAs(own);
        assertThat(read(first)).isNull();
        second.runPendingTasks();
        assertThat(read(second)).isSameAs(foreign);
    }

    @Test
    void connectionIdNamesItsSocketAndIsRandomBeyondThat() {
        ByteBuffer id = port.connectionIds(1).newId(SharedPort.ID_BYTES);
        assertThat(id.remaining()).isEqualTo(SharedPort.ID_BYTES);
        assertThat(id.get(0)).isEqualTo((byte) 1);
        assertThat(port.connectionIds(1).newId(id, SharedPort.ID_BYTES)).isNotEqualTo(id);
    }

    @Test
    void firstPacketsAndUnknownNumbersStayWhereTheyCame() {
        DatagramPacket handshake = datagram(LONG, 1, 1200);
        DatagramPacket unknown = datagram(SHORT, 200, 100);
        first.writeInbound(handshake, unknown);
        assertThat(read(first)).isSameAs(handshake);
        assertThat(read(first)).isSameAs(unknown);
        second.runPendingTasks();
        assertThat(read(second)).isNull();
    }

    @Test
    void runtsAreDroppedAndReleased() {
        for (int bytes = 0; bytes <= SharedPort.ID_BYTES; bytes++) {
            DatagramPacket runt = datagram(SHORT, 1, bytes);
            first.writeInbound(runt);
            assertThat(runt.refCnt()).isZero();
        }
        DatagramPacket shortest = datagram(SHORT, 0, SharedPort.ID_BYTES + 1);
        first.writeInbound(shortest);
        assertThat(read(first)).isSameAs(shortest);
    }

    @Test
    void whatWaitsForAnotherEventLoopIsBounded() {
        List<DatagramPacket> sent = new ArrayList<>();
        for (int i = 0; i < SharedPort.PASSED_MAX + 10; i++) {
            DatagramPacket datagram = datagram(SHORT, 1, 100);
            sent.add(datagram);
            first.writeInbound(datagram);
        }
        assertThat(sent).filteredOn(datagram -> datagram.refCnt() == 0).hasSize(10);
        second.runPendingTasks();
        assertThat(second.inboundMessages()).hasSize(SharedPort.PASSED_MAX);
        first.writeInbound(datagram(SHORT, 1, 100));
        second.runPendingTasks();
        assertThat(second.inboundMessages()).hasSize(SharedPort.PASSED_MAX + 1);
    }

    @Test
    void whatWasPassedEndsWithOneReadComplete() {
        List<String> events = new ArrayList<>();
        second.pipeline()
                .addLast(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext context, Object message) {
                                events.add("read");
                            }

                            @Override
                            public void channelReadComplete(ChannelHandlerContext context) {
                                events.add("complete");
                            }
                        });
        first.writeInbound(datagram(SHORT, 1, 100), datagram(SHORT, 1, 100));
        second.runPendingTasks();
        assertThat(events).containsExactly("read", "read", "complete");
    }

    @Test
    void closedSocketReleasesWhatItWasPassed() {
        DatagramPacket before = datagram(SHORT, 1, 100);
        first.writeInbound(before);
        second.pipeline().removeFirst();
        assertThat(before.refCnt()).isZero();
        DatagramPacket after = datagram(SHORT, 1, 100);
        first.writeInbound(after);
        assertThat(read(first)).as("nobody else wants it").isSameAs(after);
    }
}
