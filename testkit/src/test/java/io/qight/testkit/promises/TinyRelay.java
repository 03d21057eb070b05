package io.qight.testkit.promises;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** The promises in their simplest form, kept but for one fault that may be planted. */
final class TinyRelay {
    enum Fault {
        NONE(0),
        LOSES_AT_A_RESTART(1),
        FORGETS_NUMBERS_AT_A_RESTART(3),
        CALLS_NEW_ONES_DUPLICATES(3),
        REFUSES_WHAT_IT_STORES(3),
        CONFIRMS_WHAT_IT_KEEPS(2),
        DROPS_WHEN_A_CONNECTION_IS_LOST(2),
        HANDS_OUT_WHAT_IS_LEASED(3),
        HANDS_OUT_WHAT_HAS_EXPIRED(4),
        HANDS_OUT_THE_NEWEST_FIRST(5),
        COUNTS_A_LOST_CONNECTION(6),
        BURIES_TOO_EARLY(6),
        CHANGES_A_PAYLOAD(1),
        MISCOUNTS(2);

        /** Which promise it breaks. */
        final int promise;

        Fault(int promise) {
            this.promise = promise;
        }
    }

    static final class Item {
        String outbox = "";
        long number;
        long payload;
        long deadlineMillis;
        int failures;
        int deliveries;
        String holder = "";
        long delivery;
        long leasedUntilMillis;
        long delayedUntilMillis;
    }

    private final SplittableRandom random;
    private final Fault fault;
    private final int failuresMax;
    private final long leaseMillis;
    private final Set<String> taken = new HashSet<>();
    private final Map<String, Item> handedOut = new HashMap<>();
    private final Set<String> removedBy = new HashSet<>();
    private final Set<String> nacked = new HashSet<>();
    private final Map<String, Long> lostAtMillis = new HashMap<>();

    /** In the order in which they were stored. */
    final List<Item> waiting = new ArrayList<>();

    final List<Item> dead = new ArrayList<>();
    long appended;
    long acked;
    long expired;

    TinyRelay(SplittableRandom random, Fault fault, Bounds bounds) {
        this.random = random;
        this.fault = fault;
        this.failuresMax = bounds.failuresMax();
        this.leaseMillis = bounds.leaseMillis();
    }

    Outcome send(String outbox, long number, long payload, long deadlineMillis, long now) {
        if (taken.contains(outbox + number)) {
            return Outcome.DUPLICATE;
        }
        // Whenever it is sent: else a number sent again might be stored behind higher ones.
        boolean refused = payload % 20 == 0;
        if (deadlineMillis <= now || (refused && fault != Fault.REFUSES_WHAT_IT_STORES)) {
            return Outcome.REFUSED;
        }
        taken.add(outbox + number);
        Item item = new Item();
        item.outbox = outbox;
        item.number = number;
        item.payload = payload;
        item.deadlineMillis = deadlineMillis;
        waiting.add(item);
        appended++;
        if (refused) {
            return Outcome.REFUSED;
        }
        return fault == Fault.CALLS_NEW_ONES_DUPLICATES && random.nextInt(5) == 0
                ? Outcome.DUPLICATE
                : Outcome.STORED;
    }

    /** The next one for a receiver, leased to it; null if there is none. */
    @Nullable Item handOut(String subscription, long delivery, long now) {
        lostAtMillis.remove(subscription);
        List<Item> ready =
                waiting.stream()
                        .filter(i ->
                                i.deadlineMillis > now || mayPass(Fault.HANDS_OUT_WHAT_HAS_EXPIRED))
                        .filter(i -> i.holder.isEmpty() || mayPass(Fault.HANDS_OUT_WHAT_IS_LEASED))
                        .filter(i -> i.delayedUntilMillis <= now)
                        .toList();
        if (ready.isEmpty()) {
            return null;
        }
        boolean newest = mayPass(Fault.HANDS_OUT_THE_NEWEST_FIRST);
        Item item = ready.get(newest ? ready.size() - 1 : 0);
        item.holder = subscription;
        item.delivery = delivery;
        item.leasedUntilMillis = now + leaseMillis;
        item.deliveries++;
        if (mayPass(Fault.CHANGES_A_PAYLOAD)) {
            item.payload++;
        }
        handedOut.put(subscription + delivery, item);
        return item;
    }

    /** Whether it is removed; else the lease was lost. */
    boolean ack(String subscription, long delivery) {
        String key = subscription + delivery;
        Item item = handedOut.get(key);
        if (removedBy.contains(key)) {
            return true;
        }
        if (item == null
                || !waiting.contains(item)
                || nacked.contains(key)
                || !(item.holder.isEmpty() || item.holder.equals(subscription))) {
            return false;
        }
        removedBy.add(key);
        if (mayPass(Fault.CONFIRMS_WHAT_IT_KEEPS)) {
            item.holder = "";
            return true;
        }
        leave(item);
        acked += mayPass(Fault.MISCOUNTS) ? 0 : 1;
        return true;
    }

    void nack(String subscription, long delivery, boolean asDead, long now) {
        Item item = handedOut.get(subscription + delivery);
        if (item == null || !item.holder.equals(subscription) || item.delivery != delivery) {
            return;
        }
        nacked.add(subscription + delivery);
        item.delayedUntilMillis = now + random.nextInt(50);
        fail(item, asDead);
    }

    /** The connection is lost; its leases run on for a while. */
    void lost(String subscription, long now) {
        lostAtMillis.put(subscription, now);
    }

    /** The same subscription is there again: what it held is given back at once. */
    void takeOver(String subscription) {
        lostAtMillis.remove(subscription);
        for (Item item : List.copyOf(waiting)) {
            if (item.holder.equals(subscription)) {
                giveBack(item);
            }
        }
    }

    void passTime(long now) {
        for (Item item : List.copyOf(waiting)) {
            if (item.deadlineMillis <= now && fault != Fault.HANDS_OUT_WHAT_HAS_EXPIRED) {
                leave(item);
                expired++;
            } else if (!item.holder.isEmpty()) {
                Long lostAt = lostAtMillis.get(item.holder);
                if (lostAt != null && now >= lostAt + leaseMillis / 4) {
                    giveBack(item);
                } else if (lostAt == null && now >= item.leasedUntilMillis) {
                    fail(item, false);
                }
            }
        }
    }

    /** Killed and started again: what is not durable is gone. */
    void restart() {
        handedOut.clear();
        lostAtMillis.clear();
        if (fault == Fault.FORGETS_NUMBERS_AT_A_RESTART) {
            taken.clear();
        }
        if (fault == Fault.LOSES_AT_A_RESTART && !waiting.isEmpty()) {
            waiting.remove(waiting.size() - 1);
        }
        for (Item item : waiting) {
            item.holder = "";
            item.deliveries = 0;
            item.delayedUntilMillis = 0;
        }
    }

    private void giveBack(Item item) {
        item.holder = "";
        if (mayPass(Fault.COUNTS_A_LOST_CONNECTION)) {
            item.failures++;
        }
        if (mayPass(Fault.DROPS_WHEN_A_CONNECTION_IS_LOST)) {
            leave(item);
        }
    }

    private void leave(Item item) {
        waiting.remove(item);
        item.holder = "";
    }

    private void fail(Item item, boolean asDead) {
        item.holder = "";
        item.failures++;
        int enough = fault == Fault.BURIES_TOO_EARLY ? 1 : failuresMax;
        if (asDead || item.failures >= enough) {
            leave(item);
            dead.add(item);
        }
    }

    private boolean mayPass(Fault planted) {
        return fault == planted && random.nextInt(5) == 0;
    }
}
