/**
 * Version 1 at the relay. A {@link io.qight.relay.v1.StreamSession} has the rules of one stream and
 * is pure; {@link io.qight.relay.v1.FrameStream} makes frames of its bytes and bytes of its frames;
 * {@link io.qight.relay.v1.StreamingConnection} carries out what sessions want.
 *
 * <p>Everything of one connection happens on one event loop. Nothing here blocks, and nothing
 * touches the store.
 */
@NullMarked
package io.qight.relay.v1;

import org.jspecify.annotations.NullMarked;
