package io.qight.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where futures complete and consumers and handlers run: never on an event loop, and always
 * somewhere. Its queue needs no bound: each open future puts at most one task there, each FETCH and
 * each handler that may run one more. Thread-safe.
 */
final class Callbacks implements Executor {
    private static final long IDLE_SECONDS = 10;

    private final Executor executor;
    private final Executor handlers;

    /** Empty if the executor is the user's. */
    private final List<ExecutorService> own;

    /** What one turn of the event loop completes; touched by it alone. */
    private List<Runnable> batch = new ArrayList<>();

    private Callbacks(Executor executor, Executor handlers, List<ExecutorService> own) {
        this.executor = executor;
        this.handlers = handlers;
        this.own = own;
    }

    /** Uses the executor given, or threads of its own, which are daemons and end when idle. */
    static Callbacks on(Optional<Executor> supplied) {
        if (supplied.isPresent()) {
            return new Callbacks(supplied.get(), supplied.get(), List.of());
        }
        ThreadPoolExecutor one =
                new ThreadPoolExecutor(
                        1,
                        1,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        task -> thread(task, "qight-client-callbacks"));
        one.allowCoreThreadTimeOut(true);
        // As many threads as handlers may run: the subscriptions bound them.
        ThreadPoolExecutor many =
                new ThreadPoolExecutor(
                        0,
                        Integer.MAX_VALUE,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>(),
                        task -> thread(task, "qight-client-handler"));
        return new Callbacks(one, many, List.of(one, many));
    }

    @Override
    public void execute(Runnable task) {
        execute(executor, task);
    }

    /** Where handlers run. */
    Executor handlers() {
        return task -> execute(handlers, task);
    }

    /** Runs a task after this turn of the event loop, together with others; on the loop alone. */
    void later(Runnable task) {
        if (own.isEmpty()) {
            // Of a user's threads one may wait in its callback for what another completes.
            execute(task);
        } else {
            batch.add(task);
        }
    }

    /** The turn is over; on the event loop alone. */
    void flush() {
        if (!batch.isEmpty()) {
            List<Runnable> all = batch;
            batch = new ArrayList<>();
            execute(() -> all.forEach(Runnable::run));
        }
    }

    /** A future that completes on the executor as {@code from} does. */
    <T extends @Nullable Object> CompletableFuture<T> handOver(CompletableFuture<T> from) {
        CompletableFuture<T> future = new CompletableFuture<>();
        from.whenComplete((result, failure) ->
                execute(() -> {
                    if (failure == null) {
                        future.complete(result);
                    } else {
                        future.completeExceptionally(unwrapped(failure));
                    }
                }));
        return future;
    }

    /** Lets own threads end when they have run what they were given. */
    void close() {
        own.forEach(ExecutorService::shutdown);
    }

    /** What failed, where it came through a future that depends on another. */
    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    private static void execute(Executor executor, Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // It was shut down before its last future completed, which must complete all the same.
            ForkJoinPool.commonPool().execute(task);
        }
    }

    private static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }
}
