package io.qight.relay.delivery;

import io.qight.store.MailboxStatistics;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.StoredEnvelope;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.Mode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * FETCH of version 0: everything that waited when the request came, in slices, each when its stream
 * has room. What a slice took is held in stretches, 8 bytes an envelope, until the receiver has
 * acknowledged it and it is removed, or it is given back.
 */
final class SeedFetches {
    private final MailboxReader reader;
    private final Ledger ledger;
    private final Mailboxes mailboxes;
    private final Work work;
    private final Map<Object, Fetch> fetches = new HashMap<>();

    SeedFetches(MailboxReader reader, Ledger ledger, Mailboxes mailboxes, Work work) {
        this.reader = reader;
        this.ledger = ledger;
        this.mailboxes = mailboxes;
        this.work = work;
    }

    /** Begins one, under a key of the caller's. */
    void start(Object key, String name) {
        long last = reader.statistics(name).map(MailboxStatistics::lastSequence).orElse(0L);
        Mailbox mailbox = mailboxes.get(name);
        if (mailbox.mode() == Mode.EXCLUSIVE) {
            throw new ProtocolException(ErrorCode.MODE_CONFLICT);
        }
        mailbox.drains++;
        fetches.put(key, new Fetch(mailbox, last));
    }

    /** Reads on, within so many bytes. */
    SliceAnswer read(Object key, long bytesMax, long now) {
        Fetch fetch = fetches.get(key);
        if (fetch == null) {
            return new SliceAnswer.Over();
        }
        Mailbox mailbox = fetch.mailbox;
        fetch.position = mailbox.taken.stepOver(fetch.position);
        List<StoredEnvelope> slice = new ArrayList<>();
        if (fetch.position < fetch.last) {
            long limit = Math.min(fetch.last, mailbox.taken.limit(fetch.position));
            List<StoredEnvelope> found =
                    reader.read(mailbox.name, fetch.position, Ledger.OPERATIONS_MAX, bytesMax);
            long alone = take(fetch, found, limit, bytesMax, slice, now);
            if (alone > 0) {
                return new SliceAnswer.TooLarge(alone);
            }
            fetch.position = mailbox.taken.stepOver(fetch.position);
        }
        if (!slice.isEmpty()) {
            // Receivers of version 1 may have caught up by that.
            work.offer(mailbox);
        }
        boolean last = fetch.position >= fetch.last;
        if (slice.isEmpty() && !last) {
            return new SliceAnswer.NothingYet();
        }
        if (last && fetch.stretches.isEmpty()) {
            end(key);
        }
        return new SliceAnswer.Read(new Slice(slice, last));
    }

    /** One envelope was not handed to the transport: its time is over. */
    void leaveOut(Object key, long sequence) {
        Fetch fetch = fetches.get(key);
        if (fetch != null) {
            // It was read just now, so it is in one of the last stretches.
            for (int i = fetch.stretches.size() - 1; i >= 0; i--) {
                Stretch stretch = fetch.stretches.get(i);
                if (stretch.first() <= sequence) {
                    fetch.stretches.set(i, stretch.below(sequence));
                    fetch.stretches.add(i + 1, stretch.above(sequence));
                    fetch.mailbox.drained--;
                    fetch.mailbox.free(sequence, sequence);
                    work.offer(fetch.mailbox);
                    return;
                }
            }
        }
    }

    /** The receiver has everything. */
    void acknowledge(Object key) {
        Fetch fetch = end(key);
        if (fetch != null) {
            for (Stretch stretch : fetch.stretches) {
                if (stretch.size() > 0) {
                    ledger.carryOut(new Acknowledged(fetch.mailbox, stretch));
                }
            }
        }
    }

    /** The receiver may not have it: it may be handed out again. */
    void giveBack(Object key) {
        Fetch fetch = end(key);
        if (fetch != null) {
            fetch.stretches.forEach(stretch -> giveBack(fetch.mailbox, stretch));
        }
    }

    /**
     * Takes what version 0 may have, up to the limit. The first one alone may have more bytes than
     * there is room for: then nothing is taken, and its size is told.
     */
    private static long take(
            Fetch fetch,
            List<StoredEnvelope> found,
            long limit,
            long bytesMax,
            List<StoredEnvelope> slice,
            long now) {
        long left = bytesMax;
        for (StoredEnvelope envelope : found) {
            if (envelope.sequence() > limit) {
                break;
            }
            Optional<StoredEnvelope> form =
                    envelope.deadlineMillis() <= now ? Optional.empty() : Forms.version0(envelope);
            if (form.isPresent()) {
                int size = form.get().bytes().remaining();
                if (size > left) {
                    fetch.endStretch();
                    return slice.isEmpty() ? size : 0;
                }
                left -= size;
                slice.add(form.get());
                fetch.take(envelope.sequence());
            } else {
                fetch.endStretch();
                fetch.position = envelope.sequence();
            }
        }
        fetch.endStretch();
        if (found.isEmpty() || found.get(found.size() - 1).sequence() > limit) {
            fetch.position = limit;
        }
        return 0;
    }

    private @Nullable Fetch end(Object key) {
        Fetch fetch = fetches.remove(key);
        if (fetch != null) {
            fetch.mailbox.drains--;
            mailboxes.forgetIfIdle(fetch.mailbox);
        }
        return fetch;
    }

    private void giveBack(Mailbox mailbox, Stretch stretch) {
        if (stretch.size() == 0) {
            return;
        }
        mailbox.drained -= stretch.size();
        mailbox.free(stretch.first(), stretch.last());
        work.offer(mailbox);
        mailboxes.forgetIfIdle(mailbox);
    }

    /** What acknowledged envelopes are taken out of their mailbox by. */
    private final class Acknowledged implements Ledger.Change {
        private final Mailbox mailbox;
        private final Stretch stretch;

        Acknowledged(Mailbox mailbox, Stretch stretch) {
            this.mailbox = mailbox;
            this.stretch = stretch;
        }

        @Override
        public List<Operation> operations() {
            return stretch.removals();
        }

        @Override
        public void done(List<Outcome> outcomes, long now) {
            mailbox.drained -= stretch.size();
            stretch.forEach(mailbox.attempts::remove);
            mailboxes.forgetIfIdle(mailbox);
        }

        @Override
        public void failed(long now) {
            giveBack(mailbox, stretch);
        }
    }

    /** One FETCH under way, or written and not acknowledged. */
    private static final class Fetch {
        final Mailbox mailbox;
        final long last;
        final List<Stretch> stretches = new ArrayList<>();

        /** Up to here all was looked at. */
        long position;

        /** What was taken one after the other and is in no stretch yet. */
        private final List<Long> run = new ArrayList<>();

        private long runFirst;

        Fetch(Mailbox mailbox, long last) {
            this.mailbox = mailbox;
            this.last = last;
        }

        void take(long sequence) {
            if (run.isEmpty()) {
                runFirst = position + 1;
            }
            run.add(sequence);
            position = sequence;
        }

        void endStretch() {
            if (!run.isEmpty()) {
                long[] sequences = run.stream().mapToLong(Long::longValue).toArray();
                stretches.add(new Stretch(mailbox.name, runFirst, position, sequences));
                mailbox.taken.add(runFirst, position);
                mailbox.drained += sequences.length;
                run.clear();
            }
        }
    }
}
