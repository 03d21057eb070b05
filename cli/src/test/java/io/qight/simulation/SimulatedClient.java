package io.qight.simulation;

import io.qight.client.Receipt;
import io.qight.client.RelayException;
import io.qight.client.v1.Backoff;
import io.qight.client.v1.Outbox;
import io.qight.client.v1.OutboxEntry;
import io.qight.testkit.promises.History;
import io.qight.testkit.promises.Outcome;
import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client's rules, and around them what {@code Session} does with an event loop: one turn for all
 * that came together, a new connection when one is lost.
 */
final class SimulatedClient {
    private final World world;
    private final History history;
    private final Setting setting;
    private final String name;
    private final Backoff backoff;
    private final Outbox outbox;
    private final List<SimulatedReceiver> receivers = new ArrayList<>();
    private final List<OutboxEntry> entries = new ArrayList<>();
    private long number;
    private int subscriptions;
    private long wallStepMillis;
    private @Nullable SimulatedLink link;
    private boolean draining;
    private boolean dialing;
    private boolean dead;
    private boolean inTurn;
    private int failures;
    private long comeBackMillis;
    private long redialMillis;
    private long timerMillis = Long.MAX_VALUE;

    SimulatedClient(World world, String name) {
        this.world = world;
        this.history = world.history();
        this.setting = world.setting();
        this.name = name;
        this.backoff = new Backoff(50, 2_000, world::fraction);
        this.outbox = new Outbox(world::id, setting.sendTimeoutMillis(), backoff);
    }

    String name() {
        return name;
    }

    Outbox outbox() {
        return outbox;
    }

    List<SimulatedReceiver> receivers() {
        return receivers;
    }

    /** Its connection, if it has one. */
    @Nullable SimulatedLink link() {
        return link;
    }

    boolean dead() {
        return dead;
    }

    void stepWallClock(long millis) {
        wallStepMillis += millis;
    }

    /** A program sends something. */
    void send(String mailbox, long ttlMillis, int fillBytes) {
        Letter letter = new Letter(name, ++number, mailbox, ttlMillis, world.now(), fillBytes);
        world.store().expect(letter);
        history.sending(name, letter.number, mailbox, letter.hash, ttlMillis);
        entries.add(outbox.add(letter.envelope, new Sending(letter.number), world.now()));
    }

    /** A program does not wait any more for something that it sent. */
    void cancelOne() {
        if (!entries.isEmpty()) {
            outbox.cancel(entries.get(world.random(entries.size())));
            turn();
        }
    }

    /** A program begins to receive, from nowhere yet. */
    SimulatedReceiver subscribe() {
        String receiverName = name + "/" + ++subscriptions;
        SimulatedReceiver receiver =
                new SimulatedReceiver(world, this, receiverName, backoff, world.id());
        if (link != null) {
            history.connected(receiverName);
            if (link.connected()) {
                receiver.rules().limits(world.limits());
            }
        }
        receivers.add(receiver);
        return receiver;
    }

    /** The process ends, without a word or with the little that a closing socket says. */
    void kill() {
        dead = true;
        if (link != null) {
            if (world.chance(2)) {
                link.close();
            } else {
                link.forget();
                world.cut(link.wire());
            }
        }
        recordLoss();
    }

    /** All that is to be done now; and when it is to be done next. */
    void turn() {
        if (dead || inTurn) {
            return;
        }
        inTurn = true;
        work();
        inTurn = false;
        arm();
    }

    /** The relay has let it in. */
    void welcome() {
        failures = 0;
    }

    /** The relay is about to end. */
    void drain(long afterMillis) {
        draining = true;
        comeBackMillis = world.now() + backoff.askedMillis(afterMillis);
        outbox.pause();
    }

    /** There is no connection now. */
    void lost() {
        link = null;
        recordLoss();
        outbox.lost();
        receivers.forEach(receiver -> receiver.rules().lost());
        redialMillis = world.now() + backoff.millis(++failures);
        if (draining) {
            redialMillis = Math.max(redialMillis, comeBackMillis);
        }
    }

    private void work() {
        outbox.tick(world.now());
        receivers.forEach(receiver -> receiver.rules().tick(world.now()));
        if (link == null && !dialing && world.now() >= redialMillis) {
            dial();
        }
        if (link != null) {
            if (!draining) {
                link.openStreams(World.EPOCH_MILLIS + world.now() + wallStepMillis);
            }
            link.pump();
        }
        receivers.removeIf(receiver -> receiver.rules().over());
        if (draining
                && link != null
                && outbox.nothingUnderWay()
                && receivers.stream().allMatch(receiver -> receiver.rules().idle())) {
            link.close();
            lost();
        }
    }

    private void arm() {
        long due = Math.min(dialDueMillis(), outbox.dueMillis(world.now()));
        if (link != null) {
            due = Math.min(due, link.dueMillis());
        }
        for (SimulatedReceiver receiver : receivers) {
            due = Math.min(due, receiver.rules().dueMillis(world.now()));
        }
        if (due < timerMillis || timerMillis <= world.now()) {
            timerMillis = due;
            if (due != Long.MAX_VALUE) {
                world.after(Math.max(1, due - world.now()), this::timerRang);
            }
        }
    }

    private long dialDueMillis() {
        return link == null && !dialing ? redialMillis : Long.MAX_VALUE;
    }

    private void timerRang() {
        if (timerMillis <= world.now()) {
            timerMillis = Long.MAX_VALUE;
            turn();
        }
    }

    private void dial() {
        draining = false;
        dialing = true;
        world.after(
                2L * world.latency(),
                () -> {
                    dialing = false;
                    if (!dead) {
                        if (world.reachable()) {
                            begin();
                        } else {
                            redialMillis = world.now() + backoff.millis(++failures);
                        }
                        turn();
                    }
                });
    }

    private void begin() {
        outbox.limits(null);
        receivers.forEach(receiver -> receiver.rules().limits(null));
        link = new SimulatedLink(world, this, world.chance(4));
        receivers.forEach(receiver -> history.connected(receiver.name()));
    }

    private void recordLoss() {
        history.connectionLost(name);
        receivers.forEach(receiver -> history.connectionLost(receiver.name()));
    }

    /** What becomes of an envelope. */
    private final class Sending implements OutboxEntry.Sender {
        private final long letter;

        Sending(long letter) {
            this.letter = letter;
        }

        @Override
        public void taken(Receipt receipt) {
            boolean stored = receipt instanceof Receipt.Stored;
            history.receipt(name, letter, stored ? Outcome.STORED : Outcome.DUPLICATE);
        }

        @Override
        public void failed(RelayException failure) {
            boolean unknown = failure.code() == ErrorCode.OUTCOME_UNKNOWN;
            history.receipt(name, letter, unknown ? Outcome.UNKNOWN : Outcome.REFUSED);
        }
    }
}
