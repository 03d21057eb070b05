package io.qight.client;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A calling thread that waits for its answer. It needs no executor to get it, so it may be a
 * callback's own thread; what it gives out as an {@link Executor} runs on it while it waits.
 */
final class Waiting implements Executor {
    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    /**
     * The result, or what the future failed with.
     *
     * @param giveUp runs if the thread is interrupted, which stays marked so
     * @throws CancellationException if the thread is interrupted
     */
    static <T> T forResult(CompletableFuture<T> future, Runnable giveUp) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            throw interrupted(giveUp);
        } catch (ExecutionException e) {
            throw thrown(e);
        }
    }

    /** As {@link #forResult}; meanwhile the thread runs the tasks it is given. */
    <T> T runningTasks(CompletableFuture<T> future, Runnable giveUp) {
        future.whenComplete((result, failure) -> execute(() -> {}));
        try {
            while (!future.isDone()) {
                tasks.take().run();
            }
        } catch (InterruptedException e) {
            throw interrupted(giveUp);
        }
        return forResult(future, giveUp);
    }

    private static CancellationException interrupted(Runnable giveUp) {
        giveUp.run();
        Thread.currentThread().interrupt();
        return new CancellationException(
                "the thread was interrupted while it waited for the relay");
    }

    /** A failure of the relay's with this thread's stack; a consumer's own as it is. */
    private static RuntimeException thrown(ExecutionException failure) {
        Throwable cause = failure.getCause();
        if (cause instanceof RelayException known) {
            return known.thrownHere();
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException known ? known : new IllegalStateException(failure);
    }
}
