/** What users' tests need: a rough network to stand before a relay, and a checker of promises. */
@org.jspecify.annotations.NullMarked
module io.qight.testkit {
    requires static transitive org.jspecify;

    exports io.qight.testkit;
    exports io.qight.testkit.promises;
}
