package io.qight.client;

import java.time.Duration;
import java.util.Optional;

/** How a client stands with its relay. */
public sealed interface ClientState {
    /** It tries to reach the relay. */
    record Connecting() implements ClientState {}

    /** The relay has let it in. */
    record Connected(String relayName) implements ClientState {}

    /**
     * The relay is about to close the connection; the client finishes what is under way, and comes
     * back by itself.
     */
    record Draining(String sentence) implements ClientState {}

    /**
     * There is no connection; the client tries again by itself after {@code delay}.
     *
     * @param cause why the last connection ended, or did not come about
     */
    record Waiting(Duration delay, RelayException cause) implements ClientState {}

    /**
     * It is over: the program has closed the client, or the relay will not have it.
     *
     * @param cause empty if the program closed it
     */
    record Closed(Optional<RelayException> cause) implements ClientState {}
}
