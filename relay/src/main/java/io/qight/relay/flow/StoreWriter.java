package io.qight.relay.flow;

import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.relay.grants.Grants;
import io.qight.relay.outbox.Outboxes;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.relay.outbox.SendGroup;
import io.qight.store.Expired;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoreException;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that changes the store: takes all that waits, makes one commit of it, answers
 * each. While a commit runs the next batch gathers, so there is no timer for it. With each batch,
 * or when one is due, envelopes past their deadline are removed in slices, fetched or not.
 *
 * <p>An answer that says "stored" is made in {@link #answer} and nowhere else, after the commit has
 * returned. When a commit fails, whether it was stored is not known: all that wait are told so, and
 * nothing is ever committed again.
 */
public final class StoreWriter {
    /** What a batch holds at most, in operations. */
    public static final int BATCH_OPERATIONS_MAX = 1024;

    /** What a batch holds at most, in bytes; one envelope whatever its size. */
    public static final long BATCH_BYTES_MAX = 1 << 20;

    /** Appends that may wait; more are refused as {@link ErrorCode#OVERLOADED}. */
    public static final int WAITING_MAX = 16_384;

    /**
     * The longest time between two looks for expired envelopes that may be due, in milliseconds.
     */
    private static final long LOOK_MILLIS = 1000;

    /** How often it is looked for outboxes to forget or to remember on, in milliseconds. */
    private static final long OUTBOX_LOOK_MILLIS = 60_000;

    private static final Refusal UNKNOWN = new Refusal(ErrorCode.OUTCOME_UNKNOWN);

    private static final Refusal FAILED =
            new Refusal(
                    ErrorCode.INTERNAL,
                    "the relay's store has failed and takes nothing until a restart");

    private static final Logger LOG = LoggerFactory.getLogger(StoreWriter.class);

    private final MailboxStore store;
    private final WriterSettings settings;
    private final Outboxes<StreamKey> outboxes;
    private final Grants grants;
    private final RelayClock clock;
    private final RelayMeters meters;
    private final Inbox<Message.ToWriter> inbox = new Inbox<>(WAITING_MAX);
    private final Thread thread;
    private Arrivals arrivals = mailboxes -> {};
    private volatile boolean failed;
    private volatile int openOutboxes;
    private long nextExpiryMillis = Long.MIN_VALUE;
    private long nextOutboxLookMillis = Long.MIN_VALUE;

    /** A writer with the usual settings. */
    public StoreWriter(MailboxStore store, RelayClock clock, RelayMeters meters) {
        this(store, WriterSettings.USUAL, clock, meters);
    }

    /** A writer that reads what owners have laid down, and does no more before {@link #start()}. */
    public StoreWriter(
            MailboxStore store, WriterSettings settings, RelayClock clock, RelayMeters meters) {
        this.store = store;
        this.settings = settings;
        this.outboxes = new Outboxes<>(settings.outboxes(), clock.millis());
        this.grants = Grants.read(store, settings.quota(), settings.senders());
        this.clock = clock;
        this.meters = meters;
        this.thread = new Thread(this::run, "qight-writer");
    }

    /** Has someone hear of arrivals; before {@link #start()}, and the last one counts. */
    public void tell(Arrivals listener) {
        arrivals = listener;
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /** Takes an append on, which is answered later; else says why not, and answers nothing. */
    public Optional<ErrorCode> append(Message.Append append) {
        if (inbox.offer(append)) {
            return Optional.empty();
        }
        return Optional.of(inbox.closed() ? ErrorCode.DRAINING : ErrorCode.OVERLOADED);
    }

    /**
     * Takes on what belongs to a SEND stream: an opening, what came on it, its end. Says false if
     * the writer has been closed. The caller bounds them.
     */
    public boolean send(Message.ToWriter message) {
        return inbox.add(message);
    }

    /** Takes changes on; says false if the writer has been closed. The caller bounds them. */
    public boolean change(Message.Change change) {
        return inbox.add(change);
    }

    /** On how many streams an outbox is open. */
    public int openOutboxes() {
        return openOutboxes;
    }

    /** Whether appends can be stored. */
    public boolean ready() {
        return !failed && thread.isAlive() && !inbox.closed();
    }

    /** Takes nothing more, commits and answers what waits, for at most so long. */
    public void close(long millisMax) throws InterruptedException {
        inbox.close();
        thread.join(Math.max(1, millisMax));
        if (thread.isAlive()) {
            LOG.warn("the writer has not ended within {} ms", millisMax);
        }
    }

    private void run() {
        try {
            while (!inbox.done()) {
                step(waitMillis());
            }
        } catch (InterruptedException e) {
            failed = true;
            LOG.error("the writer was interrupted; the relay must be restarted");
        }
    }

    /**
     * Waits for something to do for at most so long, and does it; says whether there was anything.
     */
    boolean step(long waitMillis) throws InterruptedException {
        Message.ToWriter first = inbox.take(waitMillis);
        if (failed) {
            refuse(first);
        } else {
            turn(first);
        }
        return first != null;
    }

    /** How long the next step may wait. */
    long waitMillis() {
        long now = clock.millis();
        if (failed || nextExpiryMillis >= now + LOOK_MILLIS) {
            return LOOK_MILLIS;
        }
        return nextExpiryMillis <= now ? 0 : nextExpiryMillis - now;
    }

    private void turn(Message.@Nullable ToWriter first) throws InterruptedException {
        Batch batch = new Batch(store, outboxes, grants, settings, clock.millis());
        List<Outcome> outcomes;
        try {
            fill(batch, first);
            expire(batch.operations());
            keepOutboxes(batch.operations());
            outcomes = commit(batch.operations());
        } catch (InterruptedException e) {
            throw e;
        } catch (Throwable e) {
            fail(batch, e);
            return;
        }
        announce(batch.operations(), outcomes);
        answer(batch, outcomes);
    }

    private void fill(Batch batch, Message.@Nullable ToWriter first) throws InterruptedException {
        Message.ToWriter next = first;
        while (next != null) {
            batch.add(next);
            Message.ToWriter peeked = inbox.peek();
            next = peeked != null && batch.fits(peeked) ? inbox.take(0) : null;
        }
    }

    private void expire(List<Operation> operations) {
        long now = clock.millis();
        if (now < nextExpiryMillis) {
            return;
        }
        try {
            Expired expired = store.expired(now, BATCH_OPERATIONS_MAX);
            for (Expired.Key key : expired.envelopes()) {
                operations.add(
                        new Operation.Remove(key.mailbox(), key.sequence(), Removal.EXPIRED));
            }
            nextExpiryMillis = expired.nextMillis();
        } catch (StoreException.Damaged | StoreException.Unreadable e) {
            LOG.error("expired envelopes cannot be looked up; the next try is in 1 s", e);
            nextExpiryMillis = now + LOOK_MILLIS;
        }
    }

    /** Outboxes in use are remembered on, those of which nothing was heard are forgotten. */
    private void keepOutboxes(List<Operation> operations) {
        long now = clock.millis();
        openOutboxes = outboxes.openStreams();
        if (now < nextOutboxLookMillis) {
            return;
        }
        operations.addAll(outboxes.renewals(now));
        if (outboxes.mayForget(now)) {
            List<OutboxId> old = store.forgettable(now, BATCH_OPERATIONS_MAX);
            for (OutboxId id : old) {
                if (outboxes.mayForget(id, now)) {
                    operations.add(new Operation.ForgetOutbox(id));
                }
            }
        }
        nextOutboxLookMillis = now + OUTBOX_LOOK_MILLIS;
    }

    private List<Outcome> commit(List<Operation> operations) {
        if (operations.isEmpty()) {
            return List.of();
        }
        long startNanos = System.nanoTime();
        List<Outcome> outcomes = store.commit(operations);
        if (outcomes.size() != operations.size()) {
            throw new IllegalStateException(
                    operations.size() + " operations, but " + outcomes.size() + " outcomes");
        }
        meters.committed(operations, outcomes, System.nanoTime() - startNanos);
        return outcomes;
    }

    private void announce(List<Operation> operations, List<Outcome> outcomes) {
        NewestEnvelopes newest = new NewestEnvelopes();
        for (int i = 0; i < outcomes.size(); i++) {
            Operation operation = operations.get(i);
            if (outcomes.get(i) instanceof Outcome.Stored stored
                    && operation instanceof Operation.Append append) {
                newest.add(append, stored.sequence());
                nextExpiryMillis = Math.min(nextExpiryMillis, append.deadlineMillis());
            } else if (operation instanceof Operation.Remove remove) {
                newest.removed(remove);
            }
        }
        Map<String, List<StoredEnvelope>> mailboxes = newest.byMailbox();
        if (!mailboxes.isEmpty()) {
            try {
                arrivals.arrived(mailboxes);
            } catch (RuntimeException e) {
                LOG.error("arrivals could not be told", e);
            }
        }
    }

    /** The place, and the only one, where "stored" may be said: the commit has returned. */
    private static void answer(Batch batch, List<Outcome> outcomes) {
        WriterAnswers answers = new WriterAnswers();
        batch.settle(outcomes, answers);
        answers.deliver();
    }

    private void fail(Batch batch, Throwable cause) throws InterruptedException {
        failed = true;
        LOG.error("a commit failed: nothing more is stored until the relay is restarted", cause);
        WriterAnswers answers = new WriterAnswers();
        batch.unknown(answers);
        for (int waiting = inbox.size(); waiting > 0; waiting--) {
            Message.ToWriter message = inbox.take(0);
            if (message != null) {
                refuse(message, UNKNOWN, answers);
            }
        }
        answers.deliver();
    }

    private void refuse(Message.@Nullable ToWriter message) {
        if (message != null) {
            WriterAnswers answers = new WriterAnswers();
            refuse(message, FAILED, answers);
            answers.deliver();
        }
    }

    /** Answers while nothing can be committed. */
    private void refuse(Message.ToWriter message, Refusal refusal, WriterAnswers answers) {
        if (message instanceof Message.Sends sends) {
            outboxes.stream(StreamKey.of(sends))
                    .map(stream -> new SendGroup(stream, sends.entries(), EnvelopeFormat.V1))
                    .ifPresentOrElse(
                            group -> answers.receipts(sends, refused(group, refusal)),
                            () -> sends.reservation().release());
        } else if (message instanceof Message.OpenOutbox open) {
            answers.end(StreamKey.of(open), FAILED.code(), FAILED.sentence());
        } else if (message instanceof Message.CloseOutbox close) {
            outboxes.close(StreamKey.of(close), clock.millis());
        } else {
            answers.refused(message, refusal.code(), refusal.sentence());
        }
    }

    private List<ReceiptRun> refused(SendGroup group, Refusal refusal) {
        long durability = settings.durabilityNumber();
        return refusal.code() == ErrorCode.OUTCOME_UNKNOWN
                ? group.leaveUnknown(durability)
                : group.refuse(refusal, durability);
    }
}
