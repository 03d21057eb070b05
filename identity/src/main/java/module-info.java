/** Who somebody is: keys, what they sign, and what is sealed for them. */
@org.jspecify.annotations.NullMarked
module io.qight.identity {
    requires static transitive org.jspecify;
    requires transitive io.qight.wire;
    requires org.bouncycastle.provider;

    exports io.qight.identity;
}
