package io.qight.relay.delivery;

import io.qight.store.MailboxStatistics;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import io.qight.store.Removal;
import io.qight.store.StoreException;
import io.qight.store.StoredEnvelope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts envelopes aside that failed too often: into a mailbox of the store beside their own, which
 * no client can name. First the copy is made durable, then the envelope is removed, so a crash
 * between may leave both, and never none.
 */
final class DeadLetters {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

    private final MailboxReader reader;
    private final Ledger ledger;
    private final DeliverySettings settings;

    /** Who waits. Each copy is in memory while it is written: so one at a time. */
    private final Deque<Burial> waiting = new ArrayDeque<>();

    private boolean burying;

    DeadLetters(MailboxReader reader, Ledger ledger, DeliverySettings settings) {
        this.reader = reader;
        this.ledger = ledger;
        this.settings = settings;
    }

    /** What became of a burial; one of these is called, once. */
    interface Answer {
        /** The envelope is with the dead letters, or was gone. */
        void gone(long now);

        /** The store has no room, or cannot read it; the envelope is where it was. */
        void notNow(long now);

        /** The store has failed. */
        void failed(long now);
    }

    /** Puts an envelope with the dead letters, later. */
    void bury(
            String mailbox,
            long sequence,
            int bytes,
            int failures,
            String reason,
            Answer answer,
            long now) {
        waiting.add(new Burial(mailbox, sequence, bytes, failures, reason, answer));
        next(now);
    }

    private void next(long now) {
        while (!burying && !waiting.isEmpty()) {
            Burial burial = waiting.remove();
            List<StoredEnvelope> found;
            try {
                found = reader.read(burial.mailbox, burial.sequence - 1, 1, burial.bytes);
            } catch (StoreException.Damaged | StoreException.Unreadable e) {
                LOG.error("an envelope of {} cannot be put aside", burial.mailbox, e);
                burial.answer.notNow(now);
                continue;
            }
            if (found.isEmpty()
                    || found.get(0).sequence() != burial.sequence
                    || found.get(0).deadlineMillis() <= now) {
                burial.answer.gone(now);
            } else {
                burying = true;
                ledger.carryOut(new Copy(burial, found.get(0), now));
            }
        }
    }

    private void over(long now) {
        burying = false;
        next(now);
    }

    /** If they cannot be read, one more than the bound is better than losing this one. */
    private Optional<MailboxStatistics> statistics(String place) {
        try {
            return reader.statistics(place);
        } catch (StoreException.Damaged | StoreException.Unreadable e) {
            LOG.error("dead letters cannot be counted", e);
            return Optional.empty();
        }
    }

    private record Burial(
            String mailbox, long sequence, int bytes, int failures, String reason, Answer answer) {}

    private final class Copy implements Ledger.Change {
        private final Burial burial;
        private final StoredEnvelope envelope;
        private final long buriedMillis;

        Copy(Burial burial, StoredEnvelope envelope, long buriedMillis) {
            this.burial = burial;
            this.envelope = envelope;
            this.buriedMillis = buriedMillis;
        }

        @Override
        public List<Operation> operations() {
            String place = DeadLetter.place(burial.mailbox);
            List<Operation> operations = new ArrayList<>();
            statistics(place)
                    .filter(there -> there.waiting() >= settings.deadMax())
                    .ifPresent(there ->
                            operations.add(
                                    new Operation.Remove(
                                            place, there.firstSequence(), Removal.PURGED)));
            DeadLetter letter =
                    new DeadLetter(
                            envelope.format(),
                            burial.failures,
                            buriedMillis,
                            burial.reason,
                            envelope.bytes());
            operations.add(
                    new Operation.Append(
                            place,
                            DeadLetter.FORMAT,
                            buriedMillis,
                            buriedMillis + settings.deadMillis(),
                            letter.encode(),
                            null));
            return operations;
        }

        @Override
        public void done(List<Outcome> outcomes, long now) {
            if (outcomes.get(outcomes.size() - 1) instanceof Outcome.Stored) {
                ledger.carryOut(new Original(burial));
            } else {
                burial.answer.notNow(now);
                over(now);
            }
        }

        @Override
        public void failed(long now) {
            burial.answer.failed(now);
            over(now);
        }
    }

    private final class Original implements Ledger.Change {
        private final Burial burial;

        Original(Burial burial) {
            this.burial = burial;
        }

        @Override
        public List<Operation> operations() {
            return List.of(new Operation.Remove(burial.mailbox, burial.sequence, Removal.DEAD));
        }

        @Override
        public void done(List<Outcome> outcomes, long now) {
            burial.answer.gone(now);
            over(now);
        }

        @Override
        public void failed(long now) {
            burial.answer.failed(now);
            over(now);
        }
    }
}
