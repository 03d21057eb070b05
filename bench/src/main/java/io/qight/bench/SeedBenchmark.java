package io.qight.bench;

import io.qight.client.ClientConfig;
import io.qight.client.SeedClient;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/**
 * Version 0 against a relay that runs in another process: SEND with 64 requests in flight, FETCH
 * one after the other and with 64 in flight, and one FETCH of a deep mailbox. A client runs each
 * FETCH alone on its connection, so 64 in flight take 64 clients. Prints the rate of each of
 * several rounds, and the median.
 *
 * <p>Arguments: address, certificate file, and optionally payload bytes (128), rounds (5), requests
 * a round (50,000).
 */
public final class SeedBenchmark {
    private static final int IN_FLIGHT = 64;

    private final SeedClient client;
    private final List<SeedClient> fetchers;
    private final byte[] payload;
    private final int rounds;
    private final int requests;

    private SeedBenchmark(List<SeedClient> clients, int payloadBytes, int rounds, int requests) {
        this.client = clients.get(0);
        this.fetchers = clients;
        this.payload = new byte[payloadBytes];
        this.rounds = rounds;
        this.requests = requests;
    }

    /** Runs all phases, after one round of each that is not counted. */
    public static void main(String[] args) throws InterruptedException {
        ClientConfig config =
                ClientConfig.defaults().withTrust(Trust.certificate(Path.of(args[1])));
        List<SeedClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < IN_FLIGHT; i++) {
                clients.add(SeedClient.connect(args[0], config));
            }
            new SeedBenchmark(
                            clients,
                            number(args, 2, 128),
                            number(args, 3, 5),
                            number(args, 4, 50_000))
                    .run();
        } finally {
            clients.forEach(SeedClient::close);
        }
    }

    private void run() throws InterruptedException {
        double[] sent = new double[rounds];
        double[] fetched = new double[rounds];
        double[] together = new double[rounds];
        double[] drained = new double[rounds];
        for (int round = -1; round < rounds; round++) {
            int last = Math.max(round, 0);
            String name = "bench-" + round + "-";
            sent[last] = measure(request -> client.sendAsync(envelope(name + request)));
            fetched[last] = measure(request -> client.fetchAsync(name + request));
            measure(request -> client.sendAsync(envelope(name + request)));
            together[last] = measure(request -> fetcher(request).fetchAsync(name + request));
            fill(name);
            drained[last] = drain(name);
        }
        print("SEND, 64 in flight", sent);
        print("FETCH of one envelope, one after the other", fetched);
        print("FETCH of one envelope, 64 in flight on 64 connections", together);
        print("one FETCH of " + requests + " envelopes", drained);
    }

    /** Requests a second. */
    private double measure(LongFunction<CompletableFuture<?>> request) throws InterruptedException {
        Semaphore inFlight = new Semaphore(IN_FLIGHT);
        AtomicLong failed = new AtomicLong();
        long start = System.nanoTime();
        for (int i = 0; i < requests; i++) {
            inFlight.acquire();
            request.apply(i)
                    .whenComplete((done, failure) -> {
                        if (failure != null) {
                            failed.incrementAndGet();
                        }
                        inFlight.release();
                    });
        }
        inFlight.acquire(IN_FLIGHT);
        if (failed.get() > 0) {
            throw new IllegalStateException(failed + " requests failed");
        }
        return rate(start);
    }

    private SeedClient fetcher(long request) {
        return fetchers.get((int) (request % fetchers.size()));
    }

    private void fill(String name) throws InterruptedException {
        measure(request -> client.sendAsync(envelope(name)));
    }

    private double drain(String name) {
        long start = System.nanoTime();
        long count = client.fetch(name, envelope -> {});
        if (count != requests) {
            throw new IllegalStateException(count + " envelopes, but " + requests + " were sent");
        }
        double rate = rate(start);
        client.hello("bench");
        return rate;
    }

    private MessageEnvelope envelope(String recipient) {
        return MessageEnvelope.builder()
                .sender("bench")
                .recipient(recipient)
                .ttlSeconds(3600)
                .payload(payload)
                .build();
    }

    private double rate(long startNanos) {
        return requests * 1e9 / (System.nanoTime() - startNanos);
    }

    private static void print(String what, double[] rates) {
        double[] sorted = rates.clone();
        Arrays.sort(sorted);
        StringBuilder all = new StringBuilder();
        for (double rate : rates) {
            all.append(String.format(Locale.ROOT, " %.0f", rate));
        }
        System.out.printf(
                Locale.ROOT, "%s: median %.0f/s of%s%n", what, sorted[sorted.length / 2], all);
    }

    private static int number(String[] args, int index, int fallback) {
        return args.length > index ? Integer.parseInt(args[index]) : fallback;
    }
}
