package io.qight.simulation;

import io.qight.client.RefusedException;
import io.qight.client.v1.Backoff;
import io.qight.client.v1.ReceivedEnvelope;
import io.qight.client.v1.Subscribed;
import io.qight.client.v1.SubscriptionEvents;
import io.qight.client.v1.SubscriptionSettings;
import io.qight.testkit.promises.Delivery;
import io.qight.testkit.promises.History;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeParts;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import java.util.HashSet;
import java.util.Set;

/**
 * A subscription of a simulated client, and the program behind it: acks most, nacks some, is slow
 * with some and forgets a few.
 */
final class SimulatedReceiver implements SubscriptionEvents {
    private final World world;
    private final SimulatedClient client;
    private final History history;
    private final Setting setting;
    private final String name;
    private final Subscribed rules;

    /** In the program's hands, not answered yet. */
    private final Set<Long> inHand = new HashSet<>();

    private final Set<Long> forgotten = new HashSet<>();
    private final Set<Long> acked = new HashSet<>();
    private final Set<String> mailboxes = new HashSet<>();
    private boolean ending;

    SimulatedReceiver(World world, SimulatedClient client, String name, Backoff backoff, Id id) {
        this.world = world;
        this.client = client;
        this.history = world.history();
        this.setting = world.setting();
        this.name = name;
        SubscriptionSettings settings =
                new SubscriptionSettings(
                        setting.exclusive() ? Mode.EXCLUSIVE : Mode.SHARED,
                        setting.leaseMillis() * (1L + world.random(3)),
                        1L + world.random(20),
                        300L + world.random(20_000),
                        world.chance(2) ? 0 : world.random(20_000));
        this.rules = new Subscribed(id, settings, backoff, this);
    }

    String name() {
        return name;
    }

    Subscribed rules() {
        return rules;
    }

    /** How many acks of its program have no answer. */
    int unanswered() {
        return acked.size();
    }

    /** Whether its program means to receive from there. */
    boolean receives(String mailbox) {
        return mailboxes.contains(mailbox);
    }

    void add(String mailbox) {
        // One that still leaves cannot be added yet.
        if (!ending && rules.add(mailbox)) {
            mailboxes.add(mailbox);
        }
    }

    void remove(String mailbox) {
        // What is in hand may be given to others by then, if the mailbox is an exclusive one's.
        history.connectionLost(name);
        mailboxes.remove(mailbox);
        rules.remove(mailbox);
    }

    /** Ends it in order. */
    void end() {
        history.connectionLost(name);
        inHand.clear();
        mailboxes.clear();
        ending = true;
        rules.end();
    }

    @Override
    public void delivered(ReceivedEnvelope delivery) {
        EnvelopeParts envelope = delivery.parts();
        String payload = EnvelopeCodec.decode(envelope.header(), envelope.body(), 0).payloadText();
        String[] parts = payload.split(" ", 3);
        long number = delivery.number();
        history.delivered(
                new Delivery(
                        name,
                        number,
                        delivery.mailbox(),
                        parts[0],
                        Long.parseLong(parts[1]),
                        Letter.hash(payload),
                        delivery.deadlineMillis() - world.now(),
                        (int) delivery.deliveries(),
                        (int) delivery.failures()));
        inHand.add(number);
        boolean slow = world.faults() && world.chance(12);
        long takes = world.random(setting.handleMillis()) + (slow ? 10_000L : 0);
        world.after(takes, () -> handled(number));
    }

    private void handled(long number) {
        if (client.dead() || !inHand.contains(number)) {
            return;
        }
        int choice = world.faults() ? world.random(40) : 10;
        if (choice == 0) {
            // Not thought of again before its lease has run out.
            inHand.remove(number);
            forgotten.add(number);
            world.after(setting.leaseMillis() * 3L + 30_000, () -> thoughtOfAgain(number));
        } else if (choice <= 3) {
            inHand.remove(number);
            boolean dead = world.chance(6);
            history.nacking(name, number, dead);
            rules.nack(number, world.chance(2) ? 0 : world.random(5_000), dead, "no");
        } else if (choice == 4) {
            rules.extend(number, setting.leaseMillis() * 3L, world.now());
            world.after(world.random(setting.leaseMillis()), () -> handled(number));
        } else {
            inHand.remove(number);
            acked.add(number);
            history.acking(name, number);
            rules.ack(number);
        }
        client.turn();
    }

    /** Its deadline ends a lease without a word, and it would take up credit for ever. */
    private void thoughtOfAgain(long number) {
        if (!client.dead() && forgotten.remove(number)) {
            history.nacking(name, number, false);
            rules.nack(number, 0, false, "");
            client.turn();
        }
    }

    @Override
    public void lost(long delivery) {
        history.leaseLost(name, delivery);
        if (forgotten.remove(delivery) || (world.chance(2) && inHand.remove(delivery))) {
            // For its credit alone.
            rules.nack(delivery, 0, false, "");
        }
    }

    @Override
    public void answered(long delivery, boolean removed) {
        if (removed) {
            history.acked(name, delivery);
        } else {
            history.leaseLost(name, delivery);
        }
        Rule.PAGE.holds(
                acked.remove(delivery), "an answer to an ack of %d that was not made", delivery);
    }

    @Override
    public void added(String mailbox) {}

    @Override
    public void refused(String mailbox, RefusedException why) {
        history.connectionLost(name);
        mailboxes.remove(mailbox);
        Rule.PAGE.holds(
                why.code() == ErrorCode.TAKEN_OVER
                        || why.code() == ErrorCode.DRAINING
                        || why.code() == ErrorCode.MODE_CONFLICT,
                "%s is refused as %s",
                mailbox,
                why.code());
    }

    @Override
    public void removed(String mailbox) {}

    @Override
    public void caughtUp() {}

    @Override
    public void ended(RefusedException why) {
        throw new AssertionError(name + " was ended by the relay as " + why.code());
    }
}
