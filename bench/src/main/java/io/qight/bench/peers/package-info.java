/**
 * Other systems, as {@code bench/compare} runs them: each {@link io.qight.bench.peers.Peer} says
 * how its server is started, and gives a sender and a receiver of its best client for Java. One
 * loop drives them all, and counts as {@code qight bench} does.
 *
 * <p>Nothing in the loop knows which system it drives. What a system needs to be fast is in its own
 * class, and is told by {@link io.qight.bench.peers.Peer#setUp}.
 */
@NullMarked
package io.qight.bench.peers;

import org.jspecify.annotations.NullMarked;
