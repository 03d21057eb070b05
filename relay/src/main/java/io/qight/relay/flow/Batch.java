package io.qight.relay.flow;

import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.relay.grants.Grants;
import io.qight.relay.grants.OwnerRules;
import io.qight.relay.outbox.MailboxRoom;
import io.qight.relay.outbox.Outboxes;
import io.qight.relay.outbox.SendEntry;
import io.qight.relay.outbox.SendGroup;
import io.qight.relay.outbox.SendPermits;
import io.qight.relay.outbox.SendStream;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.OutboxId;
import io.qight.store.Outcome;
import io.qight.transport.AddressPrefix;
import io.qight.wire.ErrorCode;
import io.qight.wire.v1.Id;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** What is carried out by one commit. Belongs to the writer. */
final class Batch {
    /**
     * What one message comes to.
     *
     * @param operations how many of the batch's it has
     * @param settle what to do with their outcomes once the commit has returned
     * @param unknown what to do if it is not known whether it was carried out
     */
    private record Step(
            int operations,
            BiConsumer<List<Outcome>, WriterAnswers> settle,
            Consumer<WriterAnswers> unknown) {}

    private final MailboxStore store;
    private final Outboxes<StreamKey> outboxes;
    private final Grants grants;
    private final long durability;
    private final long nowMillis;
    private final MailboxRoom room;
    private final List<Step> steps = new ArrayList<>();
    private final List<Operation> operations = new ArrayList<>();

    /** Outboxes with SENDs here, whose numbers the store does not know yet. */
    private final Set<OutboxId> touched = new HashSet<>();

    /** Rules are judged by those that hold. */
    private boolean keepsRule;

    private long bytes;
    private long openedOutboxes;

    Batch(
            MailboxStore store,
            Outboxes<StreamKey> outboxes,
            Grants grants,
            WriterSettings settings,
            long nowMillis) {
        this.store = store;
        this.outboxes = outboxes;
        this.grants = grants;
        this.durability = settings.durabilityNumber();
        this.nowMillis = nowMillis;
        this.room =
                new MailboxRoom(
                        settings.quota(), store::statistics, () -> store.statistics().mailboxes());
    }

    /** What the store is asked for; what the writer adds for itself comes last. */
    List<Operation> operations() {
        return operations;
    }

    /** Whether one more message fits; the first one always does. */
    boolean fits(Message.ToWriter message) {
        if (message instanceof Message.Append append) {
            return fits(1, append.operation().bytes().remaining());
        } else if (message instanceof Message.Sends sends) {
            return fits(sends.entries().size(), sends.bytes());
        } else if (message instanceof Message.Change change) {
            return fits(change.operations().size(), 0);
        } else if (message instanceof Message.OpenOutbox open) {
            return fits(1, 0) && !touched.contains(id(open));
        } else if (message instanceof Message.KeepRule) {
            return fits(1, 0) && !keepsRule;
        }
        return fits(1, 0);
    }

    /** Puts one more message behind the others. */
    void add(Message.ToWriter message) {
        if (message instanceof Message.Append append) {
            add(append);
        } else if (message instanceof Message.Sends sends) {
            add(sends);
        } else if (message instanceof Message.Change change) {
            add(change);
        } else if (message instanceof Message.OpenOutbox open) {
            add(open);
        } else if (message instanceof Message.KeepRule keep) {
            add(keep);
        } else if (message instanceof Message.CloseOutbox close) {
            outboxes.close(StreamKey.of(close), nowMillis).ifPresent(this::addAlone);
        }
    }

    /** The commit has returned: answers each. */
    void settle(List<Outcome> outcomes, WriterAnswers answers) {
        int position = 0;
        for (Step step : steps) {
            int end = position + step.operations();
            step.settle().accept(outcomes.subList(position, end), answers);
            position = end;
        }
        for (int i = 0; i < outcomes.size(); i++) {
            if (operations.get(i) instanceof Operation.ForgetOutbox forget) {
                outboxes.forgotten(forget.id());
            } else if (operations.get(i) instanceof Operation.Remove remove
                    && outcomes.get(i) instanceof Outcome.Done) {
                grants.removed(remove.mailbox(), remove.sequence());
            }
        }
    }

    /** Whether it was carried out is not known: tells each. */
    void unknown(WriterAnswers answers) {
        steps.forEach(step -> step.unknown().accept(answers));
    }

    private boolean fits(int more, long moreBytes) {
        return operations.size() + more <= StoreWriter.BATCH_OPERATIONS_MAX
                && bytes + moreBytes <= StoreWriter.BATCH_BYTES_MAX;
    }

    private void add(Message.Append append) {
        Operation.Append operation = append.operation();
        if (operation.deadlineMillis() <= nowMillis) {
            refuse(
                    append,
                    ErrorCode.OVERLOADED,
                    "its time to live ended before it could be stored");
            return;
        }
        int size = operation.bytes().remaining();
        SendPermits.Hold hold =
                append.from()
                        .map(address -> grants.hold(address, size))
                        .orElse(SendPermits.UNCOUNTED)
                        .orElse(null);
        if (hold == null) {
            refuse(append, ErrorCode.MAILBOX_FULL, SendGroup.SHARE_FULL);
        } else if (!room.take(operation.mailbox(), size)) {
            hold.notStored();
            refuse(append, ErrorCode.MAILBOX_FULL, ErrorCode.MAILBOX_FULL.sentence());
        } else {
            bytes += size;
            operations.add(operation);
            steps.add(
                    new Step(
                            1,
                            (outcomes, answers) -> {
                                tell(hold, outcomes.get(0));
                                answers.appended(append, outcomes.get(0));
                            },
                            answers -> answers.unknown(append)));
        }
    }

    private static void tell(SendPermits.Hold hold, Outcome outcome) {
        if (outcome instanceof Outcome.Stored stored) {
            hold.stored(stored.sequence());
        } else {
            hold.notStored();
        }
    }

    private void add(Message.Sends sends) {
        SendStream stream = outboxes.stream(StreamKey.of(sends)).orElse(null);
        if (stream == null) {
            // It is over, and its client has been told, or is about to be.
            sends.reservation().release();
            return;
        }
        int before = operations.size();
        SendGroup group = new SendGroup(stream, sends.entries(), EnvelopeFormat.V1);
        group.judge(nowMillis, grants, room, operations);
        bytes += sends.bytes();
        touched.add(stream.outbox());
        steps.add(
                new Step(
                        operations.size() - before,
                        (outcomes, answers) ->
                                answers.receipts(
                                        sends, group.settle(outcomes.iterator(), durability)),
                        answers -> answers.receipts(sends, group.leaveUnknown(durability))));
    }

    private void add(Message.Change change) {
        operations.addAll(change.operations());
        steps.add(
                new Step(
                        change.operations().size(),
                        (outcomes, answers) -> answers.changed(change, outcomes),
                        answers -> answers.unknown(change)));
    }

    private void add(Message.OpenOutbox open) {
        StreamKey key = StreamKey.of(open);
        Outboxes.Opening<StreamKey> opening =
                outboxes.open(
                        key,
                        open.outbox(),
                        open.address(),
                        store.outbox(id(open)),
                        store.statistics().outboxes() + openedOutboxes,
                        nowMillis);
        if (opening instanceof Outboxes.Opening.Refused<StreamKey> refused) {
            end(key, refused.refusal());
        } else if (opening instanceof Outboxes.Opening.Opened<StreamKey> opened) {
            openedOutboxes++;
            addAlone(opened.operation());
            opened.from()
                    .ifPresent(older -> end(older, new SendEntry.Refusal(ErrorCode.TAKEN_OVER)));
        }
    }

    private void add(Message.KeepRule keep) {
        OwnerRules rules = grants.rules();
        AddressPrefix from = AddressPrefix.of(keep.address());
        Optional<SendEntry.Refusal> refusal = rules.refusal(keep.rule(), from, nowMillis);
        Optional<Operation> change = rules.change(keep.rule(), nowMillis);
        if (refusal.isPresent() || change.isEmpty()) {
            answer(answers -> answers.kept(keep, refusal));
            return;
        }
        keepsRule = true;
        operations.add(change.get());
        steps.add(
                new Step(
                        1,
                        (outcomes, answers) -> settle(keep, from, outcomes.get(0), answers),
                        answers -> answers.unknown(keep)));
    }

    private void settle(
            Message.KeepRule keep, AddressPrefix from, Outcome outcome, WriterAnswers answers) {
        if (outcome instanceof Outcome.Stored stored) {
            grants.rules().kept(keep.rule(), from, stored.sequence());
        }
        answers.kept(
                keep,
                outcome instanceof Outcome.Refused refused
                        ? Optional.of(new SendEntry.Refusal(refused.code()))
                        : Optional.empty());
    }

    private void refuse(Message.Append append, ErrorCode code, String sentence) {
        answer(answers -> answers.refused(append, code, sentence));
    }

    private void end(StreamKey stream, SendEntry.Refusal refusal) {
        answer(answers -> answers.end(stream, refusal.code(), refusal.sentence()));
    }

    /** An answer that does not hang on the commit, in its turn. */
    private void answer(Consumer<WriterAnswers> answer) {
        steps.add(new Step(0, (outcomes, answers) -> answer.accept(answers), answer));
    }

    /** An operation that nobody waits for. */
    private void addAlone(Operation operation) {
        operations.add(operation);
        steps.add(new Step(1, (outcomes, answers) -> {}, answers -> {}));
    }

    private static OutboxId id(Message.OpenOutbox open) {
        Id id = open.outbox().outbox();
        return new OutboxId(id.high(), id.low());
    }
}
