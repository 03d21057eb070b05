package io.qight.cli;

import io.qight.client.Delivery;
import io.qight.client.RelayClient;
import io.qight.client.SubscribeOptions;
import io.qight.client.Subscription;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** The scenes of {@code qight demo}. What they print is what the calls gave, never a text alone. */
final class Demo {
    private static final Duration SHORT_TTL = Duration.ofSeconds(1);
    private static final Duration BEYOND_SHORT_TTL = Duration.ofMillis(1_200);
    private static final int DELIVERY_SECONDS_MAX = 10;
    private static final int CALL_COLUMNS = "alice SEND to carol-fffff".length();

    private final Output out;

    Demo(Output out) {
        this.out = out;
    }

    /** All scenes, with a relay in this process that is stopped and started again. */
    void withOwnRelay() throws IOException, InterruptedException {
        try (DemoRelay relay = DemoRelay.create()) {
            relay.start();
            line("A relay listens at " + relay.address() + " (QUIC).");
            line("Its store is " + relay.store() + ", synced to disk before each OK.");
            try (RelayClient client = relay.connect()) {
                exchange(client, "bob");
                live(client, "erin");
            }
            title("A message outlives the relay");
            try (RelayClient client = relay.connect()) {
                send(client, "carol", "still here", Duration.ofHours(1));
            }
            relay.stop();
            step("the relay", "has stopped");
            relay.start();
            step("a new one", "started on its store and found messages: " + relay.found());
            try (RelayClient client = relay.connect()) {
                fetch(client, "carol");
            }
            title("A message ends with its time to live");
            try (RelayClient client = relay.connect()) {
                expire(client, "dave");
            }
            step("the relay", "counts expired messages: " + relay.expired());
        }
    }

    /** What can be shown with a relay that belongs to somebody else. */
    void againstRunningRelay(RelayTarget target) throws IOException, InterruptedException {
        // Names that nobody else uses: a FETCH removes what it finds.
        String suffix = "-" + Integer.toHexString(ThreadLocalRandom.current().nextInt(1 << 20));
        line("The relay at " + target.address() + ".");
        try (RelayClient client = target.connect()) {
            exchange(client, "bob" + suffix);
            live(client, "erin" + suffix);
            title("A message ends with its time to live");
            expire(client, "dave" + suffix);
            title("A message outlives the relay");
            send(client, "carol" + suffix, "still here", Duration.ofHours(1));
        }
        line("  that relay is not this command's to stop: stop it, start it again, then");
        line("  qight fetch carol" + suffix + " --relay " + target.address());
    }

    private void exchange(RelayClient client, String bob) throws IOException {
        title("HELLO, SEND, FETCH");
        step("alice HELLO", "WELCOME " + client.relayName());
        send(client, bob, "hello " + bob, Duration.ofHours(1));
        fetch(client, bob);
    }

    private void live(RelayClient client, String erin) throws IOException, InterruptedException {
        title("A receiver that is there gets it at once, and again until it acks");
        BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
        try (Subscription subscription =
                client.subscribe(
                        List.of(erin),
                        delivery -> arrivals.add(new Arrival(delivery, System.nanoTime())),
                        SubscribeOptions.defaults().withManualAck())) {
            subscription.caughtUp().join();
            step(erin + " SUBSCRIBE", "nothing waits");
            long sentNanos = System.nanoTime();
            send(client, erin, "right now", Duration.ofHours(1));
            Arrival first = next(arrivals);
            long micros = TimeUnit.NANOSECONDS.toMicros(first.atNanos - sentNanos);
            step(
                    erin + " DELIVER",
                    describe(first)
                            + String.format(Locale.ROOT, ", %.1f ms after SEND", micros / 1000.0));
            first.delivery.nack();
            step(erin + " NACK", "given back");
            Arrival second = next(arrivals);
            step(erin + " DELIVER", describe(second));
            boolean removed = second.delivery.ack().join();
            step(erin + " ACK", removed ? "removed" : "the lease was lost");
        }
    }

    private static Arrival next(BlockingQueue<Arrival> arrivals) throws InterruptedException {
        Arrival arrival = arrivals.poll(DELIVERY_SECONDS_MAX, TimeUnit.SECONDS);
        if (arrival == null) {
            throw new CommandFailure(Failures.RETRY, "nothing was delivered");
        }
        return arrival;
    }

    private static String describe(Arrival arrival) {
        String payload = Payload.printable(arrival.delivery.envelope().payload());
        return "\"" + payload + "\", delivery " + arrival.delivery.deliveries();
    }

    private void expire(RelayClient client, String dave) throws IOException, InterruptedException {
        send(client, dave, "be quick", SHORT_TTL);
        TimeUnit.MILLISECONDS.sleep(BEYOND_SHORT_TTL.toMillis());
        step("waited", DurationConverter.text(BEYOND_SHORT_TTL));
        fetch(client, dave);
    }

    private void send(RelayClient client, String recipient, String text, Duration ttl)
            throws IOException {
        client.send(
                MessageEnvelope.builder()
                        .sender("alice")
                        .recipient(recipient)
                        .ttl(ttl)
                        .payload(text)
                        .build());
        step(
                "alice SEND to " + recipient,
                "stored: \"" + text + "\", time to live " + DurationConverter.text(ttl));
    }

    private void fetch(RelayClient client, String recipient) throws IOException {
        List<MessageEnvelope> envelopes = client.fetch(recipient);
        for (MessageEnvelope envelope : envelopes) {
            String payload = Payload.printable(envelope.payload());
            step(recipient + " FETCH", "\"" + payload + "\" from " + envelope.sender());
        }
        if (envelopes.isEmpty()) {
            step(recipient + " FETCH", "nothing waits");
        }
    }

    private void step(String call, String answer) throws IOException {
        line("  " + call + " ".repeat(Math.max(0, CALL_COLUMNS - call.length())) + "  " + answer);
    }

    private void title(String text) throws IOException {
        line("");
        line(text);
    }

    /** At once, so that the scene is seen as it is played. */
    private void line(String text) throws IOException {
        out.line(text);
        out.flush();
    }

    private record Arrival(Delivery delivery, long atNanos) {}
}
