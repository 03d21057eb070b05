/**
 * Version 0 at the relay: {@link io.qight.relay.v0.Session} has the rules and is pure; {@link
 * io.qight.relay.v0.SeedConnection} and {@link io.qight.relay.v0.SeedStream} carry bytes to it and
 * carry out its effects, on the connection's event loop.
 *
 * <p>Everything of one connection happens on one event loop. Nothing here blocks, and nothing
 * touches the store.
 */
@NullMarked
package io.qight.relay.v0;

import org.jspecify.annotations.NullMarked;
