package io.qight.relay.flow;

import io.qight.relay.flow.Message.FetchKey;
import io.qight.store.MailboxStatistics;
import io.qight.store.MailboxStore;
import io.qight.store.StoreException;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that reads mailboxes, and the owner of all leases. A FETCH is answered in slices,
 * each when its stream has room, up to the last sequence that waited when the request came. What is
 * leased to one FETCH is stepped over by all others.
 *
 * <p>What a receiver has acknowledged stays leased until the writer has removed it, a few stretches
 * at a time, so that no number of acknowledged envelopes fills the writer's inbox.
 */
public final class Dispatcher {
    /** What a slice holds at most, in envelopes; also the most that one removal holds. */
    public static final int SLICE_ENVELOPES_MAX = StoreWriter.BATCH_OPERATIONS_MAX;

    /** Messages that may wait; a new FETCH beyond is refused as {@link ErrorCode#OVERLOADED}. */
    public static final int WAITING_MAX = 16_384;

    /** Stretches that the writer has for removal at a time. */
    static final int REMOVALS_MAX = 4;

    private static final long IDLE_MILLIS = 60_000;
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final MailboxStore store;
    private final StoreWriter writer;
    private final RelayClock clock;
    private final Inbox<Message.ToDispatcher> inbox = new Inbox<>(WAITING_MAX);
    private final Caller fromWriter = this::takeAnswers;
    private final Map<FetchKey, Fetch> fetches = new HashMap<>();
    private final Map<String, MailboxLeases> leases = new HashMap<>();
    private final Deque<Stretch> toRemove = new ArrayDeque<>();
    private final Map<Long, Stretch> removing = new HashMap<>();
    private final Thread thread;
    private long lastRemoval;
    private volatile boolean closing;

    /** A dispatcher that does nothing before {@link #start()}. */
    public Dispatcher(MailboxStore store, StoreWriter writer, RelayClock clock) {
        this.store = store;
        this.writer = writer;
        this.clock = clock;
        this.thread = new Thread(this::run, "qight-dispatcher");
    }

    /** Starts the thread; the writer starts later, so that it tells of every commit. */
    public void start() {
        writer.tell(mailboxes -> inbox.add(new Message.Arrived(mailboxes)));
        thread.start();
    }

    /** Takes a new FETCH on; else says why not. */
    public Optional<ErrorCode> fetch(Message.StartFetch fetch) {
        return offer(fetch);
    }

    /** Takes a new FETCH stream of version 1 on; else says why not. */
    public Optional<ErrorCode> open(Message.StreamOpened stream) {
        return offer(stream);
    }

    private Optional<ErrorCode> offer(Message.ToDispatcher begin) {
        if (!closing && inbox.offer(begin)) {
            return Optional.empty();
        }
        return Optional.of(closing ? ErrorCode.DRAINING : ErrorCode.OVERLOADED);
    }

    /** Takes what belongs to a FETCH, or a question; says false if the dispatcher has ended. */
    public boolean tell(Message.ToDispatcher message) {
        return inbox.add(message);
    }

    /** Has everything that was acknowledged removed, and ends, within so long. */
    public void close(long millisMax) throws InterruptedException {
        closing = true;
        inbox.add(new Message.Close());
        thread.join(Math.max(1, millisMax));
        inbox.close();
        if (thread.isAlive()) {
            LOG.warn("the dispatcher has not ended within {} ms", millisMax);
        }
    }

    private void takeAnswers(List<Message.ToCaller> answers) {
        for (Message.ToCaller answer : answers) {
            inbox.add(new Message.FromWriter(answer));
        }
    }

    private void run() {
        try {
            while (true) {
                Message.ToDispatcher message = inbox.take(IDLE_MILLIS);
                if (message != null) {
                    handle(message);
                }
                if (inbox.closed() || (closing && removing.isEmpty() && inbox.size() == 0)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            LOG.error("the dispatcher was interrupted; the relay must be restarted");
        }
    }

    private void handle(Message.ToDispatcher message) {
        if (message instanceof Message.ReadSlice read) {
            onReadSlice(read);
        } else if (message instanceof Message.StartFetch start) {
            onStart(start);
        } else if (message instanceof Message.Acknowledge acknowledge) {
            onAcknowledge(acknowledge.key());
        } else if (message instanceof Message.GiveBack giveBack) {
            Fetch fetch = fetches.remove(giveBack.key());
            if (fetch != null) {
                fetch.stretches.forEach(this::endLease);
            }
        } else if (message instanceof Message.LeaveOut leaveOut) {
            onLeaveOut(leaveOut);
        } else if (message instanceof Message.FromWriter fromWriter) {
            onRemoved(fromWriter.answer());
        } else if (message instanceof Message.StreamOpened opened) {
            answer(
                    opened.key(),
                    new Message.EndStream(
                            opened.key().request(),
                            ErrorCode.NOT_SUPPORTED,
                            ErrorCode.NOT_SUPPORTED.sentence()));
        } else if (message instanceof Message.StreamFrames frames) {
            frames.reservation().release();
        } else if (message instanceof Message.CountLeased count) {
            MailboxLeases mailbox = leases.get(count.mailbox());
            count.count().complete(mailbox == null ? 0 : mailbox.leased());
        }
    }

    private void onStart(Message.StartFetch start) {
        try {
            long last =
                    store.statistics(start.mailbox())
                            .map(MailboxStatistics::lastSequence)
                            .orElse(Fetch.NOTHING);
            fetches.put(start.key(), new Fetch(start.mailbox(), last));
        } catch (RuntimeException e) {
            answer(start.key(), failure(start.key(), e));
        }
    }

    private void onReadSlice(Message.ReadSlice read) {
        Fetch fetch = fetches.get(read.key());
        if (fetch == null) {
            read.reservation().release();
            return;
        }
        Message.ToCaller answer;
        try {
            answer = readSlice(fetch, read);
        } catch (RuntimeException e) {
            read.reservation().release();
            answer = failure(read.key(), e);
        }
        if (answer != null) {
            answer(read.key(), answer);
        } else if (!inbox.add(read)) {
            read.reservation().release();
        }
    }

    /**
     * Reads once. Null if nothing of it can be delivered and more follows: then the others have
     * their turn before the next read.
     */
    private Message.@Nullable ToCaller readSlice(Fetch fetch, Message.ReadSlice read) {
        MailboxLeases mailbox = leases.computeIfAbsent(fetch.mailbox, any -> new MailboxLeases());
        try {
            long after = mailbox.stepOver(fetch.position);
            List<StoredEnvelope> slice = List.of();
            if (after < fetch.last) {
                long limit = mailbox.limit(after, fetch.last);
                List<StoredEnvelope> found =
                        store.read(
                                fetch.mailbox,
                                after,
                                SLICE_ENVELOPES_MAX,
                                read.reservation().bytes());
                slice = deliverable(found, limit);
                if (!slice.isEmpty() && bytes(slice.get(0)) > read.reservation().bytes()) {
                    fetch.position = after;
                    return new Message.SliceTooLarge(
                            read.key().request(), bytes(slice.get(0)), read.reservation());
                }
                long covered = covered(found, limit);
                lease(fetch, mailbox, after + 1, covered, slice);
                after = covered;
            }
            fetch.position = mailbox.stepOver(after);
            boolean last = fetch.position >= fetch.last;
            if (slice.isEmpty() && !last) {
                return null;
            }
            if (last && fetch.stretches.isEmpty()) {
                fetches.remove(read.key());
            }
            return new Message.SliceRead(
                    read.key().request(), new Slice(slice, last), read.reservation());
        } finally {
            if (mailbox.isEmpty()) {
                leases.remove(fetch.mailbox);
            }
        }
    }

    private List<StoredEnvelope> deliverable(List<StoredEnvelope> found, long limit) {
        long now = clock.millis();
        return found.stream()
                .filter(envelope -> envelope.sequence() <= limit)
                .filter(envelope -> envelope.format() == EnvelopeFormat.V0)
                .filter(envelope -> envelope.deadlineMillis() > now)
                .toList();
    }

    /** Up to where the read has seen everything. */
    private static long covered(List<StoredEnvelope> found, long limit) {
        if (found.isEmpty()) {
            return limit;
        }
        return Math.min(limit, found.get(found.size() - 1).sequence());
    }

    private static void lease(
            Fetch fetch, MailboxLeases mailbox, long first, long last, List<StoredEnvelope> slice) {
        if (!slice.isEmpty()) {
            long[] sequences = slice.stream().mapToLong(StoredEnvelope::sequence).toArray();
            Stretch stretch = new Stretch(fetch.mailbox, first, last, sequences);
            mailbox.add(stretch);
            fetch.stretches.add(stretch);
        }
    }

    private void onLeaveOut(Message.LeaveOut leaveOut) {
        Fetch fetch = fetches.get(leaveOut.key());
        if (fetch != null) {
            // What is left out was read just now, so it is in one of the last stretches.
            for (int i = fetch.stretches.size() - 1; i >= 0; i--) {
                Stretch stretch = fetch.stretches.get(i);
                if (stretch.first() <= leaveOut.sequence()) {
                    stretch.leaveOut(leaveOut.sequence());
                    return;
                }
            }
        }
    }

    private void onAcknowledge(FetchKey key) {
        Fetch fetch = fetches.remove(key);
        if (fetch != null) {
            toRemove.addAll(fetch.stretches);
            removeNext();
        }
    }

    private void onRemoved(Message.ToCaller answer) {
        Stretch stretch = removing.remove(answer.request());
        if (stretch != null) {
            endLease(stretch);
        }
        removeNext();
    }

    private void removeNext() {
        while (removing.size() < REMOVALS_MAX && !toRemove.isEmpty()) {
            Stretch stretch = toRemove.remove();
            long request = ++lastRemoval;
            if (stretch.size() > 0
                    && writer.change(new Message.Change(fromWriter, request, stretch.removals()))) {
                removing.put(request, stretch);
            } else {
                endLease(stretch);
            }
        }
    }

    private void endLease(Stretch stretch) {
        MailboxLeases mailbox = leases.get(stretch.mailbox());
        if (mailbox != null) {
            mailbox.remove(stretch);
            if (mailbox.isEmpty()) {
                leases.remove(stretch.mailbox());
            }
        }
    }

    /** Damage ends this FETCH and no other; the sentence names where it is. */
    private static Message.FetchFailed failure(FetchKey key, RuntimeException e) {
        if (e instanceof StoreException) {
            return new Message.FetchFailed(
                    key.request(),
                    ErrorCode.INTERNAL,
                    "the mailbox cannot be read on: " + e.getMessage());
        }
        LOG.error("a mailbox could not be read", e);
        return new Message.FetchFailed(
                key.request(), ErrorCode.INTERNAL, ErrorCode.INTERNAL.sentence());
    }

    private static void answer(FetchKey key, Message.ToCaller answer) {
        key.caller().deliver(List.of(answer));
    }

    private static int bytes(StoredEnvelope envelope) {
        return envelope.bytes().remaining();
    }

    /** One FETCH under way, or written and not acknowledged. */
    private static final class Fetch {
        static final long NOTHING = -1;

        final String mailbox;
        final long last;
        final List<Stretch> stretches = new ArrayList<>();

        /** Up to here all was handed out, to this one or to others. */
        long position = NOTHING;

        Fetch(String mailbox, long last) {
            this.mailbox = mailbox;
            this.last = last;
        }
    }
}
