/**
 * Whether a relay kept its promises: a test records what it did and saw in a {@link
 * io.qight.testkit.promises.History}, and {@link io.qight.testkit.promises.PromiseChecker} names
 * what cannot be.
 *
 * <p>The checker never cries wolf if what is recorded is true and the {@linkplain
 * io.qight.testkit.promises.Bounds bounds} hold: where either outcome is right (no receipt came, a
 * connection was lost, the relay crashed, something was under way) it accepts both. What follows
 * from that it may miss; the narrower the bounds, the less.
 *
 * <p>Live-only envelopes are outside of it. So are weaker durabilities than {@code fsync} once a
 * machine, not a process, dies.
 *
 * <pre>{@code
 * History history = History.ofRealTime(Bounds.defaults());
 * history.sending("alice", 1, "bob", payloadHash, 60_000);
 * client.send(...).thenRun(() -> history.receipt("alice", 1, Outcome.STORED));
 * ...
 * history.drained("bob");
 * assertThat(PromiseChecker.check(history)).isEmpty();
 * }</pre>
 */
@NullMarked
package io.qight.testkit.promises;

import org.jspecify.annotations.NullMarked;
