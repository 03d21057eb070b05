package io.qight.relay.flow;

import io.qight.relay.delivery.Ledger;
import io.qight.store.Operation;
import io.qight.wire.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The changes that the deliveries want, a few messages at a time at the writer, so that no number
 * of acknowledged envelopes fills its inbox. What gathers meanwhile goes in one message. Belongs to
 * the dispatcher.
 */
final class LedgerQueue implements Ledger {
    /** Messages that the writer has at a time. */
    static final int UNDER_WAY_MAX = 4;

    private final StoreWriter writer;
    private final Caller caller;
    private final LongSupplier clock;
    private final Deque<Change> waiting = new ArrayDeque<>();
    private final Map<Long, List<Asked>> underWay = new HashMap<>();

    /** The first that did not fit into the message before. */
    private @Nullable Asked next;

    private long lastRequest;

    LedgerQueue(StoreWriter writer, Caller caller, LongSupplier clock) {
        this.writer = writer;
        this.caller = caller;
        this.clock = clock;
    }

    private record Asked(Change change, List<Operation> operations) {}

    @Override
    public void carryOut(Change change) {
        waiting.add(change);
    }

    /** Whether nothing waits and nothing is under way. */
    boolean idle() {
        return waiting.isEmpty() && next == null && underWay.isEmpty();
    }

    /** Hands to the writer what it may have now. */
    void send() {
        while (underWay.size() < UNDER_WAY_MAX && (next != null || !waiting.isEmpty())) {
            List<Asked> together = new ArrayList<>();
            List<Operation> operations = new ArrayList<>();
            for (Asked asked = ask(); asked != null; asked = ask()) {
                if (operations.size() + asked.operations.size() > OPERATIONS_MAX) {
                    next = asked;
                    break;
                }
                together.add(asked);
                operations.addAll(asked.operations);
            }
            long request = ++lastRequest;
            underWay.put(request, together);
            if (!writer.change(new Message.Change(caller, request, operations))) {
                caller.deliver(
                        List.of(
                                new Message.NotCommitted(
                                        request,
                                        ErrorCode.DRAINING,
                                        ErrorCode.DRAINING.sentence())));
            }
        }
    }

    /** The writer has answered. */
    void answered(Message.ToCaller answer) {
        List<Asked> together = underWay.remove(answer.request());
        if (together == null) {
            return;
        }
        long now = clock.getAsLong();
        if (answer instanceof Message.Changed changed) {
            int first = 0;
            for (Asked asked : together) {
                int last = first + asked.operations.size();
                asked.change.done(changed.outcomes().subList(first, last), now);
                first = last;
            }
        } else {
            together.forEach(asked -> asked.change.failed(now));
        }
    }

    private @Nullable Asked ask() {
        Asked first = next;
        next = null;
        if (first != null) {
            return first;
        }
        Change change = waiting.poll();
        return change == null ? null : new Asked(change, change.operations());
    }
}
