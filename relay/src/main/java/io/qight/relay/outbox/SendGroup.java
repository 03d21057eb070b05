package io.qight.relay.outbox;

import io.qight.relay.outbox.SendEntry.GiveUp;
import io.qight.relay.outbox.SendEntry.Refusal;
import io.qight.relay.outbox.SendEntry.Send;
import io.qight.store.Operation;
import io.qight.store.OutboxNumber;
import io.qight.store.Outcome;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.ReceiptOutcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came on one stream together, judged in its order: first before the commit, where the store
 * is asked only for what could be stored, then after it, where what the store said changes the
 * verdict on those behind.
 */
public final class SendGroup {
    /** When a client should try again what does not fit now. */
    static final long AFTER_MILLIS = 1_000;

    /** What is said of a SEND so far. */
    private sealed interface Verdict {
        /** The store decides; room was taken for it. */
        record Store(SendPermits.Hold hold) implements Verdict {}

        /** It was taken before. */
        record Taken() implements Verdict {}

        /** Nobody can tell. */
        record Unknown() implements Verdict {}

        /** It is not stored. */
        record Refused(Refusal refusal) implements Verdict {}
    }

    /** Why an envelope is refused whose mailbox may have room. */
    public static final String SHARE_FULL =
            "the sender's address or outbox has as much waiting as it may: without a grant a tenth"
                    + " of a key's mailbox, and else what the relay's operator allows";

    private static final Verdict STORE = new Verdict.Store(SendPermits.NOTHING_HELD);
    private static final Verdict TAKEN = new Verdict.Taken();
    private static final Verdict UNKNOWN = new Verdict.Unknown();

    private final SendStream stream;
    private final List<SendEntry> entries;
    private final byte format;

    /** One for each SEND, in their order. */
    private final List<Verdict> verdicts = new ArrayList<>();

    /**
     * Entries that follow all that came on the stream before.
     *
     * @param format what kind of bytes their envelopes are
     */
    public SendGroup(SendStream stream, List<SendEntry> entries, byte format) {
        this.stream = stream;
        this.entries = entries;
        this.format = format;
    }

    /**
     * Judges what can be judged before the commit, and gives the store the rest.
     *
     * @param operations gets one append for each SEND that the store decides on
     */
    public void judge(
            long nowMillis, SendPermits permits, MailboxRoom room, List<Operation> operations) {
        for (SendEntry entry : entries) {
            if (entry instanceof GiveUp giveUp) {
                stream.refused().removeAll(giveUp.numbers());
            } else if (entry instanceof SendEntry.Proved proved) {
                stream.sender().proved(proved.identity());
            } else if (entry instanceof SendEntry.UseGrant use) {
                stream.sender().use(use.grant());
            } else if (entry instanceof Send send) {
                Verdict verdict = first(send, nowMillis, permits, room);
                verdicts.add(verdict);
                if (verdict instanceof Verdict.Store) {
                    operations.add(append(send));
                }
            }
        }
    }

    /** The receipts where nothing can be committed any more. */
    public List<ReceiptRun> refuse(Refusal refusal, long durability) {
        return judgeAll(new Verdict.Refused(refusal), durability);
    }

    /** The receipts where it is not known what became of what the store was asked, if it was. */
    public List<ReceiptRun> leaveUnknown(long durability) {
        return judgeAll(UNKNOWN, durability);
    }

    /**
     * The receipts, now that the commit has returned.
     *
     * @param outcomes of the operations that {@link #judge} added, in their order
     * @param durability what a commit survives, as its number on the wire
     */
    public List<ReceiptRun> settle(Iterator<Outcome> outcomes, long durability) {
        List<ReceiptRun> runs = new ArrayList<>();
        Iterator<Verdict> judged = verdicts.iterator();
        for (SendEntry entry : entries) {
            if (entry instanceof GiveUp giveUp) {
                // Again: what the store has refused since was given up too.
                stream.refused().removeAll(giveUp.numbers());
            } else if (entry instanceof Send send) {
                Verdict verdict = judged.next();
                Outcome outcome = verdict instanceof Verdict.Store ? outcomes.next() : null;
                add(runs, settle(send, verdict, outcome, durability));
            }
        }
        return runs;
    }

    /** Puts runs behind each other, joining what is alike. */
    public static void add(List<ReceiptRun> runs, ReceiptRun run) {
        ReceiptRun last = runs.isEmpty() ? null : runs.get(runs.size() - 1);
        if (last != null && last.outcome().equals(run.outcome())) {
            runs.set(runs.size() - 1, new ReceiptRun(last.count() + run.count(), run.outcome()));
        } else {
            runs.add(run);
        }
    }

    private static void add(List<ReceiptRun> runs, ReceiptOutcome outcome) {
        add(runs, new ReceiptRun(1, outcome));
    }

    /** What the store would have to decide is so instead. */
    private List<ReceiptRun> judgeAll(Verdict instead, long durability) {
        if (verdicts.isEmpty()) {
            for (SendEntry entry : entries) {
                if (entry instanceof Send send) {
                    Verdict known = known(send);
                    verdicts.add(known == null ? instead : known);
                }
            }
        }
        verdicts.replaceAll(verdict -> verdict instanceof Verdict.Store ? instead : verdict);
        return settle(Collections.emptyIterator(), durability);
    }

    private Verdict first(Send send, long now, SendPermits permits, MailboxRoom room) {
        // It is sent again, if it stood refused.
        stream.refused().remove(send.number());
        Verdict known = known(send);
        if (known != null) {
            return known;
        }
        Refusal refusal = refusal(send, now, permits);
        if (refusal == null) {
            SendPermits.Hold hold = permits.hold(stream.sender(), send).orElse(null);
            if (hold == null) {
                refusal = new Refusal(ErrorCode.MAILBOX_FULL, SHARE_FULL);
            } else if (room.take(send.mailbox(), send.bytes().remaining())) {
                return hold.equals(SendPermits.NOTHING_HELD) ? STORE : new Verdict.Store(hold);
            } else {
                hold.notStored();
                refusal = new Refusal(ErrorCode.MAILBOX_FULL);
            }
        }
        stand(send, refusal.code());
        return new Verdict.Refused(refusal);
    }

    /** What is known of its number, whatever else there is to say; null if it is free. */
    private @Nullable Verdict known(Send send) {
        return switch (stream.taken().of(send.number())) {
            case TAKEN -> TAKEN;
            case TOO_LOW -> UNKNOWN;
            case FREE -> null;
        };
    }

    private @Nullable Refusal refusal(Send send, long now, SendPermits permits) {
        if (send.refusal().isPresent()) {
            return send.refusal().get();
        } else if (send.deadlineMillis() <= now) {
            return new Refusal(ErrorCode.EXPIRED, "the time to live ended before it was stored");
        }
        Refusal forbidden = permits.refusal(stream.sender(), send, now);
        if (forbidden != null) {
            return forbidden;
        } else if (stream.refused().anyBelow(send.number(), send.mailbox())) {
            return new Refusal(ErrorCode.AFTER_REFUSED);
        }
        return permits.rate(stream.sender(), send, now);
    }

    private Operation append(Send send) {
        return new Operation.Append(
                send.mailbox(),
                format,
                send.acceptedMillis(),
                send.deadlineMillis(),
                send.bytes(),
                new OutboxNumber(stream.outbox(), send.number()));
    }

    private ReceiptOutcome settle(
            Send send, Verdict verdict, @Nullable Outcome outcome, long durability) {
        if (verdict instanceof Verdict.Store store) {
            if (outcome instanceof Outcome.Stored stored) {
                store.hold().stored(stored.sequence());
            } else {
                store.hold().notStored();
            }
        }
        if (outcome instanceof Outcome.Stored) {
            stream.taken().take(send.number());
            return new ReceiptOutcome.Stored(durability);
        } else if (verdict instanceof Verdict.Taken || outcome instanceof Outcome.Duplicate) {
            stream.taken().take(send.number());
            return new ReceiptOutcome.Duplicate(durability);
        } else if (verdict instanceof Verdict.Refused refused) {
            return refused(send, refused.refusal());
        } else if (outcome instanceof Outcome.Refused refused
                && refused.code() != ErrorCode.OUTCOME_UNKNOWN) {
            return refused(send, new Refusal(refused.code()));
        }
        return new ReceiptOutcome.OutcomeUnknown();
    }

    /** What did not fit is refused for its order instead if one before it did not fit either. */
    private ReceiptOutcome refused(Send send, Refusal refusal) {
        Refusal last = refusal;
        if (waits(refusal.code()) && stream.refused().anyBelow(send.number(), send.mailbox())) {
            last = new Refusal(ErrorCode.AFTER_REFUSED);
        }
        stand(send, last.code());
        return new ReceiptOutcome.Refused(
                last.code().number(),
                last.sentence(),
                full(last.code()) ? AFTER_MILLIS : last.afterMillis());
    }

    private void stand(Send send, ErrorCode code) {
        if (code.retryable()) {
            stream.refused().add(send.number(), send.mailbox());
        }
    }

    private static boolean waits(ErrorCode code) {
        return full(code) || code == ErrorCode.RATE_LIMITED;
    }

    private static boolean full(ErrorCode code) {
        return code == ErrorCode.MAILBOX_FULL || code == ErrorCode.STORE_FULL;
    }
}
