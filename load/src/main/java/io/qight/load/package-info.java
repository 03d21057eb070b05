/**
 * The load generator behind {@code qight bench}: drives a relay that runs in another process, and a
 * raw echo beside it, and reports what it saw.
 *
 * <p>An open loop sends at a given rate and counts latency from the intended time of each send, so
 * that a stall is counted for all that it held up. What this machine does not tell is reported as
 * unknown, never guessed.
 *
 * <p>Senders and receivers are {@link io.qight.client.RelayClient}s of one process, each with its
 * own connection and its own threads; what they cost is part of what is measured.
 */
@NullMarked
package io.qight.load;

import org.jspecify.annotations.NullMarked;
