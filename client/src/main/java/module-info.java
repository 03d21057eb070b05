/** The library that programs embed to send to and receive from a Qight relay. */
@org.jspecify.annotations.NullMarked
module io.qight.client {
    requires static transitive org.jspecify;
    requires transitive io.qight.identity;
    requires transitive io.qight.wire;
    requires transitive io.qight.transport;
    requires io.netty.buffer;
    requires io.netty.codec;
    requires io.netty.codec.classes.quic;
    requires io.netty.common;
    requires io.netty.transport;

    exports io.qight.client;
}
