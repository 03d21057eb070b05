package io.qight.cli;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

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
        Thread hook =
                new Thread(
                        () -> {
                            stop.run();
                            // Without the halt the exit code would tell of the signal.
                            Runtime.getRuntime().halt(end.await(patience));
                        },
                        "qight-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        end.exitCode.whenComplete((code, failure) -> {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException e) {
                // The hook runs, and was waiting for this.
            }
        });
        return end;
    }

    /** The command has ended. */
    void ended(int code) {
        exitCode.complete(code);
    }

    private int await(Duration patience) {
        return exitCode.completeOnTimeout(
                        Failures.FAILED, patience.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }
}
