package io.qight.relay;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for what a thread of the relay answers to one that is not the relay's. */
final class Answers {
    private Answers() {}

    /**
     * The answer.
     *
     * @param late what is thrown when there is none in time, or the thread is interrupted
     */
    static <T> T await(CompletableFuture<T> answer, long millisMax, ErrorCode late) {
        try {
            return answer.get(millisMax, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ProtocolException(late);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ProtocolException refused) {
                throw refused;
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProtocolException(late);
        }
    }
}
