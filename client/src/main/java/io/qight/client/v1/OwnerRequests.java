package io.qight.client.v1;

import io.qight.client.RelayException;
import io.qight.wire.v1.Frame;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the owner of a key's mailbox asks the relay to keep: revocations and demands. Each is asked
 * again on the next connection until it is answered or given up; doing one twice changes nothing.
 */
public final class OwnerRequests {
    /** As many may be under way on a connection. */
    private static final int UNDER_WAY_MAX = 16;

    private record Request(Frame frame, CompletableFuture<Boolean> kept) {}

    private final Map<Long, Request> waiting = new LinkedHashMap<>();
    private final Set<Long> underWay = new HashSet<>();
    private long last;

    /**
     * Takes a request on.
     *
     * @param frame makes the frame with this number
     * @param kept completes with true when the relay keeps it
     */
    public void add(LongFunction<Frame> frame, CompletableFuture<Boolean> kept) {
        long number = ++last;
        waiting.put(number, new Request(frame.apply(number), kept));
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** The next frame to write, on a connection that is let in; null if there is none now. */
    @Nullable Frame poll() {
        if (waiting.isEmpty() || underWay.size() >= UNDER_WAY_MAX) {
            return null;
        }
        waiting.values().removeIf(request -> request.kept.isDone());
        for (Map.Entry<Long, Request> request : waiting.entrySet()) {
            if (underWay.add(request.getKey())) {
                return request.getValue().frame;
            }
        }
        return null;
    }

    /** The relay has answered. */
    void kept(Frame.Kept answer) {
        BadAnswer.unless(underWay.remove(answer.request()), "a KEPT that nobody asked for");
        Request request = waiting.remove(answer.request());
        if (request == null) {
            return;
        }
        if (answer.code() == 0) {
            request.kept.complete(true);
        } else {
            request.kept.completeExceptionally(
                    Refusal.of(answer.code(), answer.sentence()).exception());
        }
    }

    /** The connection is gone; what has no answer is asked again. */
    void lost() {
        underWay.clear();
    }

    /** All is over. */
    void close(RelayException why) {
        List<Request> all = List.copyOf(waiting.values());
        waiting.clear();
        all.forEach(request -> request.kept.completeExceptionally(why));
    }
}
