package io.qight.load;

import io.qight.client.ClientConfig;
import io.qight.client.Delivery;
import io.qight.client.RelayClient;
import io.qight.client.SubscribeOptions;
import io.qight.client.Subscription;
import io.qight.identity.Identity;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One measurement: opens connections, sends, waits for what is under way, closes them. */
public final class LoadRun {
    private static final long ANSWERS_SECONDS_MAX = 20;
    private static final long ANSWERS_SECONDS_MAX_STOPPED = 1;
    private static final int CREDIT_ENVELOPES = 8192;
    private static final int CREDIT_BYTES = 64 << 20;

    private final LoadPlan plan;
    private final MeasuredRelay relay;
    private final Consumer<String> progress;
    private final MailboxNames names;
    private final Tally tally = new Tally();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final List<RelayClient> clients = new ArrayList<>();
    private final List<Subscription> subscriptions = new ArrayList<>();
    private final List<Sender> senders = new ArrayList<>();

    /**
     * Nothing is connected yet.
     *
     * @param progress hears a line of text each second, on another thread
     */
    public LoadRun(LoadPlan plan, MeasuredRelay relay, Consumer<String> progress) {
        this.plan = plan;
        this.names = MailboxNames.random(plan);
        this.relay = relay;
        this.progress = progress;
    }

    /**
     * Does all of it, once.
     *
     * @throws io.qight.client.RelayException if a connection or a subscription cannot be had; what
     *     fails later is counted
     */
    public Outcome run() throws InterruptedException {
        try {
            connect();
            if (plan.backlog() > 0) {
                new Backlog(plan, clients.get(0), names, progress).fill(this::goesOn);
            }
            return measure();
        } finally {
            close();
        }
    }

    /** Ends it soon, with what there is by then; from any thread. */
    public void stop() {
        stopped.countDown();
    }

    private boolean goesOn() {
        return stopped.getCount() > 0;
    }

    private void connect() {
        for (int i = 0; i < plan.senders(); i++) {
            RelayClient client =
                    connected(
                            plan.protection().signed()
                                    ? Optional.of(Identity.generate(new SecureRandom()))
                                    : Optional.empty());
            senders.add(new Sender(plan, client, names, i, tally, this::goesOn));
        }
        for (int i = 0; i < plan.receivers(); i++) {
            RelayClient client = connected(names.identity(i));
            subscriptions.add(
                    client.subscribe(
                            names.ofReceiver(i, plan),
                            this::received,
                            SubscribeOptions.defaults()
                                    .withCredit(CREDIT_ENVELOPES, CREDIT_BYTES)));
        }
    }

    private RelayClient connected(Optional<Identity> identity) {
        RelayClient client =
                relay.connector()
                        .connect(config -> {
                            ClientConfig waiting =
                                    config.withWaiting(
                                            Sender.WAITING_MAX, Sender.WAITING_BYTES_MAX);
                            return identity.map(waiting::withIdentity).orElse(waiting);
                        });
        clients.add(client);
        return client;
    }

    private void received(Delivery delivery) {
        Stamp stamp = Stamp.of(delivery.envelope().payloadBuffer());
        boolean again = delivery.deliveries() > 1;
        tally.received(stamp.intendedNanos(), again);
        if (!again) {
            senders.get(stamp.sender()).received();
        }
    }

    private Outcome measure() throws InterruptedException {
        long start = System.nanoTime();
        long from = start + plan.warmUp().toNanos();
        long to = from + plan.duration().toNanos();
        tally.measure(from, to);
        Sampler sampler =
                Sampler.start(relay, tally, start, sample -> progress.accept(line(sample)));
        drive(start, to);
        boolean stoppedEarly = !goesOn();
        if (stoppedEarly) {
            tally.endNow();
        }
        senders.forEach(Sender::end);
        boolean answered = awaitAnswers(stoppedEarly);
        return tally.outcome(plan, answered && !stoppedEarly, sampler.end());
    }

    private void drive(long start, long to) throws InterruptedException {
        if (plan.pace() instanceof Pace.Open open) {
            Schedule schedule = new Schedule(start, open.perSecond());
            new Pacer(
                            schedule,
                            System::nanoTime,
                            (first, end) -> {
                                for (long number = first; number < end; number++) {
                                    Sender sender = senders.get((int) (number % plan.senders()));
                                    sender.send(schedule.intendedNanos(number));
                                }
                            })
                    .run(to, this::goesOn);
        } else if (plan.pace() instanceof Pace.Closed closed) {
            senders.forEach(sender -> sender.sendAlways(closed.window()));
            stopped.await(to - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
    }

    /** Whether all was answered and received; with patience as long as anything comes. */
    private boolean awaitAnswers(boolean stoppedEarly) throws InterruptedException {
        Duration patience =
                Duration.ofSeconds(
                        stoppedEarly ? ANSWERS_SECONDS_MAX_STOPPED : ANSWERS_SECONDS_MAX);
        return Patience.await(
                patience,
                () -> tally.stored() + tally.received() + tally.refused(),
                () ->
                        tally.stored() + tally.refused() >= tally.sent()
                                && (plan.receivers() == 0 || tally.received() >= tally.stored()));
    }

    private String line(Sample sample) {
        boolean warmingUp = sample.seconds() < plan.warmUp().toMillis() / 1e3;
        return String.format(
                java.util.Locale.ROOT,
                "%s: %.0f s%s, %,d sent, %,d stored%s%s",
                plan.name(),
                sample.seconds(),
                warmingUp ? " (warming up)" : "",
                sample.sent(),
                sample.stored(),
                plan.receivers() > 0 ? String.format(", %,d received", sample.received()) : "",
                sample.refused() > 0 ? String.format(", %,d refused", sample.refused()) : "");
    }

    private void close() {
        subscriptions.forEach(Subscription::close);
        clients.forEach(RelayClient::close);
    }
}
