/** The relay: sessions, the store's writer, delivery and expiry; to embed in any program. */
@org.jspecify.annotations.NullMarked
module io.qight.relay {
    requires static transitive org.jspecify;
    requires transitive io.qight.identity;
    requires transitive io.qight.store;
    requires transitive io.qight.transport;
    requires transitive io.qight.wire;
    requires transitive micrometer.core;
    requires com.fasterxml.jackson.core;
    requires io.netty.codec.classes.quic;
    requires io.netty.common;
    requires io.netty.transport;
    requires java.naming;
    requires org.slf4j;

    exports io.qight.relay;
    exports io.qight.relay.access;
}
