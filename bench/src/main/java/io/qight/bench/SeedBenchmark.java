package io.qight.bench;

import io.qight.client.ClientConfig;
import io.qight.client.SeedClient;
import io.qight.transport.Trust;
import io.qight.wire.MessageEnvelope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
                            Rates.number(args, 2, 128),
                            Rates.number(args, 3, 5),
                            Rates.number(args, 4, 50_000))
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
            sent[last] =
                    Rates.measure(
                            requests,
                            IN_FLIGHT,
                            request -> client.sendAsync(envelope(name + request)));
            fetched[last] =
                    Rates.measure(
                            requests, IN_FLIGHT, request -> client.fetchAsync(name + request));
            Rates.measure(
                    requests, IN_FLIGHT, request -> client.sendAsync(envelope(name + request)));
            together[last] =
                    Rates.measure(
                            requests,
                            IN_FLIGHT,
                            request -> fetcher(request).fetchAsync(name + request));
            fill(name);
            drained[last] = drain(name);
        }
        Rates.print("SEND, 64 in flight", sent);
        Rates.print("FETCH of one envelope, one after the other", fetched);
        Rates.print("FETCH of one envelope, 64 in flight on 64 connections", together);
        Rates.print("one FETCH of " + requests + " envelopes", drained);
    }

    private SeedClient fetcher(long request) {
        return fetchers.get((int) (request % fetchers.size()));
    }

    private void fill(String name) throws InterruptedException {
        Rates.measure(requests, IN_FLIGHT, request -> client.sendAsync(envelope(name)));
    }

    private double drain(String name) {
        long start = System.nanoTime();
        long count = client.fetch(name, envelope -> {});
        if (count != requests) {
            throw new IllegalStateException(count + " envelopes, but " + requests + " were sent");
        }
        double rate = Rates.since(start, requests);
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
}
