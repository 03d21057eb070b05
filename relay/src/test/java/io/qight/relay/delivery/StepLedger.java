package io.qight.relay.delivery;

import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.Outcome;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A writer whose every step is the test's: a change is committed, then answered, or fails. */
final class StepLedger implements Ledger {
    private final MailboxStore store;
    private final Deque<Change> waiting = new ArrayDeque<>();
    private final Deque<Committed> committed = new ArrayDeque<>();

    StepLedger(MailboxStore store) {
        this.store = store;
    }

    private record Committed(Change change, List<Outcome> outcomes) {}

    @Override
    public void carryOut(Change change) {
        waiting.add(change);
    }

    /** Changes that are not in the store yet. */
    int waiting() {
        return waiting.size();
    }

    /** Changes that are in the store and not answered. */
    int unanswered() {
        return committed.size();
    }

    /** The next change is in the store; its answer is on the way. */
    boolean commit() {
        Change change = waiting.poll();
        if (change != null) {
            List<Operation> operations = change.operations();
            if (operations.isEmpty() || operations.size() > OPERATIONS_MAX) {
                throw new IllegalStateException(operations.size() + " operations");
            }
            committed.add(new Committed(change, store.commit(operations)));
        }
        return change != null;
    }

    /** The answer to the oldest change arrives. */
    boolean answer(long now) {
        Committed answered = committed.poll();
        if (answered != null) {
            answered.change.done(answered.outcomes, now);
        }
        return answered != null;
    }

    /** The store fails: everything that waits is told so. */
    void failAll(long now) {
        List<Committed> lost = List.copyOf(committed);
        List<Change> never = List.copyOf(waiting);
        committed.clear();
        waiting.clear();
        lost.forEach(one -> one.change.failed(now));
        never.forEach(change -> change.failed(now));
    }
}
