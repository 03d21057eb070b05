package io.qight.relay.flow;

import io.qight.relay.delivery.Deliveries;
import io.qight.relay.delivery.DeliverySettings;
import io.qight.relay.delivery.MailboxReader;
import io.qight.relay.delivery.SliceAnswer;
import io.qight.relay.flow.Message.FetchKey;
import io.qight.store.MailboxStore;
import io.qight.store.StoreException;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that reads mailboxes: it carries what happens to the {@link Deliveries}, which own
 * all leases, and what they want to the writer and the connections.
 */
public final class Dispatcher {
    /** Messages that may wait; a new FETCH beyond is refused as {@link ErrorCode#OVERLOADED}. */
    public static final int WAITING_MAX = 16_384;

    /** What is taken in before anything is handed out, in messages. */
    private static final int TURN_MAX = 256;

    private static final long IDLE_MILLIS = 60_000;

    /** A turn with so many frames, which takes some milliseconds, has everyone wait. */
    private static final int LONG_TURN_FRAMES = 1_024;

    /** So have so many messages that wait after a turn. */
    private static final int LONG_WAITING = 4_096;

    /** After either it counts as behind for so long. */
    private static final long BEHIND_MILLIS = 1_000;

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final StoreWriter writer;
    private final RelayClock clock;
    private final Inbox<Message.ToDispatcher> inbox = new Inbox<>(WAITING_MAX);
    private final ArrivalsUnderWay arrivals = new ArrivalsUnderWay();
    private final LedgerQueue ledger;
    private final Deliveries deliveries;
    private final FetchStreams streams;
    private final Thread thread;
    private long arrivedBytes;
    private long nextMillis;
    private volatile boolean closing;
    private volatile long behindUntilMillis;

    /** A dispatcher that does nothing before {@link #start()}. */
    public Dispatcher(
            MailboxStore store, StoreWriter writer, DeliverySettings settings, RelayClock clock) {
        this.writer = writer;
        this.clock = clock;
        this.ledger = new LedgerQueue(writer, this::takeAnswers, clock::millis);
        this.deliveries = new Deliveries(MailboxReader.of(store), ledger, settings);
        this.streams =
                new FetchStreams(
                        deliveries,
                        inbox::add,
                        clock,
                        settings.limits().mailboxesMax(),
                        settings.receptionsMax());
        this.thread = new Thread(this::run, "qight-dispatcher");
    }

    /** Starts the thread; the writer starts later, so that it tells of every commit. */
    public void start() {
        listen();
        thread.start();
    }

    /** Hears of arrivals from now on. */
    void listen() {
        writer.tell(mailboxes -> inbox.add(arrivals.send(mailboxes)));
    }

    /** Takes a new FETCH of version 0 on; else says why not. */
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

    /** Whether it had more to do of late than it can do at once, so that everyone waits. */
    public boolean behind() {
        return clock.millis() < behindUntilMillis;
    }

    /** Has nothing more handed out; acks are carried out. */
    public void drain() {
        inbox.add(new Message.Drain());
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
            while (!inbox.closed() && !(closing && ledger.idle() && inbox.size() == 0)) {
                step(waitMillis());
            }
        } catch (InterruptedException e) {
            LOG.error("the dispatcher was interrupted; the relay must be restarted");
        }
    }

    /** Waits for something to do for at most so long, takes in what there is, and hands out. */
    void step(long waitMillis) throws InterruptedException {
        Message.ToDispatcher message = inbox.take(waitMillis);
        long frames = 0;
        for (int taken = 1; message != null; taken++) {
            frames += message instanceof Message.StreamFrames more ? more.frames().size() : 1;
            handleSafely(message);
            message = taken < TURN_MAX && inbox.size() > 0 ? inbox.take(0) : null;
        }
        deal();
        // Not by the time that it took: a busy machine or the collector takes more now and then.
        if (frames >= LONG_TURN_FRAMES || inbox.size() >= LONG_WAITING) {
            behindUntilMillis = clock.millis() + BEHIND_MILLIS;
        }
    }

    /** How long the next step may wait. */
    long waitMillis() {
        return Math.max(0, Math.min(IDLE_MILLIS, nextMillis - clock.millis()));
    }

    private void deal() {
        try {
            nextMillis = deliveries.deal(clock.millis());
        } catch (RuntimeException e) {
            LOG.error("deliveries failed", e);
        }
        // Not sooner: a turn takes in many commits, and all they brought is held until here.
        arrivals.done(arrivedBytes);
        arrivedBytes = 0;
        streams.send();
        ledger.send();
    }

    /** One message's defect is not the others'. */
    private void handleSafely(Message.ToDispatcher message) {
        try {
            handle(message);
        } catch (RuntimeException e) {
            LOG.error("a message to the dispatcher failed", e);
        }
    }

    private void handle(Message.ToDispatcher message) {
        if (message instanceof Message.Arrived arrived) {
            arrivedBytes += arrived.bytes();
            arrived.mailboxes().forEach(deliveries::arrived);
        } else if (message instanceof Message.FromWriter fromWriter) {
            ledger.answered(fromWriter.answer());
        } else if (message instanceof Message.ReadSlice read) {
            readSlice(read);
        } else if (message instanceof Message.StartFetch start) {
            startFetch(start);
        } else if (message instanceof Message.Acknowledge acknowledge) {
            deliveries.acknowledge(acknowledge.key());
        } else if (message instanceof Message.GiveBack giveBack) {
            deliveries.giveBack(giveBack.key());
        } else if (message instanceof Message.LeaveOut leaveOut) {
            deliveries.leaveOut(leaveOut.key(), leaveOut.sequence());
        } else if (message instanceof Message.CountLeased count) {
            count.count().complete(deliveries.leased(count.mailbox()));
        } else if (message instanceof Message.WhichLeased which) {
            which.leased().complete(deliveries.leased(which.mailbox(), which.sequences()));
        } else if (message instanceof Message.Drain) {
            deliveries.drain();
        } else {
            handleStream(message);
        }
    }

    private void handleStream(Message.ToDispatcher message) {
        if (message instanceof Message.StreamFrames frames) {
            streams.frames(frames);
        } else if (message instanceof Message.StreamTaken taken) {
            streams.taken(taken);
        } else if (message instanceof Message.RoomGranted granted) {
            streams.granted(granted);
        } else if (message instanceof Message.StreamOpened opened) {
            streams.opened(opened);
        } else if (message instanceof Message.StreamBroken broken) {
            streams.broken(broken);
        } else if (message instanceof Message.StreamEnded ended) {
            streams.ended(ended);
        } else if (message instanceof Message.Ponged ponged) {
            streams.ponged(ponged);
        }
    }

    private void startFetch(Message.StartFetch start) {
        try {
            deliveries.startFetch(start.key(), start.mailbox());
        } catch (RuntimeException e) {
            answer(start.key(), failure(start.key(), e));
        }
    }

    private void readSlice(Message.ReadSlice read) {
        SliceAnswer answer;
        try {
            answer = deliveries.readSlice(read.key(), read.reservation().bytes(), clock.millis());
        } catch (RuntimeException e) {
            read.reservation().release();
            answer(read.key(), failure(read.key(), e));
            return;
        }
        long request = read.key().request();
        if (answer instanceof SliceAnswer.Read part) {
            answer(read.key(), new Message.SliceRead(request, part.slice(), read.reservation()));
        } else if (answer instanceof SliceAnswer.TooLarge larger) {
            answer(
                    read.key(),
                    new Message.SliceTooLarge(request, larger.bytes(), read.reservation()));
        } else if (answer instanceof SliceAnswer.Over || !inbox.add(read)) {
            read.reservation().release();
        }
    }

    /** Damage ends this FETCH and no other; the sentence names where it is. */
    private static Message.FetchFailed failure(FetchKey key, RuntimeException e) {
        if (e instanceof ProtocolException refused) {
            return new Message.FetchFailed(key.request(), refused.code(), refused.sentence());
        }
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
}
