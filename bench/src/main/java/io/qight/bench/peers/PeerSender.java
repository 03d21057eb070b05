package io.qight.bench.peers;

import java.util.concurrent.CompletionStage;

/** One connection that sends, on one thread; it ends with the process. */
public interface PeerSender {
    /** Sends a message; done when the server has answered that it has it. */
    CompletionStage<?> send(byte[] payload);

    /** What was sent goes out now at the latest. */
    default void flush() {}
}
