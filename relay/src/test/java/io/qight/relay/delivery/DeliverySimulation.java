package io.qight.relay.delivery;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.relay.delivery.ModelEnvelope.Hold;
import io.qight.store.Expired;
import io.qight.store.MemoryStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoreStatistics;
import io.qight.store.StoredEnvelope;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A relay's deliveries, its store and writer, its receivers of both versions and its senders, in
 * virtual time. A seed decides all that happens, and in which order what is on its way arrives:
 * frames of each stream, what the transport took, PONGs, commits and their answers, word of
 * arrivals. Connections are lost at any moment, the store fails, the relay crashes and comes back.
 */
final class DeliverySimulation {
    private static final int STEPS = 250;
    private static final List<String> MAILBOXES = List.of("bob", "eve", "zoe");

    private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

    private final Random random;
    private final DeliverySettings settings =
            new DeliverySettings(
                    DeliveryFixture.LIMITS, 30_000, 3, 1_024, 10_000, 604_800_000, 1_000, 1_000);
    private final MemoryStore store = new MemoryStore();
    private final PromiseModel promises;
    private final List<SimulatedClient> clients = new ArrayList<>();
    private final List<SimulatedStream> streams = new ArrayList<>();

    /** Each FETCH of version 0 under way, and how much it was given. */
    private final Map<Object, Long> fetches = new LinkedHashMap<>();

    private final Deque<Arrival> arrivals = new ArrayDeque<>();
    private final Deque<Ledger.Change> waiting = new ArrayDeque<>();
    private final Deque<Committed> committed = new ArrayDeque<>();
    private Deliveries deliveries;
    private long arrivalsTold;
    private boolean storeFailed;
    private boolean calm;
    private long now = 1_000_000;
    private int fetchKeys;

    /** One run, with a story of what happened or without. */
    DeliverySimulation(long seed, boolean tells) {
        random = new Random(seed);
        promises = new PromiseModel(settings, tells);
        promises.time(now);
        deliveries = newDeliveries();
        int receivers = 1 + random.nextInt(3);
        int exclusive = random.nextInt(4) == 0 ? 3 : random.nextInt(6) == 0 ? 1 : 0;
        for (int i = 0; i < receivers; i++) {
            Mode mode = i < exclusive ? Mode.EXCLUSIVE : Mode.SHARED;
            clients.add(new SimulatedClient(random, MAILBOXES, i + 1, mode));
        }
    }

    /** What happened last. */
    String story() {
        return promises.story();
    }

    /** What the writer tells of a commit; sometimes without the envelopes. */
    private record Arrival(String mailbox, List<StoredEnvelope> newest) {
        long last() {
            return newest.isEmpty() ? Long.MAX_VALUE : newest.get(newest.size() - 1).sequence();
        }
    }

    /** What the writer answers, behind so many arrivals. */
    private record Committed(
            Ledger.Change change,
            List<Operation> operations,
            List<Outcome> outcomes,
            long arrivals) {}

    /** Runs it; says which promise was broken by an {@link AssertionError}. */
    void run() {
        for (int i = 0; i < STEPS; i++) {
            act();
        }
        drainAll();
        requireAccounts();
        requireNothingKnown();
    }

    private void act() {
        int choice = random.nextInt(100);
        if (choice < 12) {
            send();
        } else if (choice < 40) {
            clientActs();
        } else if (choice < 50) {
            receive();
        } else if (choice < 68) {
            turn(1 + random.nextInt(4));
        } else if (choice < 76) {
            commit();
        } else if (choice < 84) {
            pass();
        } else if (choice < 91) {
            fetch();
        } else if (choice < 96) {
            lose();
        } else if (choice < 97) {
            faultOfTheStore();
        } else if (choice < 98 && random.nextInt(3) == 0) {
            crash();
        } else {
            turn(8);
        }
    }

    private void send() {
        List<Operation> operations = new ArrayList<>();
        List<ModelEnvelope> envelopes = new ArrayList<>();
        String mailbox = MAILBOXES.get(random.nextInt(MAILBOXES.size()));
        int outbox = random.nextInt(2);
        long first = store.statistics().appended() + 1;
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            long[] lives = {300, 3_000, 20_000, 200_000, 200_000};
            long deadline = now + lives[random.nextInt(lives.length)];
            boolean seed = random.nextInt(4) == 0;
            boolean fits = !seed || random.nextInt(3) > 0;
            ByteBuf bytes = encode(mailbox, first + i, seed, fits);
            operations.add(
                    new Operation.Append(
                            mailbox,
                            seed ? EnvelopeFormat.V0 : EnvelopeFormat.V1,
                            now,
                            deadline,
                            bytes.nioBuffer(),
                            null));
            envelopes.add(
                    new ModelEnvelope(
                            first + i,
                            mailbox,
                            deadline,
                            bytes.nioBuffer(),
                            fits,
                            outbox,
                            promises.step()));
        }
        List<Outcome> outcomes = store.commit(operations);
        envelopes.forEach(promises::appended);
        arrivals.add(new Arrival(mailbox, newest(operations, outcomes)));
        arrivalsTold++;
    }

    private List<StoredEnvelope> newest(List<Operation> operations, List<Outcome> outcomes) {
        List<StoredEnvelope> newest = new ArrayList<>();
        if (random.nextInt(5) > 0) {
            for (int i = 0; i < operations.size(); i++) {
                Operation.Append append = (Operation.Append) operations.get(i);
                newest.add(
                        new StoredEnvelope(
                                ((Outcome.Stored) outcomes.get(i)).sequence(),
                                append.format(),
                                append.deadlineMillis(),
                                0,
                                append.bytes()));
            }
        }
        return newest;
    }

    private ByteBuf encode(String mailbox, long sequence, boolean seed, boolean fits) {
        MessageEnvelope envelope =
                MessageEnvelope.builder()
                        .id("m" + sequence)
                        .sender(fits ? "alice" : "s".repeat(300))
                        .recipient(mailbox)
                        .timestampSeconds(17)
                        .ttlMillis(1_000)
                        .payload(sequence + " " + "x".repeat(random.nextInt(300)))
                        .build();
        return seed
                ? io.qight.wire.v0.EnvelopeCodec.encode(envelope, HEAP)
                : EnvelopeCodec.encode(envelope, HEAP);
    }

    private void clientActs() {
        SimulatedClient client = clients.get(random.nextInt(clients.size()));
        if (client.stream == null || random.nextInt(40) == 0) {
            // A second stream while the first still stands is a takeover.
            open(client);
        } else if (random.nextInt(60) == 0) {
            client.end();
        } else {
            client.act();
        }
    }

    private void open(SimulatedClient client) {
        SimulatedStream stream = new SimulatedStream(promises, random);
        streams.add(stream);
        promises.opened(stream.model);
        deliveries.open(stream);
        client.subscribe(stream);
    }

    private void receive() {
        SimulatedClient client = clients.get(random.nextInt(clients.size()));
        for (int i = random.nextInt(5); i >= 0; i--) {
            SimulatedStream stream = client.stream;
            Frame frame = stream == null ? null : stream.toClient.poll();
            if (frame != null) {
                client.receive(frame);
            }
        }
    }

    /** One turn of the dispatcher: it takes in some of what waits, and then deals. */
    private void turn(int messages) {
        for (int i = 0; i < messages; i++) {
            takeIn();
        }
        deal();
    }

    private void deal() {
        deliveries.deal(now);
        Set<ModelStream> withRoom = new HashSet<>();
        for (SimulatedStream stream : streams) {
            if (stream.ready()) {
                withRoom.add(stream.model);
            }
        }
        promises.settled(withRoom, waiting.isEmpty() && committed.isEmpty());
    }

    private void takeIn() {
        int choice = random.nextInt(10);
        if (choice == 0 && !arrivals.isEmpty()) {
            takeInArrival();
        } else if (choice <= 2) {
            answer();
        } else if (!streams.isEmpty()) {
            SimulatedStream stream = streams.get(random.nextInt(streams.size()));
            if (choice == 3 && stream.asked) {
                stream.asked = false;
                promises.alive(stream.model);
                deliveries.step(stream, new FetchInput.Alive(), now);
            } else if (choice <= 5) {
                transportTakes(stream);
            } else {
                takeIn(stream);
            }
        }
    }

    private void transportTakes(SimulatedStream stream) {
        if (stream.refused || !stream.untaken.isEmpty()) {
            long last = 0;
            for (int i = random.nextInt(4); i >= 0 && !stream.untaken.isEmpty(); i--) {
                last = stream.untaken.remove();
            }
            stream.refused = false;
            promises.taken(stream.model, last);
            deliveries.step(stream, new FetchInput.Taken(last), now);
        }
    }

    private void takeInArrival() {
        Arrival arrival = arrivals.remove();
        promises.arrived(arrival.mailbox, arrival.last());
        deliveries.arrived(arrival.mailbox, arrival.newest);
    }

    /** The writer speaks in the order of its commits. */
    private void takeInArrivals(long told) {
        while (arrivalsTold - arrivals.size() < told) {
            takeInArrival();
        }
    }

    private void takeIn(SimulatedStream stream) {
        FetchInput input = stream.toRelay.poll();
        if (input == null) {
            return;
        }
        if (input instanceof FetchInput.Arrived arrived) {
            promises.arrived(stream.model, arrived.frame());
        } else if (input instanceof FetchInput.Ended) {
            promises.ended(stream.model);
        } else if (input instanceof FetchInput.Lost) {
            promises.lost(stream.model);
        }
        deliveries.step(stream, input, now);
        if (input instanceof FetchInput.Lost) {
            stream.overAtRelay = true;
            streams.remove(stream);
        }
    }

    private void commit() {
        if (storeFailed && !waiting.isEmpty()) {
            failAll();
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            commitNext();
        }
    }

    private boolean commitNext() {
        if (storeFailed || waiting.isEmpty()) {
            return false;
        }
        Ledger.Change change = waiting.remove();
        List<Operation> operations = change.operations();
        List<Outcome> outcomes = store.commit(operations);
        for (int i = 0; i < operations.size(); i++) {
            promises.committed(operations.get(i), outcomes.get(i));
        }
        committed.add(new Committed(change, operations, outcomes, arrivalsTold));
        return true;
    }

    private boolean answer() {
        Committed answered = committed.poll();
        if (answered == null) {
            return false;
        }
        takeInArrivals(answered.arrivals);
        answered.operations.forEach(promises::answered);
        answered.change.done(answered.outcomes, now);
        return true;
    }

    /**
     * Whether the last commits were carried out is not known; all of them are told to have failed.
     */
    private void faultOfTheStore() {
        if (random.nextInt(4) > 0 || storeFailed) {
            return;
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            commitNext();
        }
        storeFailed = true;
        failAll();
    }

    private void failAll() {
        takeInArrivals(arrivalsTold);
        promises.storeFailed();
        List<Ledger.Change> all = new ArrayList<>();
        committed.forEach(one -> all.add(one.change));
        all.addAll(waiting);
        committed.clear();
        waiting.clear();
        all.forEach(change -> change.failed(now));
        deal();
    }

    private void crash() {
        for (int i = random.nextInt(4); i > 0; i--) {
            commitNext();
        }
        restart();
    }

    private void restart() {
        boolean allStored = waiting.isEmpty() && !storeFailed;
        storeFailed = false;
        waiting.clear();
        committed.clear();
        fetches.clear();
        arrivals.clear();
        streams.forEach(stream -> stream.overAtRelay = true);
        streams.clear();
        clients.forEach(client -> client.stream = null);
        Map<Long, Integer> failures = new HashMap<>();
        for (String mailbox : MAILBOXES) {
            for (StoredEnvelope one : store.read(mailbox, 0, 100_000, Long.MAX_VALUE)) {
                failures.put(one.sequence(), one.failures());
            }
        }
        promises.crashed(failures, allStored);
        deliveries = newDeliveries();
    }

    private Deliveries newDeliveries() {
        return new Deliveries(MailboxReader.of(store), waiting::add, settings);
    }

    private void pass() {
        long[] spans = {1, 20, 100, 1_000, 1_500, 6_000};
        advance(random.nextInt(25) == 0 ? 31_000 : spans[random.nextInt(spans.length)]);
    }

    private void advance(long millis) {
        now += millis;
        promises.time(now);
        if (random.nextBoolean() || calm) {
            expire();
        }
        deal();
    }

    private void expire() {
        List<Operation> removals = new ArrayList<>();
        for (Expired.Key key : store.expired(now, 1_000).envelopes()) {
            removals.add(new Operation.Remove(key.mailbox(), key.sequence(), Removal.EXPIRED));
        }
        List<Outcome> outcomes = store.commit(removals);
        for (int i = 0; i < removals.size(); i++) {
            promises.committed(removals.get(i), outcomes.get(i));
        }
    }

    private void fetch() {
        if (fetches.isEmpty() || (fetches.size() < 3 && random.nextInt(4) == 0)) {
            String mailbox = MAILBOXES.get(random.nextInt(MAILBOXES.size()));
            if (!promises.fetchConflicts(mailbox)) {
                Object key = "fetch" + ++fetchKeys;
                deliveries.startFetch(key, mailbox);
                promises.fetchStarted(key, mailbox);
                fetches.put(key, 0L);
            }
            return;
        }
        Object key = List.copyOf(fetches.keySet()).get(random.nextInt(fetches.size()));
        if (random.nextInt(3) > 0) {
            readSlice(key);
        } else {
            boolean acknowledged = random.nextBoolean();
            fetches.remove(key);
            promises.fetchOver(key, acknowledged);
            if (acknowledged) {
                deliveries.acknowledge(key);
            } else {
                deliveries.giveBack(key);
            }
            deal();
        }
    }

    private void readSlice(Object key) {
        SliceAnswer answer = deliveries.readSlice(key, 100 + random.nextInt(2_000), now);
        if (answer instanceof SliceAnswer.TooLarge larger) {
            answer = deliveries.readSlice(key, larger.bytes(), now);
        }
        if (answer instanceof SliceAnswer.Read read) {
            List<StoredEnvelope> envelopes = read.slice().envelopes();
            promises.read(key, envelopes);
            long had = fetches.merge(key, (long) envelopes.size(), Long::sum);
            if (!envelopes.isEmpty() && random.nextInt(4) == 0) {
                long sequence = envelopes.get(random.nextInt(envelopes.size())).sequence();
                promises.leftOut(key, sequence);
                deliveries.leaveOut(key, sequence);
            }
            if (read.slice().last() && had == 0) {
                fetches.remove(key);
                promises.fetchOver(key, false);
            }
        }
        deal();
    }

    /** A connection is gone for the client; the relay learns of it later, and of frames before. */
    private void lose() {
        SimulatedClient client = clients.get(random.nextInt(clients.size()));
        SimulatedStream stream = client.stream;
        if (stream != null) {
            for (int i = random.nextInt(4); i > 0 && !stream.toRelay.isEmpty(); i--) {
                stream.toRelay.removeLast();
            }
            stream.toRelay.add(new FetchInput.Lost());
            client.stream = null;
        }
    }

    /** No more faults: everything that waits is received and acked, and then all is still. */
    private void drainAll() {
        calm = true;
        if (storeFailed) {
            restart();
        }
        for (SimulatedStream stream : List.copyOf(streams)) {
            stream.toRelay.add(new FetchInput.Lost());
        }
        settleAll();
        for (Object key : List.copyOf(fetches.keySet())) {
            fetches.remove(key);
            promises.fetchOver(key, false);
            deliveries.giveBack(key);
        }
        advance(30_000);
        settleAll();
        SimulatedStream receiver = new SimulatedStream(promises, new Random(1));
        streams.add(receiver);
        promises.opened(receiver.model);
        deliveries.open(receiver);
        receiver.toRelay.add(
                new FetchInput.Arrived(
                        new Frame.Subscribe(
                                new Id(9, 9), 1, Mode.SHARED, 60_000, 1_000, 1 << 20, 0, 0)));
        for (int i = 0; i < MAILBOXES.size(); i++) {
            receiver.toRelay.add(new FetchInput.Arrived(new Frame.Add(i + 1, MAILBOXES.get(i))));
        }
        for (int round = 0; round < 5; round++) {
            // First, so that a delay that it ends is followed by an ack.
            advance(1_000);
            settleAll();
            ackAll(receiver);
            settleAll();
        }
        fetchTheRest();
        receiver.toRelay.add(new FetchInput.Ended());
        settleAll();
        settleAll();
        for (ModelEnvelope envelope : promises.envelopes()) {
            Promise.NOTHING_WAITS_IN_VAIN.holds(
                    envelope.gone || envelope.hold == Hold.DELAYED,
                    "%s is left, %s",
                    envelope,
                    envelope.hold);
        }
    }

    private void ackAll(SimulatedStream receiver) {
        for (Frame frame = receiver.toClient.poll();
                frame != null;
                frame = receiver.toClient.poll()) {
            if (frame instanceof Frame.Deliver deliver) {
                receiver.toRelay.add(
                        new FetchInput.Arrived(
                                new Frame.Ack(Ranges.of(deliver.delivery(), deliver.delivery()))));
            }
        }
    }

    /** What only version 0 can read is left to it. */
    private void fetchTheRest() {
        for (String mailbox : MAILBOXES) {
            Object key = "rest of " + mailbox;
            promises.fetchStarted(key, mailbox);
            deliveries.startFetch(key, mailbox);
            boolean more = true;
            while (more) {
                SliceAnswer answer = deliveries.readSlice(key, 1 << 20, now);
                if (answer instanceof SliceAnswer.Read read) {
                    promises.read(key, read.slice().envelopes());
                    more = !read.slice().last();
                }
            }
            promises.fetchOver(key, true);
            deliveries.acknowledge(key);
        }
        settleAll();
    }

    private void settleAll() {
        boolean more = true;
        while (more) {
            more = false;
            for (SimulatedStream stream : List.copyOf(streams)) {
                while (!stream.toRelay.isEmpty()) {
                    takeIn(stream);
                    more = true;
                }
                while (stream.refused || !stream.untaken.isEmpty()) {
                    transportTakes(stream);
                    more = true;
                }
            }
            while (!arrivals.isEmpty()) {
                takeInArrival();
            }
            while (commitNext() || answer()) {
                more = true;
            }
            deal();
        }
    }

    private void requireAccounts() {
        StoreStatistics there = store.statistics();
        long left = there.removed().values().stream().mapToLong(Long::longValue).sum();
        Promise.NOTHING_LOST.holds(
                there.appended() == there.waiting() + left,
                "%d came, %d wait, %d left",
                there.appended(),
                there.waiting(),
                left);
        for (Map.Entry<Removal, Long> one : promises.removed().entrySet()) {
            Promise.NOTHING_LOST.holds(
                    one.getValue().equals(there.removed().get(one.getKey())),
                    "%s: %d, and the store says %d",
                    one.getKey(),
                    one.getValue(),
                    there.removed().getOrDefault(one.getKey(), 0L));
        }
    }

    private void requireNothingKnown() {
        advance(200_000);
        settleAll();
        advance(60_000);
        Promise.AS_THE_PAGE_SAYS.holds(
                deliveries.mailboxesKnown() == 0
                        && deliveries.subscriptions() == 0
                        && deliveries.streams() == 0
                        && deliveries.alarmsSet() == 0,
                "%d mailboxes, %d subscriptions, %d streams, %d alarms are still known",
                deliveries.mailboxesKnown(),
                deliveries.subscriptions(),
                deliveries.streams(),
                deliveries.alarmsSet());
    }
}
