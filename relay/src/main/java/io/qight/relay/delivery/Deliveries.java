package io.qight.relay.delivery;

import io.qight.store.StoredEnvelope;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Everything that is handed out of the mailboxes, to both versions: who receives from which, who
 * holds what, and what becomes of it.
 *
 * <p>What happens is taken in first; then {@link #deal} hands out and tells what follows from it,
 * and says when to come again. Times are in milliseconds of the relay's clock.
 */
public final class Deliveries {
    /** How often what is known of expired envelopes is looked for. */
    private static final long SWEEP_MILLIS = 60_000;

    private final Alarms alarms = new Alarms();
    private final Mailboxes mailboxes;
    private final Work work = new Work();
    private final Map<Outlet, Receiver> receivers = new HashMap<>();
    private final Subscriptions subscriptions;
    private final SeedFetches seedFetches;
    private final Tails tails;
    private final Dealer dealer;
    private long nextSweepMillis = Long.MIN_VALUE;

    /** Nothing is handed out yet. */
    public Deliveries(MailboxReader reader, Ledger ledger, DeliverySettings settings) {
        DeadLetters deadLetters = new DeadLetters(reader, ledger, settings);
        mailboxes = new Mailboxes(reader, alarms);
        Leases leases = new Leases(alarms, mailboxes, ledger, deadLetters, settings, work);
        subscriptions = new Subscriptions(reader, alarms, mailboxes, leases, work, settings);
        seedFetches = new SeedFetches(reader, ledger, mailboxes, work);
        tails = new Tails(reader);
        dealer = new Dealer(tails, alarms, work);
    }

    /** A new FETCH stream, whose first frame comes next. */
    public void open(Outlet outlet) {
        receivers.put(outlet, new Receiver(outlet, subscriptions, () -> receivers.remove(outlet)));
    }

    /** Something happened to a FETCH stream; what comes after its end is passed over. */
    public void step(Outlet outlet, FetchInput input, long nowMillis) {
        Receiver receiver = receivers.get(outlet);
        if (receiver != null) {
            receiver.step(input, nowMillis);
        }
    }

    /**
     * A commit has put these envelopes into a mailbox, in this order and behind all that were
     * there. None if it changed something else there, or if they are to be read from the store:
     * that may come too often. Commits are told of in their order, each before the ledger answers
     * what a later one did.
     */
    public void arrived(String name, List<StoredEnvelope> newest) {
        mailboxes
                .find(name)
                .ifPresent(mailbox -> {
                    tails.arrived(mailbox, newest);
                    work.offer(mailbox);
                });
    }

    /**
     * Begins a FETCH of version 0, of what waits in the mailbox now, under a key of the caller's.
     */
    public void startFetch(Object key, String mailbox) {
        seedFetches.start(key, mailbox);
    }

    /** Reads on for a FETCH of version 0, within so many bytes. */
    public SliceAnswer readSlice(Object key, long bytesMax, long nowMillis) {
        return seedFetches.read(key, bytesMax, nowMillis);
    }

    /** One envelope of a FETCH of version 0 was not handed to the transport. */
    public void leaveOut(Object key, long sequence) {
        seedFetches.leaveOut(key, sequence);
    }

    /** The receiver has what a FETCH of version 0 gave: has it removed. */
    public void acknowledge(Object key) {
        seedFetches.acknowledge(key);
    }

    /** The receiver may not have what a FETCH of version 0 gave. */
    public void giveBack(Object key) {
        seedFetches.giveBack(key);
    }

    /** From now on nothing new is taken on or handed out; acks are carried out. */
    public void drain() {
        subscriptions.drain();
        dealer.drain();
    }

    /**
     * Hands out and tells what follows from all that happened.
     *
     * @return when to call it again if nothing happens before; {@link Long#MAX_VALUE} for never
     */
    public long deal(long nowMillis) {
        alarms.run(nowMillis);
        if (nowMillis >= nextSweepMillis) {
            mailboxes.forgetExpired(nowMillis);
            nextSweepMillis = nowMillis + SWEEP_MILLIS;
        }
        dealer.deal(nowMillis);
        return alarms.nextMillis();
    }

    /** How many envelopes of a mailbox are handed out. */
    public long leased(String mailbox) {
        return mailboxes.find(mailbox).map(Mailbox::leased).orElse(0L);
    }

    /** Which of these envelopes, that wait in a mailbox, are handed out. */
    public Set<Long> leased(String mailbox, Collection<Long> sequences) {
        return mailboxes
                .find(mailbox)
                .map(found -> sequences.stream().filter(found::leased).collect(Collectors.toSet()))
                .orElseGet(Set::of);
    }

    /** How many subscriptions are known. */
    int subscriptions() {
        return subscriptions.size();
    }

    /** How many FETCH streams of version 1 are open. */
    int streams() {
        return receivers.size();
    }

    /** How many mailboxes something is known of. */
    int mailboxesKnown() {
        return mailboxes.size();
    }

    /** How many ranges of sequences are known in all mailboxes. */
    int rangesKnown() {
        return mailboxes.ranges();
    }

    /** How many deliveries of all subscriptions are known by their numbers. */
    int numbersKnown() {
        return subscriptions.numbersKnown();
    }

    /** How many things are to happen at a time. */
    int alarmsSet() {
        return alarms.size();
    }
}
