package io.qight.cli;

import io.qight.client.ClientConfig;
import io.qight.client.Delivery;
import io.qight.client.RelayClient;
import io.qight.client.RelayException;
import io.qight.client.SubscribeOptions;
import io.qight.transport.Trust;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A receiver in a process of its own, to be killed: says on standard output what it is about to do,
 * and what has happened, as {@link ReceiverProcess} reads it.
 */
final class ReceiverProgram {
    private static final Duration CONNECT_TRY = Duration.ofSeconds(8);

    private ReceiverProgram() {}

    /** Arguments: the relay's address, its certificate, and mailboxes. */
    public static void main(String[] arguments) throws InterruptedException {
        RelayClient client = connect(arguments[0], config(Path.of(arguments[1])));
        AtomicLong received = new AtomicLong();
        client.subscribe(
                List.of(arguments).subList(2, arguments.length),
                delivery -> {
                    long number = received.incrementAndGet();
                    say("delivered", number, description(delivery));
                    say("acking", number, "");
                    delivery.ack().thenAccept(done -> say(done ? "acked" : "lost", number, ""));
                },
                SubscribeOptions.defaults().withManualAck().withCredit(50, 1 << 20));
        new CountDownLatch(1).await();
    }

    /** Tries more than once: only later connections are made again by the client itself. */
    static RelayClient connect(String address, ClientConfig config) {
        long start = System.nanoTime();
        while (true) {
            try {
                return RelayClient.connect(address, config);
            } catch (RelayException e) {
                if (System.nanoTime() - start > Conditions.PATIENCE.toNanos()) {
                    throw e;
                }
            }
        }
    }

    /** For connections that are lost often. */
    static ClientConfig config(Path certificate) {
        return ClientConfig.defaults()
                .withTrust(Trust.file(certificate))
                .withConnectTimeout(CONNECT_TRY)
                .withRequestTimeout(Conditions.PATIENCE)
                .withReconnect(Duration.ofMillis(20), Duration.ofMillis(500))
                .withPing(Duration.ofSeconds(1), Duration.ofSeconds(3));
    }

    private static String description(Delivery delivery) {
        Recorder.Letter letter = Recorder.Letter.of(delivery.envelope());
        return String.join(
                " ",
                delivery.mailbox(),
                letter.outbox(),
                Long.toString(letter.number()),
                Long.toString(letter.payload()),
                Long.toString(delivery.timeLeft().toMillis()),
                Long.toString(delivery.deliveries()),
                Long.toString(delivery.failures()));
    }

    /** The point at the end tells a whole line from one that was cut off by the kill. */
    private static void say(String what, long number, String more) {
        System.out.println(what + " " + number + " " + more + " .");
    }
}
