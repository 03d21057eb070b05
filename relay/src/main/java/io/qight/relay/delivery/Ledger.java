package io.qight.relay.delivery;

import io.qight.store.Operation;
import io.qight.store.Outcome;
import java.util.List;

/** Takes what the deliveries want changed in the store. */
@FunctionalInterface
public interface Ledger {
    /** The most operations of one change. */
    int OPERATIONS_MAX = 1024;

    /** Has a change carried out after those before it; it is answered later, never within. */
    void carryOut(Change change);

    /** Operations that are committed together. */
    interface Change {
        /** What to do, 1 to {@link #OPERATIONS_MAX}; asked for once, when its turn has come. */
        List<Operation> operations();

        /** It is durable; one outcome for each operation. */
        void done(List<Outcome> outcomes, long nowMillis);

        /** It was not carried out, or it is not known whether it was: the store has failed. */
        void failed(long nowMillis);
    }
}
