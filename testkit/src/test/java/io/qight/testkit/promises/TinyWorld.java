package io.qight.testkit.promises;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * Senders and receivers of a {@link TinyRelay}, in virtual time, with connections that are lost and
 * a relay that is killed; all of it recorded as a test would.
 */
final class TinyWorld {
    private static final Bounds BOUNDS = new Bounds(400, 20, 40, 60, 3);
    private static final int MILLIS = 6_000;
    private static final long WAY_MILLIS_MAX = 20;
    private static final int CREDIT = 4;

    private record Task(long millis, long order, Runnable work) implements Comparable<Task> {
        @Override
        public int compareTo(Task other) {
            int byTime = Long.compare(millis, other.millis);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** A connection: what is sent arrives in order, or not at all once it is lost. */
    private final class Line {
        private boolean alive = true;
        private long toRelayMillis;
        private long toClientMillis;

        void toRelay(Runnable work) {
            toRelayMillis = Math.max(toRelayMillis, arrival());
            send(toRelayMillis, work);
        }

        void toClient(Runnable work) {
            toClientMillis = Math.max(toClientMillis, arrival());
            send(toClientMillis, work);
        }

        private long arrival() {
            return now + random.nextLong(1, WAY_MILLIS_MAX);
        }

        private void send(long millis, Runnable work) {
            at(
                    millis,
                    () -> {
                        if (alive) {
                            work.run();
                        }
                    });
        }
    }

    private record Letter(long number, long payload, long sentMillis, long ttlMillis) {}

    private final class Sender {
        private final String name;
        private final NavigableMap<Long, Letter> open = new TreeMap<>();
        private long number;
        private Line line = new Line();

        Sender(String name) {
            this.name = name;
        }

        void send() {
            long ttlMillis = random.nextInt(4) == 0 ? 300 : 60_000;
            Letter letter = new Letter(++number, random.nextLong(), now, ttlMillis);
            open.put(letter.number, letter);
            transmit(letter);
            at(now + random.nextLong(1, 60), this::send);
        }

        private void transmit(Letter letter) {
            history.sending(name, letter.number, "m", letter.payload, letter.ttlMillis);
            Line used = line;
            long ageMillis = now - letter.sentMillis;
            used.toRelay(() -> {
                long deadlineMillis = now + letter.ttlMillis - ageMillis;
                Outcome outcome =
                        relay.send(name, letter.number, letter.payload, deadlineMillis, now);
                used.toClient(() -> {
                    history.receipt(name, letter.number, outcome);
                    open.remove(letter.number);
                });
                pump();
            });
        }

        void lose() {
            Line lost = line;
            lost.alive = false;
            at(
                    now + random.nextLong(0, BOUNDS.noticeMillis()),
                    () -> {
                        if (line == lost) {
                            history.connectionLost(name);
                            line = new Line();
                            List.copyOf(open.values()).forEach(this::transmit);
                        }
                    });
        }
    }

    private final class Receiver {
        private final String name;
        private final List<Long> unacked = new ArrayList<>();
        private long deliveries;
        private Line line = new Line();

        Receiver(String name) {
            this.name = name;
            history.connected(name);
        }

        /** Takes one, if it has credit; the relay's side. */
        boolean take() {
            if (!line.alive || unacked.size() >= CREDIT) {
                return false;
            }
            TinyRelay.Item item = relay.handOut(name, deliveries + 1, now);
            if (item == null) {
                return false;
            }
            Delivery delivery =
                    new Delivery(
                            name,
                            ++deliveries,
                            "m",
                            item.outbox,
                            item.number,
                            item.payload,
                            item.deadlineMillis - now,
                            item.deliveries,
                            item.failures);
            unacked.add(delivery.number());
            line.toClient(() -> {
                history.delivered(delivery);
                at(
                        now + random.nextLong(0, random.nextInt(10) == 0 ? 700 : 30),
                        () -> finish(delivery.number()));
            });
            return true;
        }

        private void finish(long delivery) {
            Line used = line;
            int choice = random.nextInt(20);
            if (choice < 3) {
                history.nacking(name, delivery, choice == 0);
                used.toRelay(() -> {
                    relay.nack(name, delivery, choice == 0, now);
                    unacked.remove(delivery);
                    pump();
                });
            } else if (choice > 3) {
                history.acking(name, delivery);
                used.toRelay(() -> {
                    boolean removed = relay.ack(name, delivery);
                    unacked.remove(delivery);
                    used.toClient(() -> {
                        if (removed) {
                            history.acked(name, delivery);
                        } else {
                            history.leaseLost(name, delivery);
                        }
                    });
                    pump();
                });
            } else {
                // It forgets to answer, and its lease runs out; the credit comes back for the test.
                at(now + BOUNDS.leaseMillis(), () -> unacked.remove(delivery));
            }
        }

        void lose(boolean relayKnows) {
            Line lost = line;
            lost.alive = false;
            if (relayKnows) {
                relay.lost(name, now);
            }
            at(
                    now + random.nextLong(0, BOUNDS.noticeMillis()),
                    () -> {
                        if (line == lost) {
                            history.connectionLost(name);
                            line = new Line();
                            unacked.clear();
                            history.connected(name);
                            relay.takeOver(name);
                            pump();
                        }
                    });
        }
    }

    private final SplittableRandom random;
    private final PriorityQueue<Task> tasks = new PriorityQueue<>();
    private final History history = new History(this::now, BOUNDS);
    private final TinyRelay relay;
    private final List<Sender> senders = new ArrayList<>();
    private final List<Receiver> receivers = new ArrayList<>();
    private long now;
    private long order;

    private TinyWorld(long seed, TinyRelay.Fault fault) {
        random = new SplittableRandom(seed);
        relay = new TinyRelay(random.split(), fault, BOUNDS);
        for (int i = 0; i < 2; i++) {
            senders.add(new Sender("a" + i));
            receivers.add(new Receiver("r" + i));
        }
    }

    /** The whole of one run. */
    static History history(long seed, TinyRelay.Fault fault) {
        TinyWorld world = new TinyWorld(seed, fault);
        world.senders.forEach(Sender::send);
        world.tick();
        world.disturb();
        while (world.now < MILLIS) {
            Task task = world.tasks.remove();
            world.now = task.millis;
            task.work.run();
        }
        world.end();
        return world.history;
    }

    private long now() {
        return now;
    }

    private void at(long millis, Runnable work) {
        tasks.add(new Task(millis, order++, work));
    }

    private void tick() {
        relay.passTime(now);
        pump();
        at(now + 5, this::tick);
    }

    private void pump() {
        boolean some = true;
        while (some) {
            some = false;
            int first = random.nextInt(receivers.size());
            for (int i = 0; i < receivers.size(); i++) {
                some |= receivers.get((first + i) % receivers.size()).take();
            }
        }
    }

    private void disturb() {
        int choice = random.nextInt(10);
        if (choice == 0) {
            history.relayEnded();
            relay.restart();
            senders.forEach(Sender::lose);
            receivers.forEach(receiver -> receiver.lose(false));
        } else if (choice < 4) {
            senders.get(random.nextInt(senders.size())).lose();
        } else {
            receivers.get(random.nextInt(receivers.size())).lose(random.nextBoolean());
        }
        at(now + random.nextLong(1, 400), this::disturb);
    }

    private void end() {
        for (Receiver receiver : receivers) {
            receiver.line.alive = false;
            history.connectionLost(receiver.name);
            relay.takeOver(receiver.name);
        }
        relay.passTime(now);
        history.counted(
                new Counts(
                        "m",
                        0,
                        relay.appended,
                        relay.waiting.size(),
                        relay.acked,
                        relay.expired,
                        0,
                        0,
                        relay.dead.size()));
        relay.waiting.forEach(i -> history.found("m", i.outbox, i.number, i.payload));
        relay.dead.forEach(i -> history.foundDead("m", i.outbox, i.number, i.failures));
        history.drained("m");
    }
}
