package io.qight.bench;

import io.qight.client.ClientConfig;
import io.qight.client.RelayClient;
import io.qight.client.SeedClient;
import io.qight.client.SubscribeOptions;
import io.qight.client.Subscription;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Version 1 against a relay that runs in another process, and beside it, in turns, version 0 on the
 * same relay and a {@link RawEcho} of as many bytes in a third process. Prints every round and the
 * medians.
 *
 * <p>Arguments: address of the relay, its certificate file, port of the echo, its certificate file,
 * and optionally payload bytes (128), rounds (5), envelopes a round (200,000).
 */
public final class StreamingBenchmark {
    /** Sends without receipt: what the relay's window allows. */
    private static final int IN_FLIGHT = 4096;

    private static final int SEED_IN_FLIGHT = 64;
    private static final int MAILBOXES = 1000;
    private static final int PUSHES_A_SECOND = 1000;
    private static final int PUSHES = 5000;

    private final String address;
    private final ClientConfig config;
    private final int echoPort;
    private final Trust echoTrust;
    private final byte[] payload;
    private final int rounds;
    private final int envelopes;

    private StreamingBenchmark(String[] args) {
        this.address = args[0];
        this.config = ClientConfig.defaults().withTrust(Trust.certificate(Path.of(args[1])));
        this.echoPort = Integer.parseInt(args[2]);
        this.echoTrust = Trust.certificate(Path.of(args[3]));
        this.payload = new byte[Rates.number(args, 4, 128)];
        this.rounds = Rates.number(args, 5, 5);
        this.envelopes = Rates.number(args, 6, 200_000);
    }

    /** Runs all phases, after one round of each that is not counted. */
    public static void main(String[] args) throws InterruptedException {
        new StreamingBenchmark(args).run();
    }

    private void run() throws InterruptedException {
        double[] echo = new double[rounds];
        double[] streamed = new double[rounds];
        double[] seed = new double[rounds];
        double[] one = new double[rounds];
        double[] many = new double[rounds];
        int echoBytes = envelope("bench").payloadBytes() + ENVELOPE_BYTES;
        for (int round = -1; round < rounds; round++) {
            int last = Math.max(round, 0);
            echo[last] = RawEcho.messagesPerSecond(echoPort, echoTrust, echoBytes, envelopes);
            streamed[last] = streamed("bench-" + round);
            seed[last] = seed("seed-" + round, envelopes / 10);
            one[last] = received(List.of("one-" + round));
            many[last] = received(names("many-" + round + "-"));
        }
        Rates.print("raw echo of " + echoBytes + " bytes", echo);
        Rates.print("version 1, SEND pipelined", streamed);
        Rates.print("version 0, SEND with 64 in flight", seed);
        Rates.print("version 1, live from one mailbox, end to end", one);
        Rates.print("version 1, live from " + MAILBOXES + " mailboxes, end to end", many);
        printLatency();
    }

    /** What a small envelope has beside its payload, about. */
    private static final int ENVELOPE_BYTES = 48;

    private double streamed(String mailbox) throws InterruptedException {
        try (RelayClient client = RelayClient.connect(address, config)) {
            double rate =
                    Rates.measure(envelopes, IN_FLIGHT, any -> client.sendAsync(envelope(mailbox)));
            client.fetch(mailbox, gone -> {});
            return rate;
        }
    }

    private double seed(String mailbox, int requests) throws InterruptedException {
        try (SeedClient client = SeedClient.connect(address, config)) {
            double rate =
                    Rates.measure(
                            requests, SEED_IN_FLIGHT, any -> client.sendAsync(envelope(mailbox)));
            client.fetch(mailbox, gone -> {});
            client.hello("bench");
            return rate;
        }
    }

    /** Envelopes a second from the call of send to the handler, and acknowledged. */
    private double received(List<String> mailboxes) throws InterruptedException {
        CountDownLatch handled = new CountDownLatch(envelopes);
        try (RelayClient receiver = RelayClient.connect(address, config);
                RelayClient sender = RelayClient.connect(address, config)) {
            Subscription subscription =
                    receiver.subscribe(
                            mailboxes,
                            delivery -> handled.countDown(),
                            SubscribeOptions.defaults().withCredit(8192, 32 << 20));
            long start = System.nanoTime();
            AtomicInteger next = new AtomicInteger();
            Rates.measure(
                    envelopes,
                    IN_FLIGHT,
                    any ->
                            sender.sendAsync(
                                    envelope(
                                            mailboxes.get(
                                                    next.getAndIncrement() % mailboxes.size()))));
            handled.await();
            double rate = Rates.since(start, envelopes);
            subscription.close();
            return rate;
        }
    }

    /** From the intended time of the call of send to the handler, at a fixed rate. */
    private void printLatency() throws InterruptedException {
        long[] nanos = new long[PUSHES];
        CountDownLatch handled = new CountDownLatch(PUSHES);
        AtomicInteger count = new AtomicInteger();
        try (RelayClient receiver = RelayClient.connect(address, config);
                RelayClient sender = RelayClient.connect(address, config)) {
            Subscription subscription =
                    receiver.subscribe(
                            List.of("latency"),
                            delivery -> {
                                long sent = delivery.envelope().payloadBuffer().getLong();
                                nanos[count.getAndIncrement()] = System.nanoTime() - sent;
                                handled.countDown();
                            });
            long start = System.nanoTime();
            for (int i = 0; i < PUSHES; i++) {
                long intended = start + i * (1_000_000_000L / PUSHES_A_SECOND);
                while (System.nanoTime() < intended) {
                    LockSupport.parkNanos(50_000);
                }
                byte[] stamp = ByteBuffer.allocate(payload.length).putLong(intended).array();
                sender.sendAsync(
                        MessageEnvelope.builder()
                                .sender("bench")
                                .recipient("latency")
                                .ttlSeconds(3600)
                                .payload(stamp)
                                .build());
            }
            handled.await();
            subscription.close();
        }
        Arrays.sort(nanos);
        System.out.printf(
                Locale.ROOT,
                "push, send call to handler, %d/s: p50 %d us, p99 %d us%n",
                PUSHES_A_SECOND,
                nanos[PUSHES / 2] / 1000,
                nanos[PUSHES * 99 / 100] / 1000);
    }

    private static List<String> names(String prefix) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < MAILBOXES; i++) {
            names.add(prefix + i);
        }
        return names;
    }

    private MessageEnvelope envelope(String recipient) {
        return MessageEnvelope.builder()
                .sender("bench")
                .recipient(recipient)
                .ttlSeconds(3600)
                .payload(payload)
                .build();
    }
}
