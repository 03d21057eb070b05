/**
 * A hostile network for tests: {@link io.qight.testkit.RoughNetwork} stands between QUIC clients
 * and a relay and loses, delays, reorders, doubles, spoils and cuts what passes, by a script and by
 * a seed.
 *
 * <p>The same seed, script and arrivals of packets give the same fates. The arrivals themselves are
 * the operating system's and the peers' doing, so a whole run over real sockets is not repeated to
 * the packet.
 *
 * <pre>{@code
 * try (RoughNetwork network = RoughNetwork.before(relayAddress, seed)) {
 *     network.run("loss 20% for 5s; delay 50ms jitter 10ms; at 2s rebind");
 *     connectTo(network.address());
 *     network.cut(Duration.ofMillis(800));
 *     network.heal();
 * }
 * }</pre>
 */
@NullMarked
package io.qight.testkit;

import org.jspecify.annotations.NullMarked;
