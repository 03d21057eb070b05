package io.qight.cli;

import io.qight.client.Receipt;
import io.qight.client.RelayClient;
import io.qight.client.RelayException;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends each line as a message, many at a time: at most {@value #UNDER_WAY_MAX} and 32 MiB have no
 * receipt yet. It ends early when the relay cannot be reached any more, or takes nothing, and at
 * {@link #stop}.
 */
final class LineSender {
    private static final int UNDER_WAY_MAX = 8_192;
    private static final int UNDER_WAY_BYTES_MAX = 32 << 20;

    /** How many refusals are told one by one. */
    private static final int TOLD_MAX = 5;

    private final RelayClient client;
    private final Function<byte[], MessageEnvelope> envelopes;
    private final Optional<Output> json;
    private final Semaphore underWay = new Semaphore(UNDER_WAY_MAX);
    private final Semaphore underWayBytes = new Semaphore(UNDER_WAY_BYTES_MAX);
    private final Map<ErrorCode, Long> refused = new EnumMap<>(ErrorCode.class);
    private long read;
    private long stored;
    private boolean givenUp;
    private boolean stopped;

    /** What was told at the end. */
    private @Nullable Integer exitCode;

    private @Nullable IOException outputFailure;

    /**
     * Nothing is sent yet.
     *
     * @param json where each line's outcome is told, if it is
     */
    LineSender(
            RelayClient client,
            Function<byte[], MessageEnvelope> envelopes,
            Optional<Output> json) {
        this.client = client;
        this.envelopes = envelopes;
        this.json = json;
    }

    /** Sends all, says what became of it, and gives the exit code. */
    int send(InputStream in, String mailbox) throws IOException, InterruptedException {
        LineReader lines = new LineReader(in);
        Progress progress = Progress.start(this::progress);
        try {
            Optional<byte[]> line = lines.next();
            for (; line.isPresent() && goesOn(); line = lines.next()) {
                send(line.get());
            }
            underWay.acquire(UNDER_WAY_MAX);
            underWay.release(UNDER_WAY_MAX);
        } finally {
            progress.end();
        }
        return tell(mailbox);
    }

    /**
     * Sends no more, waits for the receipts that are under way, says what became of all, and gives
     * the exit code. From another thread than {@link #send}, which may hang in reading.
     */
    int stop(String mailbox, Duration patience) {
        synchronized (this) {
            stopped = true;
        }
        try {
            underWay.tryAcquire(UNDER_WAY_MAX, patience.toMillis(), TimeUnit.MILLISECONDS);
            Progress.clear();
            return tell(mailbox);
        } catch (IOException | InterruptedException e) {
            return Failures.FAILED;
        }
    }

    private void send(byte[] line) throws InterruptedException {
        MessageEnvelope envelope = envelopes.apply(line);
        int bytes = Math.min(line.length + 1024, UNDER_WAY_BYTES_MAX);
        underWay.acquire();
        underWayBytes.acquire(bytes);
        long number = next();
        client.sendAsync(envelope)
                .whenComplete((receipt, failure) -> {
                    answered(number, envelope, receipt, failure);
                    underWayBytes.release(bytes);
                    underWay.release();
                });
    }

    private synchronized long next() {
        return ++read;
    }

    private synchronized boolean goesOn() {
        return !givenUp && !stopped && outputFailure == null;
    }

    private synchronized void answered(
            long line,
            MessageEnvelope envelope,
            @Nullable Receipt receipt,
            @Nullable Throwable failure) {
        String outcome = "stored";
        if (receipt != null) {
            stored++;
            outcome = receipt instanceof Receipt.Duplicate ? "duplicate" : outcome;
        } else if (failure instanceof RelayException why) {
            outcome = why.code().token();
            refused(line, why);
        } else {
            throw new IllegalStateException(failure);
        }
        try {
            if (json.isPresent()) {
                String told = outcome;
                json.get()
                        .jsonLine(object ->
                                object.number("line", line)
                                        .text("id", envelope.id())
                                        .text("outcome", told));
                if (stored + refusals() == read) {
                    json.get().flush();
                }
            }
        } catch (IOException e) {
            outputFailure = e;
        }
    }

    private void refused(long line, RelayException why) {
        long before = refusals();
        refused.merge(why.code(), 1L, Long::sum);
        // What says nothing of this envelope would be said of all that follow too.
        givenUp |=
                !why.code().fromRelay()
                        || why.code() == ErrorCode.INTERNAL
                        || why.code() == ErrorCode.DRAINING;
        if (before < TOLD_MAX) {
            Progress.clear();
            Failures.say("line " + line + ": " + why.sentence() + " (" + why.code().token() + ")");
        }
    }

    private synchronized String progress() {
        return stored + " of " + read + " lines stored, " + refusals() + " refused";
    }

    private long refusals() {
        return refused.values().stream().mapToLong(Long::longValue).sum();
    }

    private synchronized int tell(String mailbox) throws IOException {
        if (outputFailure != null) {
            throw outputFailure;
        }
        if (exitCode == null) {
            if (json.isPresent()) {
                json.get().flush();
            }
            say(mailbox);
            exitCode = exitCode();
        }
        return exitCode;
    }

    private void say(String mailbox) {
        StringBuilder summary = new StringBuilder(stopped ? "interrupted: " : "");
        summary.append("stored ").append(stored).append(" of ").append(read);
        summary.append(" lines for ").append(mailbox);
        refused.forEach((code, count) ->
                summary.append("; ").append(count).append(" refused as ").append(code.token()));
        long unknown = read - stored - refusals();
        if (unknown > 0) {
            summary.append("; ").append(unknown).append(" not known");
        }
        if (givenUp) {
            summary.append("; gave up, and did not read on");
        }
        Failures.say(summary.toString());
    }

    private int exitCode() {
        if (stopped) {
            return Failures.INTERRUPTED;
        }
        if (refused.isEmpty()) {
            return Failures.DONE;
        }
        boolean retryable = refused.keySet().stream().allMatch(ErrorCode::retryable);
        return retryable ? Failures.RETRY : Failures.FAILED;
    }
}
