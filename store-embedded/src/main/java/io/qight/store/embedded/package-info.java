/**
 * The default mailbox store: a segmented append log on a local disk, {@link
 * io.qight.store.embedded.EmbeddedStore}.
 *
 * <p>What a commit returned survives kill -9 and loss of power at durability {@code FSYNC}. One
 * process has the directory at a time. Every byte of the files is described in {@code
 * docs/store-format.md}.
 *
 * <p>Its index is in memory, about 30 bytes for a waiting envelope, outside the Java heap: the
 * JVM's {@code -XX:MaxDirectMemorySize} bounds how many can wait.
 */
@NullMarked
package io.qight.store.embedded;

import org.jspecify.annotations.NullMarked;
