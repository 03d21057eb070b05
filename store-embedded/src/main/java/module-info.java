/** The default mailbox store: a segmented append log on a local disk. */
@org.jspecify.annotations.NullMarked
module io.qight.store.embedded {
    requires static transitive org.jspecify;
    requires transitive io.qight.store;
    requires org.slf4j;

    exports io.qight.store.embedded;
}
