package io.qight.cli;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/** Lets a command that runs until it is stopped end in order at SIGINT and SIGTERM. */
final class EndWithProcess {
    private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();

    private EndWithProcess() {}

    /**
     * From now on a signal stops the command, and the process ends when it has ended.
     *
     * @param stop tells the command to end
     * @param patience how long that may take
     */
    static EndWithProcess watch(Runnable stop, Duration patience) {
        EndWithProcess end = new EndWithProcess();
        end.watch(() -> {
            stop.run();
            return end.await(patience);
        });
        return end;
    }

    /**
     * From now on a signal ends the process with the exit code that the last work gives; the
     * command itself may hang, in reading say, and so may the work.
     *
     * @param patience how long the work may take
     */
    static EndWithProcess after(IntSupplier lastWork, Duration patience) {
        EndWithProcess end = new EndWithProcess();
        end.watch(() ->
                CompletableFuture.supplyAsync(lastWork::getAsInt)
                        .completeOnTimeout(
                                Failures.INTERRUPTED, patience.toMillis(), TimeUnit.MILLISECONDS)
                        .join());
        return end;
    }

    /** The command has ended. */
    void ended(int code) {
        exitCode.complete(code);
    }

    private void watch(IntSupplier lastWork) {
        // Without the halt the exit code would tell of the signal.
        Thread hook =
                new Thread(() -> Runtime.getRuntime().halt(lastWork.getAsInt()), "qight-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        exitCode.whenComplete((code, failure) -> {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The hook runs, and was waiting for this.
            }
        });
    }

    private int await(Duration patience) {
        return exitCode.completeOnTimeout(
                        Failures.FAILED, patience.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
