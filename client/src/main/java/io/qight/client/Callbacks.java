package io.qight.client;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where futures complete and consumers run: never on an event loop, and always somewhere. Its queue
 * needs no bound: each open future puts at most one task there, each FETCH one more. Thread-safe.
 */
final class Callbacks implements Executor {
    private static final long IDLE_SECONDS = 10;

    private final Executor executor;

    /** Null if the executor is the user's. */
    private final @Nullable ExecutorService own;

    private Callbacks(Executor executor, @Nullable ExecutorService own) {
        this.executor = executor;
        this.own = own;
    }

    /** Uses the executor given, or a thread of its own, which is a daemon and ends when idle. */
    static Callbacks on(Optional<Executor> supplied) {
        if (supplied.isPresent()) {
            return new Callbacks(supplied.get(), null);
        }
        ThreadPoolExecutor own =
                new ThreadPoolExecutor(
                        1,
                        1,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Callbacks::thread);
        own.allowCoreThreadTimeOut(true);
        return new Callbacks(own, own);
    }

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            // It was shut down before its last future completed, which must complete all the same.
            ForkJoinPool.commonPool().execute(task);
        }
    }

    /** Lets an own thread end when it has run what it was given. */
    void close() {
        if (own != null) {
            own.shutdown();
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "qight-client-callbacks");
        thread.setDaemon(true);
        return thread;
    }
}
