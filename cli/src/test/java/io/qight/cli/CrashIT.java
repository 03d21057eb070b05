package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.client.ClientConfig;
import io.qight.client.RelayException;
import io.qight.client.SeedClient;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * A relay in a process of its own, on disk, killed by SIGKILL at random moments while clients send
 * and fetch; what the clients were told is held against what they find after each restart.
 *
 * <p>{@code -Dqight.crash.rounds=N} sets how often, {@code -Dqight.seed=N} repeats a run's choices.
 */
class CrashIT {
    private static final int ROUNDS = Integer.getInteger("qight.crash.rounds", 25);
    private static final long SEED = Long.getLong("qight.seed", System.nanoTime());
    private static final int SENDERS = 3;
    private static final int FETCHERS = 2;
    private static final int MAILBOXES = 6;
    private static final int IN_FLIGHT = 16;
    private static final int LOAD_MILLIS_MAX = 900;
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** What a failure leaves behind is kept, to be looked at. */
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path home;

    private final CrashLedger ledger = new CrashLedger();
    private final Random random = new Random(SEED);
    private final Set<SeedClient> clients = ConcurrentHashMap.newKeySet();

    @Test
    void whatWasAnsweredSurvivesSigkill() throws Exception {
        // Small segments, so that new ones, dead ones and copies happen in every run.
        Program qight = new Program(home);
        for (int round = 0; round < ROUNDS; round++) {
            try (RunningRelay relay = RunningRelay.start(qight, "--segment", "1MiB")) {
                if (random.nextInt(5) > 0) {
                    drain(relay);
                    load(relay, round);
                }
                relay.kill();
                ledger.killed();
            } catch (AssertionError | Exception e) {
                throw new AssertionError(
                        "round " + round + " of -Dqight.seed=" + SEED + ", see " + home, e);
            }
        }
        try (RunningRelay relay = RunningRelay.start(qight, "--segment", "1MiB")) {
            drain(relay);
            assertThat(relay.terminate()).isZero();
        } catch (AssertionError | Exception e) {
            throw new AssertionError("the end of -Dqight.seed=" + SEED, e);
        }
        System.out.println("CrashIT: " + ROUNDS + " rounds, " + ledger + ", seed " + SEED);
        ledger.requireLoad();
    }

    /** Fetches every mailbox until it is empty, then holds all that was promised against it. */
    private void drain(RunningRelay relay) throws Exception {
        try (SeedClient client = connect(relay)) {
            for (int mailbox = 0; mailbox < MAILBOXES; mailbox++) {
                List<MessageEnvelope> answer = client.fetch("m" + mailbox);
                while (!answer.isEmpty()) {
                    ledger.received(answer);
                    answer = client.fetch("m" + mailbox);
                }
            }
        }
        for (int mailbox = 0; mailbox < MAILBOXES; mailbox++) {
            awaitRemoved("m" + mailbox);
        }
        ledger.removed();
        ledger.requireNothingLost();
    }

    /** The store counts what its commits have made durable, and nothing else. */
    private void awaitRemoved(String mailbox) throws Exception {
        long deadlineNanos = System.nanoTime() + TIMEOUT.toNanos();
        while (!"0".equals(stat(mailbox).get("waiting"))) {
            assertThat(System.nanoTime()).as(mailbox + " is removed").isLessThan(deadlineNanos);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private Map<String, String> stat(String mailbox) throws IOException {
        return AdminAnswer.ask(home.resolve("data"), "stat " + mailbox).fields();
    }

    private void load(RunningRelay relay, int round) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(SENDERS + FETCHERS);
        List<Future<?>> ends = new ArrayList<>();
        for (int i = 0; i < SENDERS; i++) {
            String name = "r" + round + "s" + i;
            long seed = random.nextLong();
            ends.add(threads.submit(() -> send(relay, name, new Random(seed))));
        }
        for (int i = 0; i < FETCHERS; i++) {
            // Each fetcher has mailboxes of its own, and the last ones have none: a backlog stays.
            int mailbox = i * 2;
            ends.add(threads.submit(() -> fetch(relay, mailbox)));
        }
        threads.shutdown();
        // The one moment that matters is a random one: there is no condition to wait for.
        threads.awaitTermination(random.nextInt(LOAD_MILLIS_MAX), TimeUnit.MILLISECONDS);
        relay.kill();
        // Else they wait for a relay that says nothing any more until their time is over.
        clients.parallelStream().forEach(SeedClient::close);
        clients.clear();
        for (Future<?> end : ends) {
            // Longer than a connect or a request by itself, whose own end is the clearer one.
            end.get(2 * TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        }
    }

    private void send(RunningRelay relay, String name, Random choices) {
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        try (SeedClient client = connect(relay)) {
            for (int n = 0; relay.process().isAlive(); n++) {
                MessageEnvelope envelope =
                        MessageEnvelope.builder()
                                .id(name + "n" + n)
                                .recipient("m" + choices.nextInt(MAILBOXES))
                                .payload(payload(choices))
                                .build();
                ledger.sending(envelope);
                waiting.add(client.sendAsync(envelope).thenRun(() -> ledger.stored(envelope.id())));
                if (waiting.size() == IN_FLIGHT) {
                    waiting.remove(0).get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
                }
            }
        } catch (RelayException | ExecutionException | CancellationException e) {
            // The relay was killed, which is what ends every sender.
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private void fetch(RunningRelay relay, int firstMailbox) {
        try (SeedClient client = connect(relay)) {
            for (int n = 0; relay.process().isAlive(); n++) {
                ledger.received(client.fetch("m" + (firstMailbox + n % 2)));
            }
        } catch (RelayException | CancellationException e) {
            // The relay was killed, which is what ends every fetcher.
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] payload(Random choices) {
        byte[] payload = new byte[choices.nextInt(choices.nextInt(20) == 0 ? 200_000 : 2_000)];
        choices.nextBytes(payload);
        return payload;
    }

    private SeedClient connect(RunningRelay relay) throws Exception {
        ClientConfig config =
                ClientConfig.defaults()
                        .withConnectTimeout(TIMEOUT)
                        .withRequestTimeout(TIMEOUT)
                        .withTrust(Trust.file(home.resolve("data").resolve("relay-cert.pem")));
        SeedClient client = SeedClient.connect(relay.address(), config);
        clients.add(client);
        if (!relay.process().isAlive()) {
            // It came too late for load to close it with the others.
            client.close();
        }
        return client;
    }
}
