package io.qight.relay.flow;

import io.qight.store.Expired;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoreException;
import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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

    private static final Logger LOG = LoggerFactory.getLogger(StoreWriter.class);

    private final MailboxStore store;
    private final RelayClock clock;
    private final RelayMeters meters;
    private final Inbox<Message.ToWriter> inbox = new Inbox<>(WAITING_MAX);
    private final Thread thread;
    private Arrivals arrivals = mailboxes -> {};
    private volatile boolean failed;
    private long nextExpiryMillis = Long.MIN_VALUE;

    /** A writer that does nothing before {@link #start()}. */
    public StoreWriter(MailboxStore store, RelayClock clock, RelayMeters meters) {
        this.store = store;
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

    /** Takes changes on; says false if the writer has been closed. The caller bounds them. */
    public boolean change(Message.Change change) {
        return inbox.add(change);
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
                Message.ToWriter first = inbox.take(waitMillis());
                if (failed) {
                    refuse(first);
                } else {
                    turn(first);
                }
            }
        } catch (InterruptedException e) {
            failed = true;
            LOG.error("the writer was interrupted; the relay must be restarted");
        }
    }

    private long waitMillis() {
        long now = clock.millis();
        if (failed || nextExpiryMillis >= now + LOOK_MILLIS) {
            return LOOK_MILLIS;
        }
        return nextExpiryMillis <= now ? 0 : nextExpiryMillis - now;
    }

    private void turn(Message.@Nullable ToWriter first) throws InterruptedException {
        Batch batch = new Batch(first);
        List<Outcome> outcomes;
        try {
            expire(batch.operations);
            outcomes = commit(batch.operations);
        } catch (Throwable e) {
            fail(batch, e);
            return;
        }
        announce(batch, outcomes);
        answer(batch, outcomes);
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

    private void announce(Batch batch, List<Outcome> outcomes) {
        Set<String> mailboxes = new HashSet<>();
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i) instanceof Outcome.Stored
                    && batch.operations.get(i) instanceof Operation.Append append) {
                mailboxes.add(append.mailbox());
            }
        }
        if (!mailboxes.isEmpty()) {
            try {
                arrivals.arrived(mailboxes);
            } catch (RuntimeException e) {
                LOG.error("arrivals could not be told", e);
            }
        }
    }

    /** The place, and the only one, where "stored" may be said: the commit has returned. */
    private void answer(Batch batch, List<Outcome> outcomes) {
        Answers answers = new Answers();
        batch.late.forEach(answers::tooLate);
        int position = 0;
        for (Operation operation : batch.operations) {
            if (operation instanceof Operation.Append append) {
                nextExpiryMillis = Math.min(nextExpiryMillis, append.deadlineMillis());
            }
        }
        for (Message.ToWriter message : batch.messages) {
            if (message instanceof Message.Append append) {
                answers.append(append, outcomes.get(position));
                position++;
            } else if (message instanceof Message.Change change) {
                int end = position + change.operations().size();
                answers.changed(change, outcomes.subList(position, end));
                position = end;
            }
        }
        answers.deliver();
    }

    private void fail(Batch batch, Throwable cause) throws InterruptedException {
        failed = true;
        LOG.error("a commit failed: nothing more is stored until the relay is restarted", cause);
        Answers answers = new Answers();
        batch.late.forEach(answers::tooLate);
        batch.messages.forEach(answers::unknown);
        for (int waiting = inbox.size(); waiting > 0; waiting--) {
            Message.ToWriter message = inbox.take(0);
            if (message != null) {
                answers.unknown(message);
            }
        }
        answers.deliver();
    }

    private void refuse(Message.@Nullable ToWriter message) {
        if (message != null) {
            Answers answers = new Answers();
            answers.not(
                    message,
                    ErrorCode.INTERNAL,
                    "the relay's store has failed and takes nothing until a restart");
            answers.deliver();
        }
    }

    /** What is carried out by one commit. */
    private final class Batch {
        final List<Message.ToWriter> messages = new ArrayList<>();
        final List<Operation> operations = new ArrayList<>();
        final List<Message.Append> late = new ArrayList<>();
        private long bytes;

        Batch(Message.@Nullable ToWriter first) throws InterruptedException {
            long now = clock.millis();
            Message.ToWriter next = first;
            while (next != null) {
                add(next, now);
                Message.ToWriter peeked = inbox.peek();
                next = peeked != null && fits(peeked) ? inbox.take(0) : null;
            }
        }

        private void add(Message.ToWriter message, long now) {
            if (message instanceof Message.Append append) {
                if (append.operation().deadlineMillis() <= now) {
                    late.add(append);
                    return;
                }
                operations.add(append.operation());
                bytes += append.operation().bytes().remaining();
            } else if (message instanceof Message.Change change) {
                operations.addAll(change.operations());
            }
            messages.add(message);
        }

        private boolean fits(Message.ToWriter message) {
            if (message instanceof Message.Append append) {
                return operations.size() < BATCH_OPERATIONS_MAX
                        && bytes + append.operation().bytes().remaining() <= BATCH_BYTES_MAX;
            }
            return message instanceof Message.Change change
                    && operations.size() + change.operations().size() <= BATCH_OPERATIONS_MAX;
        }
    }

    /** Gathers answers, one call for each caller. */
    private static final class Answers {
        private final Map<Caller, List<Message.ToCaller>> byCaller = new LinkedHashMap<>();

        void append(Message.Append append, Outcome outcome) {
            if (outcome instanceof Outcome.Refused refused) {
                not(append, refused.code(), refused.code().sentence());
            } else {
                committed(append);
            }
        }

        void committed(Message.ToWriter message) {
            add(message, new Message.Committed(message.request()));
        }

        void changed(Message.Change change, List<Outcome> outcomes) {
            add(change, new Message.Changed(change.request(), List.copyOf(outcomes)));
        }

        void tooLate(Message.Append append) {
            not(append, ErrorCode.OVERLOADED, "its time to live ended before it could be stored");
        }

        void unknown(Message.ToWriter message) {
            not(message, ErrorCode.OUTCOME_UNKNOWN, ErrorCode.OUTCOME_UNKNOWN.sentence());
        }

        void not(Message.ToWriter message, ErrorCode code, String sentence) {
            add(message, new Message.NotCommitted(message.request(), code, sentence));
        }

        private void add(Message.ToWriter message, Message.ToCaller answer) {
            if (message instanceof Message.Append append) {
                append.reservation().release();
            }
            byCaller.computeIfAbsent(message.caller(), any -> new ArrayList<>()).add(answer);
        }

        void deliver() {
            byCaller.forEach((caller, answers) -> {
                try {
                    caller.deliver(answers);
                } catch (RuntimeException e) {
                    // One caller's defect is not the others'.
                    LOG.error("an answer could not be delivered", e);
                }
            });
        }
    }
}
