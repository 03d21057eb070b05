/** What a mailbox store is: its contract, and a model of it in memory. */
@org.jspecify.annotations.NullMarked
module io.qight.store {
    requires static transitive org.jspecify;
    requires transitive io.qight.wire;

    exports io.qight.store;
}
