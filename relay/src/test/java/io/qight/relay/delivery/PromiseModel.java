package io.qight.relay.delivery;

import io.qight.relay.delivery.ModelEnvelope.Hold;
import io.qight.relay.delivery.ModelStream.Claim;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.FrameType;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * The page's rules once more, in their plainest form: told of everything that goes into the
 * deliveries, before it goes in, and of everything that comes out, it says which {@link Promise} is
 * broken.
 */
final class PromiseModel {
    /** How much of what happened is told when a promise is broken, in lines. */
    private static final int STORY_LINES_MAX = 80;

    private final DeliverySettings settings;
    private final Deque<String> story = new ArrayDeque<>();
    private final boolean tells;
    private final Map<String, TreeMap<Long, ModelEnvelope>> mailboxes = new HashMap<>();
    private final Map<ByteBuffer, ModelEnvelope> byBytes = new HashMap<>();
    private final Map<Id, ModelSubscription> subscriptions = new HashMap<>();
    private final Set<ModelStream> streams = new HashSet<>();
    private final Map<Object, String> fetches = new HashMap<>();
    private final Map<Object, List<ModelEnvelope>> fetched = new HashMap<>();
    private final Map<Removal, Long> removed = new EnumMap<>(Removal.class);
    private long now;
    private long step;

    /** With a story, or, since that takes time, without. */
    PromiseModel(DeliverySettings settings, boolean tells) {
        this.settings = settings;
        this.tells = tells;
    }

    /** What happened last; empty without a story. */
    String story() {
        return String.join("\n", story);
    }

    Collection<ModelEnvelope> envelopes() {
        List<ModelEnvelope> all = new ArrayList<>();
        mailboxes.values().forEach(mailbox -> all.addAll(mailbox.values()));
        return all;
    }

    Map<Removal, Long> removed() {
        return removed;
    }

    long step() {
        return step;
    }

    // What goes in.

    void appended(ModelEnvelope envelope) {
        mailbox(envelope.mailbox).put(envelope.sequence, envelope);
        byBytes.put(envelope.bytes, envelope);
    }

    /** The relay is told of what waits there, up to this sequence. */
    void arrived(String mailbox, long last) {
        mailbox(mailbox).headMap(last, true).values().forEach(envelope -> envelope.known = true);
    }

    /** Time has passed; what is due has happened. */
    void time(long millis) {
        now = millis;
        step++;
        for (ModelStream stream : streams) {
            if (stream.holdsLeft > 0 && stream.holdsUntilMillis <= now && !stream.over) {
                stream.failureDue = ErrorCode.REQUEST_TIMEOUT;
            }
        }
        for (ModelSubscription one : List.copyOf(subscriptions.values())) {
            boolean forgotten = one.stream == null && one.graceEndMillis <= now;
            for (ModelLease lease : one.leases.values()) {
                if (forgotten || (one.stream == null && lease.overdue(now))) {
                    giveBack(lease);
                }
            }
            if (forgotten) {
                subscriptions.values().remove(one);
            }
        }
        for (ModelEnvelope envelope : envelopes()) {
            if (envelope.hold == Hold.DELAYED && envelope.delayedUntilMillis <= now) {
                envelope.release(true, step);
            }
            if (envelope.hold == Hold.LEASED
                    && envelope.holder instanceof ModelLease
                    && envelope.deadlineMillis <= now) {
                envelope.release(false, step);
            }
        }
    }

    void opened(ModelStream stream) {
        streams.add(stream);
    }

    /** A frame of the client is carried out. */
    void arrived(ModelStream stream, Frame frame) {
        step++;
        note(stream, "in", frame);
        if (stream.over || stream.ending || stream.failureDue != null) {
            return;
        }
        ModelSubscription subscription = stream.subscription;
        if (frame instanceof Frame.Subscribe subscribe) {
            stream.subscribe = subscribe;
            stream.holdsLeft = subscribe.hold();
            stream.holdsUntilMillis = now + settings.holdMillis();
            subscribeOnceHeld(stream);
        } else if (frame instanceof Frame.Hold hold) {
            stream.holds.addAll(NumberSet.of(hold.deliveries()));
            stream.holdsLeft--;
            subscribeOnceHeld(stream);
        } else if (subscription != null) {
            arrived(stream, subscription, frame);
        }
    }

    private void arrived(ModelStream stream, ModelSubscription subscription, Frame frame) {
        if (frame instanceof Frame.Ack ack) {
            if (given(stream, ack.deliveries())) {
                FetchClient.numbers(ack.deliveries()).forEach(number -> ack(stream, number));
            }
        } else if (frame instanceof Frame.Nack nack) {
            if (given(stream, nack.deliveries())) {
                leases(subscription, nack.deliveries()).forEach(lease -> nack(lease, nack));
            }
        } else if (frame instanceof Frame.Extend extend) {
            if (given(stream, extend.deliveries())) {
                FetchClient.numbers(extend.deliveries())
                        .forEach(number -> extend(stream, number, extend.leaseMillis()));
            }
        } else if (frame instanceof Frame.Credit credit) {
            stream.creditEnvelopes = credit.creditEnvelopes();
            stream.creditBytes = credit.creditBytes();
        } else if (frame instanceof Frame.Add add) {
            add(stream, subscription, add);
        } else if (frame instanceof Frame.Remove remove) {
            if (stream.claims.remove(remove.mailbox()) != null) {
                stream.due.add(new Frame.Removed(remove.mailbox(), 0));
            }
        }
    }

    private boolean given(ModelStream stream, Ranges numbers) {
        if (numbers.last() <= Objects.requireNonNull(stream.subscription).lastNumber) {
            return true;
        }
        stream.failureDue = ErrorCode.BAD_NUMBER;
        stream.claims.clear();
        return false;
    }

    private void subscribeOnceHeld(ModelStream stream) {
        Frame.Subscribe subscribe = Objects.requireNonNull(stream.subscribe);
        if (stream.holdsLeft > 0) {
            return;
        }
        ModelSubscription known = subscriptions.get(subscribe.subscription());
        if (known != null && subscribe.opening() <= known.opening) {
            stream.failureDue = ErrorCode.TAKEN_OVER;
            return;
        }
        if (known != null && known.stream != null) {
            known.stream.failureDue = ErrorCode.TAKEN_OVER;
            detach(known.stream, known);
        }
        ModelSubscription own = known == null ? new ModelSubscription() : known;
        subscriptions.put(subscribe.subscription(), own);
        own.stream = stream;
        own.opening = subscribe.opening();
        own.mode = subscribe.mode();
        own.leaseMillis = subscribe.leaseMillis();
        own.lastNumber = Math.max(own.lastNumber, subscribe.known());
        stream.subscription = own;
        stream.creditEnvelopes = subscribe.creditEnvelopes();
        stream.creditBytes = subscribe.creditBytes();
        NumberSet held = new NumberSet();
        for (ModelLease lease : own.leases.values()) {
            boolean keeps = lease.leased(now) && stream.holds.contains(lease.number);
            lease.counted = keeps;
            lease.asked = false;
            if (keeps) {
                held.add(lease.number);
                lease.endMillis = now + own.leaseMillis;
            } else if (lease.leased(now)) {
                giveBack(lease);
            }
        }
        List<Ranges> pieces = held.ranges();
        stream.due.add(
                new Frame.Subscribed(
                        known != null, own.leaseMillis, own.lastNumber + 1, pieces.size()));
        pieces.forEach(ranges -> stream.due.add(new Frame.Held(ranges)));
    }

    private void ack(ModelStream stream, long number) {
        ModelLease lease = Objects.requireNonNull(stream.subscription).leases.get(number);
        if (lease == null) {
            ModelStream.owe(stream.lostOwed, number);
            return;
        }
        lease.counted = false;
        ModelEnvelope envelope = lease.envelope;
        boolean again = lease.acking() || (envelope.acked && envelope.holder == lease);
        if (again || lease.leased(now) || reclaims(lease)) {
            ModelStream.owe(stream.ackedOwed, number);
            if (!again) {
                envelope.hold(Hold.ACKING, lease);
            }
        } else {
            ModelStream.owe(stream.lostOwed, number);
            lease.subscription.asksForGone |= envelope.gone;
        }
    }

    /** A late ack counts if nobody else has it. */
    private boolean reclaims(ModelLease lease) {
        ModelEnvelope envelope = lease.envelope;
        if (lease.nacked || envelope.gone || envelope.deadlineMillis <= now) {
            return false;
        }
        return envelope.hold == Hold.FREE
                || envelope.hold == Hold.DELAYED
                || (envelope.hold == Hold.LEASED
                        && envelope.holder instanceof ModelLease newer
                        && newer.subscription == lease.subscription);
    }

    private void nack(ModelLease lease, Frame.Nack nack) {
        lease.counted = false;
        lease.nacked = true;
        if (lease.leased(now)) {
            fail(lease, nack.delayMillis(), nack.dead());
        }
    }

    private void fail(ModelLease lease, long delayMillis, boolean dead) {
        ModelEnvelope envelope = lease.envelope;
        envelope.failures++;
        if (dead || envelope.failures >= settings.failuresMax()) {
            envelope.hold(Hold.BURYING, lease);
        } else if (delayMillis == 0) {
            envelope.release(true, step);
        } else {
            envelope.hold(Hold.DELAYED, null);
            envelope.delayedUntilMillis = now + delayMillis;
        }
    }

    private void extend(ModelStream stream, long number, long millis) {
        ModelSubscription subscription = Objects.requireNonNull(stream.subscription);
        ModelLease lease = subscription.leases.get(number);
        if (lease != null && lease.leased(now)) {
            lease.endMillis = now + Math.max(settings.limits().leaseMillisMin(), millis);
            lease.asked = false;
        } else if (lease == null
                || !(lease.acking() || (lease.envelope.acked && lease.envelope.holder == lease))) {
            boolean unanswered = lease != null && lease.envelope.gone && subscription.asksForGone;
            ModelStream.owe(unanswered ? stream.extendLostPossible : stream.extendLostOwed, number);
        }
    }

    private void add(ModelStream stream, ModelSubscription subscription, Frame.Add add) {
        String name = add.name();
        boolean twice =
                stream.claims.values().stream().anyMatch(claim -> claim.mailbox.equals(name));
        if (twice) {
            refuse(stream, add, ErrorCode.WRONG_STATE);
        } else if (otherMode(name, subscription.mode)) {
            refuse(stream, add, ErrorCode.MODE_CONFLICT);
        } else {
            if (subscription.mode == Mode.EXCLUSIVE) {
                takeFromOthers(name, subscription);
            }
            NavigableMap<Long, ModelEnvelope> mailbox = mailbox(name);
            long waiting = mailbox.values().stream().filter(one -> !one.gone).count();
            mailbox.values().forEach(one -> one.known = true);
            stream.due.add(new Frame.Added(add.mailbox(), waiting));
            stream.claims.put(
                    add.mailbox(),
                    new Claim(name, step, mailbox.isEmpty() ? 0 : mailbox.lastKey()));
        }
    }

    private static void refuse(ModelStream stream, Frame.Add add, ErrorCode code) {
        stream.due.add(new Frame.NotAdded(add.mailbox(), code.number(), ""));
    }

    private boolean otherMode(String mailbox, Mode mode) {
        if (fetches.containsValue(mailbox)) {
            return mode == Mode.EXCLUSIVE;
        }
        return streams.stream()
                .anyMatch(stream ->
                        Objects.nonNull(stream.subscription)
                                && stream.subscription.mode != mode
                                && stream.claims.values().stream()
                                        .anyMatch(one -> one.mailbox.equals(mailbox)));
    }

    private void takeFromOthers(String mailbox, ModelSubscription newest) {
        for (ModelStream stream : streams) {
            for (Map.Entry<Long, Claim> entry : Map.copyOf(stream.claims).entrySet()) {
                if (entry.getValue().mailbox.equals(mailbox)) {
                    stream.claims.remove(entry.getKey());
                    stream.due.add(
                            new Frame.Removed(entry.getKey(), ErrorCode.TAKEN_OVER.number()));
                }
            }
        }
        for (ModelEnvelope envelope : mailbox(mailbox).values()) {
            if (envelope.holder instanceof ModelLease lease
                    && lease.subscription != newest
                    && lease.subscription.mode == Mode.EXCLUSIVE
                    && lease.leased(now)) {
                giveBack(lease);
            }
        }
    }

    /** The transport has taken everything up to this delivery. */
    void taken(ModelStream stream, long number) {
        step++;
        note(stream, "taken", number);
        ModelSubscription subscription = stream.subscription;
        if (subscription == null || stream.over || subscription.stream != stream) {
            return;
        }
        for (ModelLease lease : subscription.leases.headMap(number, true).values()) {
            if (lease.endMillis == ModelLease.NOT_BEGUN) {
                lease.endMillis = now + subscription.leaseMillis;
            }
        }
    }

    /** The client has answered whether it lives. */
    void alive(ModelStream stream) {
        step++;
        note(stream, "in", "PONG");
        ModelSubscription subscription = stream.subscription;
        if (subscription == null || stream.over || subscription.stream != stream) {
            return;
        }
        for (ModelLease lease : subscription.leases.values()) {
            if (lease.asked && lease.overdue(now)) {
                ModelStream.owe(stream.unaskedLostOwed, lease.number);
                fail(lease, 0, false);
            }
            lease.asked = false;
        }
    }

    void ended(ModelStream stream) {
        step++;
        ModelSubscription subscription = stream.subscription;
        if (stream.over || stream.failureDue != null) {
            return;
        }
        if (subscription == null) {
            stream.failureDue = ErrorCode.MALFORMED_FRAME;
            return;
        }
        stream.ending = true;
        stream.claims.clear();
        for (ModelLease lease : subscription.leases.values()) {
            if (lease.leased(now)) {
                giveBack(lease);
            }
        }
    }

    void lost(ModelStream stream) {
        step++;
        note(stream, "in", "lost");
        if (!stream.over) {
            stream.over = true;
            streams.remove(stream);
            if (stream.subscription != null && stream.subscription.stream == stream) {
                detach(stream, stream.subscription);
            }
        }
    }

    private void detach(ModelStream stream, ModelSubscription subscription) {
        stream.claims.clear();
        subscription.stream = null;
        subscription.graceEndMillis = now + settings.graceMillis();
        for (ModelLease lease : subscription.leases.values()) {
            if (lease.overdue(now)) {
                giveBack(lease);
            } else if (lease.endMillis == ModelLease.NOT_BEGUN) {
                lease.endMillis = subscription.graceEndMillis;
            }
        }
    }

    private void giveBack(ModelLease lease) {
        if (lease.leased(now)) {
            lease.envelope.release(false, step);
        }
    }

    void fetchStarted(Object key, String mailbox) {
        step++;
        fetches.put(key, mailbox);
        fetched.put(key, new ArrayList<>());
    }

    /** Version 0 would be refused now. */
    boolean fetchConflicts(String mailbox) {
        return otherMode(mailbox, Mode.SHARED);
    }

    void leftOut(Object key, long sequence) {
        step++;
        ModelEnvelope envelope = envelope(fetchedFrom(key), sequence);
        Objects.requireNonNull(fetched.get(key)).remove(envelope);
        envelope.release(false, step);
    }

    void fetchOver(Object key, boolean acknowledged) {
        step++;
        fetches.remove(key);
        for (ModelEnvelope envelope : Objects.requireNonNull(fetched.remove(key))) {
            if (acknowledged) {
                envelope.hold(Hold.ACKING, key);
            } else {
                envelope.release(false, step);
            }
        }
    }

    /** The store has carried an operation out. */
    void committed(Operation operation, Outcome outcome) {
        note("store", operation, outcome);
        if (operation instanceof Operation.Remove remove && outcome instanceof Outcome.Done) {
            removed(remove);
        } else if (operation instanceof Operation.SetFailures set
                && outcome instanceof Outcome.Done) {
            ModelEnvelope envelope = envelope(set.mailbox(), set.sequence());
            Promise.FAILURES_COUNTED.holds(
                    set.failures() <= envelope.failures,
                    "%s has %d failures, and the store is told %d",
                    envelope,
                    envelope.failures,
                    set.failures());
        } else if (operation instanceof Operation.Append append
                && append.format() == DeadLetter.FORMAT) {
            DeadLetter letter =
                    DeadLetter.of(new StoredEnvelope(0, DeadLetter.FORMAT, 0, 0, append.bytes()));
            ModelEnvelope envelope = byBytes.get(letter.envelope());
            Promise.NOTHING_LOST.holds(envelope != null, "a dead letter that nobody sent");
            Objects.requireNonNull(envelope).deadCopy = true;
            Promise.FAILURES_COUNTED.holds(
                    envelope.hold == Hold.BURYING && letter.failures() == envelope.failures,
                    "%s is put aside with %d failures",
                    envelope,
                    letter.failures());
        }
    }

    private void removed(Operation.Remove remove) {
        removed.merge(remove.removal(), 1L, Long::sum);
        ModelEnvelope envelope = envelope(remove.mailbox(), remove.sequence());
        Promise.NOTHING_LOST.holds(
                envelope != null && !envelope.gone, "%s is removed twice", remove);
        Objects.requireNonNull(envelope).gone = true;
        if (remove.removal() == Removal.ACKED) {
            envelope.acked = true;
            Promise.NOTHING_LOST.holds(
                    envelope.hold == Hold.ACKING, "%s is removed and was not acked", envelope);
        } else if (remove.removal() == Removal.DEAD) {
            Promise.NOTHING_LOST.holds(
                    envelope.hold == Hold.BURYING && envelope.deadCopy,
                    "%s is removed as dead and is no dead letter",
                    envelope);
        } else {
            Promise.NOTHING_LOST.holds(
                    envelope.deadlineMillis <= now, "%s is removed by %s", envelope, remove);
        }
    }

    /** The store has failed: what was to be changed is as before, or is gone. */
    void storeFailed() {
        note("store", "fails", "");
        step++;
        for (ModelEnvelope envelope : envelopes()) {
            if (envelope.hold == Hold.ACKING && envelope.holder instanceof ModelLease lease) {
                ModelStream stream = lease.subscription.stream;
                if (stream != null) {
                    stream.failureDue = ErrorCode.INTERNAL;
                    stream.claims.clear();
                }
            }
            if (envelope.hold == Hold.ACKING || envelope.hold == Hold.BURYING) {
                envelope.release(envelope.hold == Hold.BURYING, step);
            }
        }
    }

    /**
     * The relay's process is gone; the store has what it had.
     *
     * @param allStored whether nothing waited for the store
     */
    void crashed(Map<Long, Integer> storedFailures, boolean allStored) {
        step++;
        subscriptions.clear();
        streams.forEach(stream -> stream.over = true);
        streams.clear();
        fetches.clear();
        fetched.clear();
        for (ModelEnvelope envelope : envelopes()) {
            int stored = storedFailures.getOrDefault(envelope.sequence, 0);
            boolean settled = envelope.gone || envelope.hold == Hold.BURYING;
            Promise.FAILURES_COUNTED.holds(
                    !allStored || settled || stored == envelope.failures,
                    "%s has failed %d times, and the store knows %d",
                    envelope,
                    envelope.failures,
                    stored);
            envelope.release(false, step);
            envelope.deliveries = 0;
            envelope.failures = stored;
        }
    }

    // What comes out.

    void delivered(ModelStream stream, Outlet.Handout handout) {
        Claim claim = stream.claims.get(handout.mailbox());
        note(stream, "out", handout);
        Promise.AS_THE_PAGE_SAYS.holds(
                claim != null && !stream.over, "a delivery of mailbox %d", handout.mailbox());
        ModelSubscription subscription = Objects.requireNonNull(stream.subscription);
        ModelEnvelope envelope = byForm(Objects.requireNonNull(claim).mailbox, handout);
        requireFree(envelope);
        requireOrder(envelope);
        int bytes = handout.envelope().readableBytes();
        requireCredit(stream, subscription, bytes);
        Promise.AS_THE_PAGE_SAYS.holds(
                handout.number() == subscription.lastNumber + 1,
                "%d comes after %d",
                handout.number(),
                subscription.lastNumber);
        Promise.FAILURES_COUNTED.holds(
                handout.failures() == envelope.failures,
                "%s has failed %d times, and is said to have failed %d times",
                envelope,
                envelope.failures,
                handout.failures());
        envelope.deliveries++;
        Promise.AS_THE_PAGE_SAYS.holds(
                handout.deliveries() == envelope.deliveries
                        && handout.deadlineMillis() == envelope.deadlineMillis,
                "%s was handed out %d times, and is said to have been %d times",
                envelope,
                envelope.deliveries,
                handout.deliveries());
        subscription.lastNumber = handout.number();
        ModelLease lease = new ModelLease(subscription, handout.number(), envelope, bytes);
        subscription.leases.put(lease.number, lease);
        take(envelope, lease);
    }

    private ModelEnvelope byForm(String mailbox, Outlet.Handout handout) {
        String payload = EnvelopeCodec.decode(handout.envelope().duplicate(), 0).payloadText();
        long sequence = Long.parseLong(payload.substring(0, payload.indexOf(' ')));
        ModelEnvelope envelope = mailbox(mailbox).get(sequence);
        Promise.NOTHING_LOST.holds(envelope != null, "nobody sent %s to %s", payload, mailbox);
        return Objects.requireNonNull(envelope);
    }

    private void take(ModelEnvelope envelope, Object holder) {
        envelope.hold(Hold.LEASED, holder);
        envelope.everDelivered = true;
        envelope.failed = false;
    }

    private void requireFree(ModelEnvelope envelope) {
        Promise.NOTHING_AFTER_ACKED.holds(
                !envelope.gone, "%s is handed out and was removed", envelope);
        Promise.NOTHING_PAST_ITS_DEADLINE.holds(
                now < envelope.deadlineMillis, "%s is handed out late", envelope);
        Promise.ONE_HOLDER.holds(
                envelope.hold == Hold.FREE, "%s is handed out and is %s", envelope, envelope.hold);
    }

    private void requireOrder(ModelEnvelope envelope) {
        for (ModelEnvelope lower :
                mailbox(envelope.mailbox).headMap(envelope.sequence, false).values()) {
            Promise.ORDER.holds(
                    !lower.free(now) || lower.failed || !lower.fitsVersion1,
                    "%s is handed out before %s",
                    envelope,
                    lower);
        }
    }

    private static void requireCredit(
            ModelStream stream, ModelSubscription subscription, int bytes) {
        long envelopes = subscription.countedEnvelopes();
        boolean fits =
                envelopes == 0
                        || (envelopes < stream.creditEnvelopes
                                && subscription.countedBytes() + bytes <= stream.creditBytes);
        Promise.CREDIT.holds(
                fits && stream.creditEnvelopes > 0 && stream.creditBytes > 0,
                "%d are unacknowledged, of %d, and %d bytes come",
                envelopes,
                stream.creditEnvelopes,
                bytes);
    }

    /** A FETCH of version 0 was given a slice. */
    void read(Object key, List<StoredEnvelope> slice) {
        for (StoredEnvelope stored : slice) {
            ModelEnvelope envelope = envelope(fetchedFrom(key), stored.sequence());
            requireFree(envelope);
            for (ModelEnvelope lower :
                    mailbox(envelope.mailbox).headMap(envelope.sequence, false).values()) {
                Promise.ORDER.holds(
                        !lower.free(now) || lower.everDelivered || lower.outbox != envelope.outbox,
                        "%s is first given to version 0 before %s",
                        envelope,
                        lower);
            }
            take(envelope, key);
            Objects.requireNonNull(fetched.get(key)).add(envelope);
        }
    }

    void written(ModelStream stream, Frame frame) {
        note(stream, "out", frame);
        if (frame instanceof Frame.Acked acked) {
            FetchClient.numbers(acked.deliveries()).forEach(number -> acked(stream, number));
        } else if (frame instanceof Frame.LeaseLost lost) {
            FetchClient.numbers(lost.deliveries())
                    .forEach(number -> leaseLost(stream, number, lost.answers()));
        } else if (frame instanceof Frame.CaughtUp caughtUp) {
            caughtUp(stream, caughtUp);
        } else {
            Frame due = stream.due.poll();
            boolean same =
                    (frame instanceof Frame.NotAdded said && due instanceof Frame.NotAdded meant)
                            ? said.mailbox() == meant.mailbox() && said.code() == meant.code()
                            : frame.equals(due);
            Promise.AS_THE_PAGE_SAYS.holds(same, "%s is written, due was %s", frame, due);
        }
    }

    private void acked(ModelStream stream, long number) {
        ModelLease lease = Objects.requireNonNull(stream.subscription).leases.get(number);
        Promise.ONE_ANSWER.holds(
                ModelStream.pay(stream.ackedOwed, number), "ACKED %d is not owed", number);
        Promise.NOTHING_LOST.holds(
                lease != null && lease.envelope.acked, "ACKED %d, and it is not removed", number);
    }

    private void leaseLost(ModelStream stream, long number, long answers) {
        if (answers == FrameType.EXTEND.number()) {
            Promise.ONE_ANSWER.holds(
                    ModelStream.pay(stream.extendLostOwed, number)
                            || ModelStream.pay(stream.extendLostPossible, number),
                    "EXTEND of %d is answered LEASE_LOST",
                    number);
        } else if (answers == 0) {
            Promise.FAILURES_COUNTED.holds(
                    ModelStream.pay(stream.unaskedLostOwed, number),
                    "the lease of %d did not run out",
                    number);
        } else if (!ModelStream.pay(stream.lostOwed, number)) {
            ModelLease lease = Objects.requireNonNull(stream.subscription).leases.get(number);
            Promise.ONE_ANSWER.holds(
                    ModelStream.pay(stream.ackedOwed, number)
                            && lease != null
                            && lease.envelope.gone
                            && !lease.envelope.acked,
                    "ACK of %d is answered LEASE_LOST",
                    number);
        }
    }

    private void caughtUp(ModelStream stream, Frame.CaughtUp frame) {
        Claim claim = stream.claims.get(frame.mailbox());
        Promise.AS_THE_PAGE_SAYS.holds(claim != null && !claim.caughtUp, "%s is not due", frame);
        Objects.requireNonNull(claim).caughtUp = true;
        Promise.AS_THE_PAGE_SAYS.holds(
                frame.last() == Objects.requireNonNull(stream.subscription).lastNumber,
                "%s names another last number",
                frame);
        for (ModelEnvelope envelope :
                mailbox(claim.mailbox).headMap(claim.backlogLast, true).values()) {
            Promise.AS_THE_PAGE_SAYS.holds(
                    !envelope.free(now)
                            || !envelope.fitsVersion1
                            || envelope.freeSinceStep > claim.addedStep,
                    "%s is told, and %s waits",
                    frame,
                    envelope);
        }
    }

    /** The relay asks whether the client lives. */
    void probed(ModelStream stream) {
        note(stream, "out", "PING");
        int overdue = 0;
        for (ModelLease lease : Objects.requireNonNull(stream.subscription).leases.values()) {
            if (lease.overdue(now)) {
                lease.asked = true;
                overdue++;
            }
        }
        Promise.AS_THE_PAGE_SAYS.holds(overdue > 0, "PING, and no lease has run out");
    }

    void failed(ModelStream stream, ErrorCode code) {
        note(stream, "out", code);
        ModelSubscription subscription = stream.subscription;
        boolean mayFail =
                code == ErrorCode.INTERNAL && subscription != null && subscription.asksForGone;
        Promise.AS_THE_PAGE_SAYS.holds(
                code == stream.failureDue || mayFail,
                "ends with %s, due was %s",
                code,
                String.valueOf(stream.failureDue));
        if (code != ErrorCode.INTERNAL && code != ErrorCode.TAKEN_OVER) {
            Promise.ONE_ANSWER.holds(
                    stream.ackedOwed.isEmpty() && stream.lostOwed.isEmpty(),
                    "ends with %s and owes %s and %s",
                    code,
                    stream.ackedOwed,
                    stream.lostOwed);
        }
        lost(stream);
    }

    void finished(ModelStream stream) {
        Promise.ONE_ANSWER.holds(
                stream.ending && stream.ackedOwed.isEmpty() && stream.lostOwed.isEmpty(),
                "ends in order and owes %s and %s",
                stream.ackedOwed,
                stream.lostOwed);
        stream.over = true;
        streams.remove(stream);
        subscriptions.values().remove(stream.subscription);
    }

    /**
     * The relay has done all that it can do now. Known outside is which streams have room, and
     * whether the store has answered everything.
     */
    void settled(Set<ModelStream> withRoom, boolean allAnswered) {
        for (ModelStream stream : streams) {
            Promise.AS_THE_PAGE_SAYS.holds(stream.due.isEmpty(), "due is still %s", stream.due);
            Promise.ONE_ANSWER.holds(
                    lostAreTold(stream, allAnswered)
                            && stream.extendLostOwed.isEmpty()
                            && stream.unaskedLostOwed.isEmpty(),
                    "LEASE_LOST is still owed for %s, %s and %s",
                    stream.lostOwed,
                    stream.extendLostOwed,
                    stream.unaskedLostOwed);
            for (long number : stream.ackedOwed.keySet()) {
                ModelLease lease = Objects.requireNonNull(stream.subscription).leases.get(number);
                Promise.ONE_ANSWER.holds(
                        lease != null && lease.envelope.hold == Hold.ACKING,
                        "ACKED %d is still owed",
                        number);
            }
            if (withRoom.contains(stream)) {
                requireNothingWaits(stream);
            }
            requireCaughtUp(stream);
        }
    }

    /** Whether an envelope is gone, only the store may know. */
    private static boolean lostAreTold(ModelStream stream, boolean allAnswered) {
        ModelSubscription subscription = stream.subscription;
        if (allAnswered && subscription != null) {
            subscription.asksForGone = false;
        }
        for (long number : stream.lostOwed.keySet()) {
            ModelLease lease = Objects.requireNonNull(subscription).leases.get(number);
            if (allAnswered || lease == null || !lease.envelope.gone) {
                return false;
            }
        }
        return true;
    }

    private void requireNothingWaits(ModelStream stream) {
        ModelSubscription subscription = stream.subscription;
        if (subscription == null
                || subscription.countedEnvelopes() > 0
                || stream.creditEnvelopes == 0
                || stream.creditBytes == 0) {
            return;
        }
        for (Claim claim : stream.claims.values()) {
            for (ModelEnvelope envelope : mailbox(claim.mailbox).values()) {
                Promise.NOTHING_WAITS_IN_VAIN.holds(
                        !envelope.free(now) || !envelope.known || !envelope.fitsVersion1,
                        "%s waits, and a receiver has room",
                        envelope);
            }
        }
    }

    private void requireCaughtUp(ModelStream stream) {
        for (Claim claim : stream.claims.values()) {
            boolean backlog =
                    mailbox(claim.mailbox).headMap(claim.backlogLast, true).values().stream()
                            .anyMatch(one -> one.fitsVersion1 && mayBeNext(one));
            Promise.NOTHING_WAITS_IN_VAIN.holds(
                    claim.caughtUp || backlog, "CAUGHT_UP of %s does not come", claim.mailbox);
        }
    }

    /** Whether it waits, or did so until its deadline, which nobody need have noticed. */
    private boolean mayBeNext(ModelEnvelope envelope) {
        return envelope.hold == Hold.FREE && (!envelope.gone || envelope.deadlineMillis <= now);
    }

    /** What was held for a commit that is answered is so no more. */
    void answered(Operation operation) {
        if (operation instanceof Operation.Remove remove && remove.removal() != Removal.PURGED) {
            ModelEnvelope envelope = envelope(remove.mailbox(), remove.sequence());
            if (envelope.gone && envelope.hold != Hold.FREE) {
                Object holder = envelope.holder;
                envelope.release(false, step);
                // Who has acked it is told so again if he asks again.
                envelope.holder = envelope.acked ? holder : null;
            }
        }
    }

    private String fetchedFrom(Object key) {
        return Objects.requireNonNull(fetches.get(key));
    }

    private ModelEnvelope envelope(String mailbox, long sequence) {
        return Objects.requireNonNull(mailbox(mailbox).get(sequence));
    }

    private void note(Object where, Object what, Object more) {
        if (tells) {
            story.add(now + " " + where + " " + what + " " + more);
            if (story.size() > STORY_LINES_MAX) {
                story.remove();
            }
        }
    }

    private static List<ModelLease> leases(ModelSubscription subscription, Ranges ranges) {
        return FetchClient.numbers(ranges)
                .filter(subscription.leases::containsKey)
                .map(subscription.leases::get)
                .toList();
    }

    private NavigableMap<Long, ModelEnvelope> mailbox(String name) {
        return mailboxes.computeIfAbsent(name, any -> new TreeMap<>());
    }
}
