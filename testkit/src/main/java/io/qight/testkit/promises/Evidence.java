package io.qight.testkit.promises;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A history, sorted: the story of each envelope, and what concerns all of them. */
final class Evidence {
    private final Bounds bounds;
    private final Map<Story.Key, Story> stories = new LinkedHashMap<>();
    private final Map<String, Map<Long, Handout>> handouts = new HashMap<>();
    private final Map<String, NavigableMap<Long, Event>> lost = new HashMap<>();
    private final NavigableMap<Long, Event> relayEnds = new TreeMap<>();
    private final Map<String, Event.Drained> drained = new HashMap<>();
    private final Map<String, Event.Purged> purged = new HashMap<>();
    private final List<Event.Counted> counted = new ArrayList<>();
    private final List<Event.Measured> measured = new ArrayList<>();
    private final List<Violation> ofUnknownDeliveries = new ArrayList<>();
    private final Map<String, Integer> connectedRun = new HashMap<>();
    private final Map<String, Integer> connectedPosition = new HashMap<>();
    private int run;
    private long stepsMillis;
    private boolean seesStore;

    Evidence(List<Event> events, Bounds bounds) {
        this.bounds = bounds;
        events.forEach(this::sort);
    }

    Bounds bounds() {
        return bounds;
    }

    Collection<Story> stories() {
        return stories.values();
    }

    List<Event.Counted> counted() {
        return counted;
    }

    List<Event.Measured> measured() {
        return measured;
    }

    /** What was said of deliveries that never were. */
    List<Violation> ofUnknownDeliveries() {
        return ofUnknownDeliveries;
    }

    Event.@Nullable Drained drained(String mailbox) {
        return drained.get(mailbox);
    }

    /** Whether an operator has thrown something away there. */
    boolean purged(String mailbox) {
        return purged.containsKey(mailbox);
    }

    /** Whether the history has what the relay's store did. */
    boolean seesStore() {
        return seesStore;
    }

    /** By how much the relay's wall clock may be wrong. */
    long stepsMillis() {
        return stepsMillis;
    }

    /** Whether a connection of it, or the relay, ended within that time. */
    boolean disturbed(String who, long fromMillis, long toMillis) {
        NavigableMap<Long, Event> own = lost.get(who);
        return within(relayEnds, fromMillis, toMillis)
                || (own != null && within(own, fromMillis, toMillis));
    }

    /**
     * Whether the relay ended before: then it may have left a dead letter beside its envelope,
     * since the copy comes first.
     */
    boolean relayEndedBefore(Event event) {
        return !relayEnds.isEmpty() && relayEnds.firstKey() <= event.millis();
    }

    /** Whether the lease of a delivery may have ended by that time, but for its ack. */
    boolean leaseMayHaveEnded(Handout handout, long byMillis) {
        long handedMillis = handout.event.millis() - bounds.underwayMillis();
        return handout.givenUp()
                || byMillis - handedMillis >= bounds.leaseMillis()
                || disturbed(
                        handout.delivery().subscription(),
                        handedMillis,
                        byMillis + bounds.noticeMillis());
    }

    private void sort(Event event) {
        if (event instanceof Event.Sending e) {
            story(e.outbox(), e.number()).add(e);
        } else if (event instanceof Event.Receipt e) {
            story(e.outbox(), e.number()).add(e);
        } else if (event instanceof Event.Appended e) {
            seesStore = true;
            story(e.outbox(), e.number()).add(e);
        } else if (event instanceof Event.Delivered e) {
            handOut(e);
        } else if (event instanceof Event.Found e) {
            story(e.outbox(), e.number()).add(e);
        } else if (event instanceof Event.FoundDead e) {
            story(e.outbox(), e.number()).add(e);
        } else if (event instanceof Event.Acking e) {
            handout(e, e.subscription(), e.delivery()).add(e);
        } else if (event instanceof Event.Nacking e) {
            handout(e, e.subscription(), e.delivery()).add(e);
        } else if (event instanceof Event.Acked e) {
            answered(e, e.subscription(), e.delivery(), handout -> handout.add(e));
        } else if (event instanceof Event.LeaseLost e) {
            answered(e, e.subscription(), e.delivery(), Handout::loseLease);
        } else {
            sortCommon(event);
        }
    }

    private void sortCommon(Event event) {
        if (event instanceof Event.Connected e) {
            connectedRun.put(e.who(), run);
            connectedPosition.put(e.who(), e.position());
        } else if (event instanceof Event.ConnectionLost e) {
            connectedRun.remove(e.who());
            lost.computeIfAbsent(e.who(), who -> new TreeMap<>()).put(e.millis(), e);
        } else if (event instanceof Event.RelayEnded e) {
            run++;
            relayEnds.put(e.millis(), e);
        } else if (event instanceof Event.ClockStepped e) {
            stepsMillis += Math.abs(e.stepMillis());
        } else if (event instanceof Event.Purged e) {
            purged.put(e.mailbox(), e);
        } else if (event instanceof Event.Drained e) {
            drained.put(e.mailbox(), e);
        } else if (event instanceof Event.Counted e) {
            counted.add(e);
        } else if (event instanceof Event.Measured e) {
            measured.add(e);
        }
    }

    private Story story(String outbox, long number) {
        return stories.computeIfAbsent(new Story.Key(outbox, number), Story::new);
    }

    private void handOut(Event.Delivered event) {
        Delivery delivery = event.delivery();
        String subscription = delivery.subscription();
        Handout handout =
                new Handout(
                        event,
                        runOf(subscription),
                        connectedPosition.getOrDefault(subscription, -1));
        Handout other =
                handouts.computeIfAbsent(subscription, name -> new HashMap<>())
                        .put(delivery.number(), handout);
        if (other != null) {
            throw new IllegalStateException(
                    "the history has one delivery twice: " + other.event + ", " + event);
        }
        Story story = story(delivery.outbox(), delivery.outboxNumber());
        story.add(event);
        story.handouts.add(handout);
    }

    /** A connection belongs to the run that it was made in, and is known if that still is. */
    private int runOf(String subscription) {
        boolean known = run == 0 || connectedRun.getOrDefault(subscription, -1) == run;
        return known ? run : Handout.RUN_UNKNOWN;
    }

    private Handout handout(Event event, String subscription, long delivery) {
        Handout handout = known(subscription, delivery);
        if (handout == null) {
            throw new IllegalStateException("the history has no such delivery: " + event);
        }
        return handout;
    }

    private void answered(
            Event event, String subscription, long delivery, Consumer<Handout> effect) {
        Handout handout = known(subscription, delivery);
        if (handout != null) {
            effect.accept(handout);
        } else if (event instanceof Event.Acked) {
            ofUnknownDeliveries.add(
                    new Violation(2, "an answer to an ack that was never given", List.of(event)));
        }
    }

    private @Nullable Handout known(String subscription, long delivery) {
        Map<Long, Handout> ofSubscription = handouts.get(subscription);
        return ofSubscription == null ? null : ofSubscription.get(delivery);
    }

    private static boolean within(
            NavigableMap<Long, Event> events, long fromMillis, long toMillis) {
        Long next = events.ceilingKey(fromMillis);
        return next != null && next <= toMillis;
    }
}
