package io.qight.bench;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How a relay serves one sender and one receiver while two threads of another process attack it
 * ({@link Attackers}). In one run: the push latency without and under the attack, their ratio, and
 * the most memory that the relay took, beside its bounds.
 *
 * <p>Linux alone. Arguments: the distribution's directory, seconds for each part, the relay's heap
 * in MiB, and how it is attacked, as {@link Attackers} knows it.
 */
public final class UnderAttackBenchmark {
    private static final int MESSAGES_A_SECOND = 200;
    private static final int WARM_UP_SECONDS = 40;
    private static final int BUDGET_MIB = 64;

    private final OwnServer relay;
    private final Path files;
    private final int heapMib;
    private final String attack;
    private long highestBytes;

    private UnderAttackBenchmark(OwnServer relay, Path files, int heapMib, String attack) {
        this.relay = relay;
        this.files = files;
        this.heapMib = heapMib;
        this.attack = attack;
    }

    /** Measures and prints. */
    public static void main(String[] args) throws Exception {
        int heapMib = Integer.parseInt(args[2]);
        Path files =
                Files.createDirectories(
                        Files.createTempDirectory("qight-attack-").resolve("relay"));
        ProcessBuilder command =
                OwnServer.qight(
                        Path.of(args[0]).toAbsolutePath(),
                        files,
                        "relay",
                        "--listen",
                        "127.0.0.1:0",
                        "--budget",
                        BUDGET_MIB + "MiB");
        command.environment().put("QIGHT_JAVA_OPTS", "-Xmx" + heapMib + "m");
        try (OwnServer relay = OwnServer.relay(command)) {
            new UnderAttackBenchmark(relay, files, heapMib, args[3]).run(Integer.parseInt(args[1]));
        }
    }

    private void run(int seconds) throws Exception {
        ClientConfig config = ClientConfig.defaults().withTrust(OwnServer.trust(files));
        String address = "127.0.0.1:" + relay.port();
        try (RelayClient sender = RelayClient.connect(address, config);
                RelayClient receiver = RelayClient.connect(address, config)) {
            LinkedBlockingQueue<Long> took = new LinkedBlockingQueue<>();
            receiver.subscribe(
                    List.of("well-behaved"),
                    delivery -> {
                        ByteBuffer sent = delivery.envelope().payloadBuffer();
                        took.add(System.nanoTime() - sent.getLong(sent.position()));
                    });
            push(sender, WARM_UP_SECONDS, took);
            long[] quiet = push(sender, seconds, took);
            long before = relay.residentBytes();
            long[] attacked = attacked(sender, seconds, took);
            print(quiet, attacked, before);
        }
    }

    private long[] attacked(RelayClient sender, int seconds, LinkedBlockingQueue<Long> took)
            throws Exception {
        Process attackers =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                Attackers.class.getName(),
                                Integer.toString(relay.port()),
                                files.toString(),
                                attack)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            push(sender, WARM_UP_SECONDS, took);
            long[] nanos = push(sender, seconds, took);
            if (!attackers.isAlive()) {
                throw new IllegalStateException("the attack has failed");
            }
            return nanos;
        } finally {
            attackers.getOutputStream().close();
            attackers.waitFor();
        }
    }

    /** Sends at an even pace, and gives what each message took from its intended time, sorted. */
    private long[] push(RelayClient sender, int seconds, LinkedBlockingQueue<Long> took)
            throws Exception {
        int count = seconds * MESSAGES_A_SECOND;
        long gap = TimeUnit.SECONDS.toNanos(1) / MESSAGES_A_SECOND;
        long next = System.nanoTime();
        for (int i = 0; i < count; i++) {
            next += gap;
            while (System.nanoTime() < next) {
                LockSupport.parkNanos(next - System.nanoTime());
            }
            sender.sendAsync(
                    MessageEnvelope.builder()
                            .sender("bench")
                            .recipient("well-behaved")
                            .payload(ByteBuffer.allocate(128).putLong(0, next).array())
                            .build());
            if (i % MESSAGES_A_SECOND == 0) {
                highestBytes = Math.max(highestBytes, relay.residentBytes());
            }
        }
        long[] nanos = new long[count];
        for (int i = 0; i < count; i++) {
            Long one = took.poll(30, TimeUnit.SECONDS);
            if (one == null) {
                throw new IOException(count - i + " messages have not come");
            }
            nanos[i] = one;
        }
        Arrays.sort(nanos);
        return nanos;
    }

    private void print(long[] quiet, long[] attacked, long before) {
        System.out.printf(
                Locale.ROOT,
                "push p50 %.2f ms, p99 %.2f ms; attacked p50 %.2f ms, p99 %.2f ms: %.1f times%n",
                part(quiet, 50),
                part(quiet, 99),
                part(attacked, 50),
                part(attacked, 99),
                part(attacked, 99) / part(quiet, 99));
        System.out.printf(
                Locale.ROOT,
                "memory of the relay: %d MiB before, at most %d MiB; its bounds: heap %d MiB,"
                        + " budget %d MiB outside it, and what Java and connections take%n",
                before >> 20,
                highestBytes >> 20,
                heapMib,
                BUDGET_MIB);
    }

    private static double part(long[] nanos, int percent) {
        return nanos[nanos.length * percent / 100] / 1e6;
    }
}
