/**
 * Many clients and a relay in one thread and in virtual time, drawn from a seed: the client
 * library's own rules ({@code Outbox}, {@code Subscribed}, {@code Control}), the relay's own
 * sessions, writer and dispatcher, over the model store, and a network that loses, delays and
 * reorders. {@link io.qight.simulation.SimulationTest} runs it.
 *
 * <p>QUIC repairs lost packets, so what is lost here is what QUIC cannot repair: a stream or a
 * connection, with all that was on its way. Sockets, bytes, threads and disks are not here; tests
 * with real processes have them.
 */
@NullMarked
package io.qight.simulation;

import org.jspecify.annotations.NullMarked;
