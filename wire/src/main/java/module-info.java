/** The words of the Qight protocols: envelopes, their codecs and the error table; no I/O. */
@org.jspecify.annotations.NullMarked
module io.qight.wire {
    requires static transitive org.jspecify;
    requires transitive io.netty.buffer;

    exports io.qight.wire;
    exports io.qight.wire.v0;
    exports io.qight.wire.v1;
}
