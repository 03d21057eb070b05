/**
 * The admin socket: questions of the same machine's operator, answered with JSON. It has a thread
 * of its own and is in nobody's way.
 */
@NullMarked
package io.qight.relay.admin;

import org.jspecify.annotations.NullMarked;
