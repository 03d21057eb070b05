/** QUIC endpoints over Netty: TLS, connections, streams and the budget of bytes held for them. */
@org.jspecify.annotations.NullMarked
module io.qight.transport {
    requires static transitive org.jspecify;
    requires transitive io.qight.wire;
    requires transitive io.netty.buffer;
    requires transitive io.netty.transport;
    requires transitive io.netty.codec.classes.quic;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.transport.classes.epoll;
    requires io.netty.transport.unix.common;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.provider;
    requires org.slf4j;

    exports io.qight.transport;
}
