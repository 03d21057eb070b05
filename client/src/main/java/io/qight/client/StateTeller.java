package io.qight.client;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells states to a listener one after the other, also on an executor of many threads. */
final class StateTeller implements Consumer<ClientState> {
    private final Consumer<ClientState> listener;
    private final Executor executor;
    private final Queue<ClientState> waiting = new ArrayDeque<>();
    private boolean telling;

    StateTeller(Consumer<ClientState> listener, Executor executor) {
        this.listener = listener;
        this.executor = executor;
    }

    @Override
    public synchronized void accept(ClientState state) {
        waiting.add(state);
        if (!telling) {
            telling = true;
            executor.execute(this::tell);
        }
    }

    private void tell() {
        try {
            for (ClientState next = next(); next != null; next = next()) {
                listener.accept(next);
            }
        } catch (RuntimeException | Error e) {
            // The listener's own affair; the next state is told all the same.
            executor.execute(this::tell);
            throw e;
        }
    }

    private synchronized @Nullable ClientState next() {
        ClientState next = waiting.poll();
        telling = next != null;
        return next;
    }
}
