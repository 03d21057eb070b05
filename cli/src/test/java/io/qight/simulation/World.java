package io.qight.simulation;

import io.qight.relay.delivery.DeliverySettings;
import io.qight.relay.flow.SteppedRelay;
import io.qight.relay.flow.WriterSettings;
import io.qight.relay.outbox.MailboxQuota;
import io.qight.relay.outbox.OutboxLimits;
import io.qight.store.Durability;
import io.qight.testkit.promises.History;
import io.qight.wire.v1.ConnectionLimits;
import io.qight.wire.v1.Id;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * What there is: chance, time, a relay that comes and goes, its store, the network, the clients.
 */
final class World {
    /** What wall clocks say when the world begins. */
    static final long EPOCH_MILLIS = 1_790_000_000_000L;

    static final List<String> MAILBOXES = List.of("bob", "eve", "zoe");

    private static final ConnectionLimits LIMITS =
            new ConnectionLimits(
                    100_000,
                    1_000_000,
                    64,
                    65_536,
                    1_000,
                    1 << 20,
                    1_000,
                    500,
                    3_600_000,
                    604_800_000,
                    30_000);

    private final Random random;
    private final Clockwork clock = new Clockwork();
    private final Setting setting;
    private final History history;
    private final WatchedStore store;
    private final Watch watch;
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final List<Wire> wires = new ArrayList<>();
    private @Nullable SteppedRelay relay;
    private boolean up;
    private boolean faults = true;
    private long relayWallStepMillis;
    private int names;
    private long absentUntilMillis;

    World(long seed) {
        random = new Random(seed);
        setting = Setting.draw(random);
        history = new History(clock::now, setting.bounds());
        store = new WatchedStore(this, history, setting);
        watch = new Watch(this, store);
        LoggedErrors.tell(clock::fail);
    }

    History history() {
        return history;
    }

    Setting setting() {
        return setting;
    }

    WatchedStore store() {
        return store;
    }

    Watch watch() {
        return watch;
    }

    List<SimulatedClient> clients() {
        return clients;
    }

    List<Wire> wires() {
        return wires;
    }

    ConnectionLimits limits() {
        return LIMITS;
    }

    long now() {
        return clock.now();
    }

    /** Something is wrong, and whoever called may keep an exception for itself. */
    void fail(AssertionError why) {
        clock.fail(why);
    }

    void after(long millis, Runnable task) {
        clock.after(millis, task);
    }

    int random(int bound) {
        return random.nextInt(bound);
    }

    double fraction() {
        return random.nextDouble();
    }

    /** Once in so many times. */
    boolean chance(int times) {
        return random.nextInt(times) == 0;
    }

    boolean faults() {
        return faults;
    }

    void endFaults() {
        faults = false;
    }

    /** Lets happen what happens within so long. */
    void run(long millis) {
        clock.run(millis);
    }

    /** Whether a relay runs. */
    boolean up() {
        return up;
    }

    Id id() {
        return new Id(random.nextLong(), random.nextLong());
    }

    int latency() {
        return 1 + random.nextInt(setting.latencyMillis());
    }

    SteppedRelay relay() {
        return Objects.requireNonNull(relay);
    }

    long relayMillis() {
        return relay().millis();
    }

    /** Whether clients reach a relay. */
    boolean reachable() {
        return up && clock.now() >= absentUntilMillis;
    }

    /** For so long nobody reaches it. */
    void separate(long millis) {
        absentUntilMillis = clock.now() + millis;
        List.copyOf(wires).forEach(this::cut);
    }

    void stepRelaysWallClock(long millis) {
        relayWallStepMillis += millis;
    }

    void opened(Wire wire) {
        wires.add(wire);
    }

    /** Nothing passes on a connection any more; both ends hear of it at times of their own. */
    void cut(Wire wire) {
        wire.cut();
        after(random(Math.max(1, setting.noticeMillis())), () -> wire.relayEnd().lost());
    }

    /** The relay ends at once. */
    void crash() {
        if (up) {
            history.relayEnded();
            crashed();
        }
    }

    /** The relay is gone, in the middle of a commit or not. */
    void crashed() {
        relay().kill();
        up = false;
        for (Wire wire : List.copyOf(wires)) {
            wire.cut();
        }
        wires.clear();
        after(100 + random(3_000), this::start);
    }

    /** Begins a run of the relay, if there is none. */
    void start() {
        if (up) {
            return;
        }
        long wallMillis = EPOCH_MILLIS + clock.now() + relayWallStepMillis;
        if (relay != null && relay.millis() != wallMillis) {
            // Across a restart the wall clock decides.
            history.clockStepped(wallMillis - relay.millis());
        }
        store.arm(WatchedStore.Fault.NONE);
        SteppedRelay next =
                new SteppedRelay(
                        store,
                        new WriterSettings(
                                Durability.FSYNC,
                                new MailboxQuota(setting.quotaEnvelopes(), 1 << 20),
                                OutboxLimits.USUAL),
                        new DeliverySettings(
                                LIMITS,
                                Setting.GRACE_MILLIS,
                                Setting.FAILURES_MAX,
                                1_024,
                                10_000,
                                604_800_000,
                                1_000,
                                1_000),
                        clock,
                        () -> EPOCH_MILLIS + clock.now() + relayWallStepMillis,
                        bound -> random.nextInt(bound));
        next.start();
        relay = next;
        up = true;
    }

    SimulatedClient newClient() {
        SimulatedClient client = new SimulatedClient(this, "client" + ++names);
        clients.add(client);
        for (int i = random(3); i > 0; i--) {
            subscribe(client);
        }
        client.turn();
        return client;
    }

    void subscribe(SimulatedClient client) {
        SimulatedReceiver receiver = client.subscribe();
        MAILBOXES.stream().filter(mailbox -> random(3) > 0).forEach(receiver::add);
    }

    /** Begins to let time pass for the relay's ends of connections. */
    void tick() {
        wires.removeIf(Wire::over);
        List.copyOf(wires).forEach(wire -> wire.relayEnd().tick());
        after(500, this::tick);
    }
}
