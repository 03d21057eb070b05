package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.client.Delivery;
import io.qight.client.RelayClient;
import io.qight.client.SubscribeOptions;
import io.qight.store.embedded.StoreCheck;
import io.qight.testkit.PacketEvent;
import io.qight.testkit.RoughNetwork;
import io.qight.testkit.promises.Bounds;
import io.qight.testkit.promises.History;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The relay's promises, held against what real processes did: a relay that is killed by SIGKILL
 * again and again, receivers and senders that end without a word, and a network that loses, delays,
 * reorders, is cut and rebinds.
 *
 * <p>{@code -Dqight.seed=N} repeats a run's choices, though not its moments; {@code
 * -Dqight.effort=N} kills N times as often.
 */
@Timeout(600)
@SuppressWarnings("NullAway.Init") // the test makes them first
class PromisesIT {
    private static final long SEED = Long.getLong("qight.seed", System.nanoTime());
    private static final int ROUNDS = 3 * Integer.getInteger("qight.effort", 1);
    private static final List<String> MAILBOXES = List.of("m0", "m1", "m2", "m3");
    private static final int WINDOW = 16;
    private static final int HELD_MAX = 8;
    private static final Duration LONG_TTL = Duration.ofMinutes(30);
    private static final Duration SHORT_TTL = Duration.ofMillis(1_500);

    /**
     * Clients ping after a second of silence, and give a connection up 3 s later; what arrives at
     * all has then arrived within 10 s. The way of a delivery comes on top of its deadline.
     */
    private static final Bounds BOUNDS = new Bounds(30_000, 10_000, 10_000, 10_000, 5);

    /** What a failure leaves behind is kept, to be looked at. */
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path home;

    private final Random random = new Random(SEED);
    private final Recorder recorder = new Recorder(History.ofRealTime(BOUNDS));
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Program qight;
    private RunningRelay relay;
    private RoughNetwork network;
    private int names;

    @Test
    void promisesAreKeptWhateverEnds() throws Exception {
        // Crashes of the relay as users run it.
        qight = new Program(home).asInstalled();
        relay = RunningRelay.start(qight, "--segment", "1MiB");
        network = RoughNetwork.before(relayAddress(), SEED);
        try {
            List<Sender> senders = List.of(new Sender(), new Sender());
            List<Receiver> receivers = List.of(new Receiver(), new Receiver());
            for (int round = 0; round < ROUNDS; round++) {
                round(round);
            }
            network.heal();
            for (Sender sender : senders) {
                sender.finish();
            }
            for (Receiver receiver : receivers) {
                receiver.client.close();
            }
            drain();
            recorder.requirePromisesKept();
            requireLoad();
        } catch (AssertionError | Exception e) {
            throw new AssertionError("-Dqight.seed=" + SEED + ", see " + home, e);
        } finally {
            for (AutoCloseable one : open) {
                one.close();
            }
            threads.shutdownNow();
            network.close();
            relay.close();
        }
    }

    /** Some weather, some newcomers, and sudden ends: of them and of the relay, in any order. */
    private void round(int round) throws Exception {
        network.heal();
        network.run(round == 0 ? "loss 20%; reorder 10%; delay 100ms jitter 100ms" : weather());
        Sender sender = new Sender();
        Receiver receiver = new Receiver();
        ReceiverProcess process = receiverProcess();
        long enough = recorder.acked() + 50 + random.nextInt(200);
        Conditions.await(
                "acks, and a delivery to a process, in round " + round,
                () -> recorder.acked() >= enough && process.received() > 0);
        boolean relayFirst = random.nextBoolean();
        if (relayFirst) {
            killRelay();
        }
        process.kill();
        if (random.nextBoolean()) {
            sender.vanish();
            receiver.client.close(Duration.ZERO);
        } else {
            receiver.client.close(Duration.ZERO);
            sender.vanish();
        }
        if (!relayFirst) {
            killRelay();
        }
    }

    private String weather() {
        int delayMillis = random.nextInt(100);
        return String.format(
                Locale.ROOT,
                "loss %d%%; reorder 10%% by 30ms; duplicate 2%%; corrupt 1%%;"
                        + " delay %dms jitter %dms; at %dms cut %dms; at %dms rebind",
                5 + random.nextInt(16),
                delayMillis,
                delayMillis,
                random.nextInt(3_000),
                100 + random.nextInt(900),
                random.nextInt(4_000));
    }

    private void killRelay() throws Exception {
        recorder.history().relayEnded();
        relay.kill();
        relay = RunningRelay.start(qight, "--segment", "1MiB");
        network.moveTo(relayAddress());
    }

    /** Nobody sends or receives any more; a last end of the relay ends all leases. */
    private void drain() throws Exception {
        killRelay();
        try (RelayClient client =
                ReceiverProgram.connect(relay.address(), ReceiverProgram.config(certificate()))) {
            for (String mailbox : MAILBOXES) {
                recorder.drain(client, mailbox);
            }
        }
        assertThat(relay.terminate()).isZero();
        assertThat(StoreCheck.run(DataDirectory.store(home.resolve("data"))).waiting())
                .as("dead letters, or what nobody can have")
                .isZero();
    }

    /** A test that did nothing would pass. */
    private void requireLoad() {
        System.out.println(
                "PromisesIT: "
                        + ROUNDS
                        + " rounds, "
                        + recorder.stored()
                        + " stored, "
                        + recorder.acked()
                        + " acked, "
                        + network
                        + ", seed "
                        + SEED);
        assertThat(recorder.stored()).isGreaterThan(50L * ROUNDS);
        assertThat(network.count(PacketEvent.LOST)).isPositive();
    }

    private InetSocketAddress relayAddress() throws Exception {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), relay.port());
    }

    private Path certificate() {
        return home.resolve("data").resolve("relay-cert.pem");
    }

    private String networkAddress() {
        return "127.0.0.1:" + network.address().getPort();
    }

    private RelayClient connect(String name) {
        RelayClient client =
                ReceiverProgram.connect(
                        networkAddress(),
                        recorder.watched(ReceiverProgram.config(certificate()), name));
        open.add(() -> client.close(Duration.ZERO));
        return client;
    }

    private ReceiverProcess receiverProcess() throws Exception {
        ReceiverProcess process =
                ReceiverProcess.start(
                        "process" + names++, recorder, networkAddress(), certificate(), MAILBOXES);
        open.add(process);
        return process;
    }

    /** An outbox, and a thread that fills it. */
    private final class Sender {
        private final String name = "sender" + names++;
        private final Random choices = new Random(random.nextLong());
        private final RelayClient client = connect(name);
        private final Semaphore window = new Semaphore(WINDOW);
        private final Future<?> sending = threads.submit(this::send);
        private volatile boolean stopped;

        /** Ends without a word, with SENDs under way. */
        void vanish() throws Exception {
            client.close(Duration.ZERO);
            finish();
        }

        /** Waits for all receipts. */
        void finish() throws Exception {
            stopped = true;
            sending.get(Conditions.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            client.close();
        }

        private Void send() throws InterruptedException {
            for (long number = 1; !stopped; number++) {
                acquire(1);
                recorder.send(
                                client,
                                name,
                                number,
                                MAILBOXES.get(choices.nextInt(MAILBOXES.size())),
                                choices.nextInt(20) == 0 ? SHORT_TTL : LONG_TTL,
                                choices.nextInt(choices.nextInt(20) == 0 ? 20_000 : 500))
                        .whenComplete((done, failure) -> window.release());
            }
            acquire(WINDOW);
            return null;
        }

        private void acquire(int permits) throws InterruptedException {
            if (!window.tryAcquire(permits, Conditions.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("no receipts for " + name);
            }
        }
    }

    /** A subscription that acks most at once, holds some for a while, and fails at a few. */
    private final class Receiver {
        private final String name = "receiver" + names++;
        private final Random choices = new Random(random.nextLong());
        private final RelayClient client;
        private final Deque<Recorder.Received> held = new ArrayDeque<>();
        private long received;

        Receiver() {
            client = connect(name);
            // Where it counts on is known for its first connection alone: what waits for the
            // handler may be of the one before.
            recorder.history().connected(name);
            client.subscribe(
                    MAILBOXES,
                    this::handle,
                    SubscribeOptions.defaults().withManualAck().withCredit(50, 1 << 20));
        }

        private void handle(Delivery delivery) {
            Recorder.Received one = recorder.received(name, ++received, delivery);
            int choice = choices.nextInt(20);
            if (choice == 0 && delivery.failures() == 0) {
                recorder.nack(one);
            } else if (choice == 1) {
                held.add(one);
                if (held.size() > HELD_MAX) {
                    recorder.ack(held.remove());
                }
            } else {
                recorder.ack(one);
            }
        }
    }
}
