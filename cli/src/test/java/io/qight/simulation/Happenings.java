package io.qight.simulation;

import io.qight.relay.flow.SteppedRelay;
import java.util.List;

/** What programs do, and what goes wrong, drawn one by one. */
final class Happenings {
    private static final long[] LIVES_MILLIS = {400, 3_000, 15_000, 100_000, 100_000, 990_000};
    private static final long HOUR_MILLIS = 3_600_000;

    private final World world;

    Happenings(World world) {
        this.world = world;
    }

    /** Some clients come, and then one thing after the other happens until faults are over. */
    void begin() {
        for (int i = 2 + world.random(3); i > 0; i--) {
            world.newClient();
        }
        happen();
        world.tick();
    }

    private void happen() {
        if (world.faults()) {
            act();
            world.after(world.random(400), this::happen);
        }
    }

    private void act() {
        SimulatedClient client = world.clients().get(world.random(world.clients().size()));
        int choice = world.random(1_000);
        if (choice < 550) {
            send(client);
        } else if (choice < 600) {
            client.cancelOne();
        } else if (choice < 660) {
            cutOne(client);
        } else if (choice < 690) {
            loseStream(client);
        } else if (choice < 710) {
            replace(client);
        } else if (choice < 725) {
            world.crash();
        } else if (choice < 740) {
            world.store().arm(fault());
        } else if (choice < 760) {
            drain();
        } else if (choice < 800) {
            stepClocks(client);
        } else if (choice < 850) {
            stall(client);
        } else {
            changeSubscriptions(client);
        }
    }

    private void send(SimulatedClient client) {
        String mailbox = World.MAILBOXES.get(world.random(World.MAILBOXES.size()));
        for (int i = world.random(world.chance(10) ? 40 : 6); i >= 0; i--) {
            client.send(
                    world.chance(4)
                            ? World.MAILBOXES.get(world.random(World.MAILBOXES.size()))
                            : mailbox,
                    LIVES_MILLIS[world.random(LIVES_MILLIS.length)],
                    world.chance(20) ? 5_000 : world.random(50));
        }
        client.turn();
    }

    private void cutOne(SimulatedClient client) {
        SimulatedLink link = client.link();
        if (link != null && !link.wire().over()) {
            world.cut(link.wire());
            // The transport may know sooner than pings tell.
            if (world.chance(2)) {
                world.after(world.random(2_000), link::closed);
            }
        }
    }

    private static void loseStream(SimulatedClient client) {
        SimulatedLink link = client.link();
        if (link != null && link.connected()) {
            link.loseStream();
            client.turn();
        }
    }

    private void replace(SimulatedClient client) {
        client.kill();
        world.clients().remove(client);
        world.newClient();
    }

    private WatchedStore.Fault fault() {
        WatchedStore.Fault[] all = WatchedStore.Fault.values();
        WatchedStore.Fault fault = all[world.random(all.length)];
        if (fault == WatchedStore.Fault.FAILS_BEFORE || fault == WatchedStore.Fault.FAILS_AFTER) {
            // A failed store takes nothing more until somebody restarts the relay.
            world.after(2_000 + world.random(5_000), world::crash);
        }
        return fault;
    }

    /** The relay ends in order, or as much of it as there is time for. */
    private void drain() {
        if (!world.up()) {
            return;
        }
        SteppedRelay ending = world.relay();
        List.copyOf(world.wires()).forEach(wire -> wire.relayEnd().drain());
        ending.drain();
        world.after(
                500 + world.random(1_500),
                () -> {
                    if (world.up() && world.relay() == ending) {
                        world.crash();
                    }
                });
    }

    private void stepClocks(SimulatedClient client) {
        if (world.setting().clockSteps()) {
            long step = world.chance(2) ? HOUR_MILLIS : -HOUR_MILLIS;
            if (world.chance(2)) {
                client.stepWallClock(step);
            } else {
                world.stepRelaysWallClock(step);
            }
        }
    }

    private void stall(SimulatedClient client) {
        SimulatedLink link = client.link();
        if (link != null && world.setting().stallMillis() > 0) {
            link.wire().stall(world.random(world.setting().stallMillis()));
        }
    }

    private void changeSubscriptions(SimulatedClient client) {
        List<SimulatedReceiver> receivers = client.receivers();
        if (receivers.isEmpty() || world.chance(8)) {
            if (receivers.size() < 3) {
                world.subscribe(client);
            }
        } else {
            SimulatedReceiver receiver = receivers.get(world.random(receivers.size()));
            String mailbox = World.MAILBOXES.get(world.random(World.MAILBOXES.size()));
            if (world.chance(6)) {
                receiver.end();
            } else if (world.chance(2)) {
                receiver.remove(mailbox);
            } else {
                receiver.add(mailbox);
            }
        }
        client.turn();
    }
}
