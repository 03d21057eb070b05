package io.qight.relay.v1;

import io.qight.identity.Identity;
import io.qight.identity.Storage;
import io.qight.identity.StorageProof;
import io.qight.relay.outbox.ReceiptRun;
import io.qight.relay.outbox.SendEntry;
import io.qight.wire.v1.ReceiptOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Puts the relay's name to what one SEND stream stored. A signature costs about as much as ten
 * messages, so one is for all that a receipt speaks of.
 */
final class ReceiptSigner {
    private final Identity key;

    /** What waits for its receipt, in the order of the SENDs; empty where it is refused already. */
    private final Deque<Optional<Storage>> underWay = new ArrayDeque<>();

    ReceiptSigner(Identity key) {
        this.key = key;
    }

    /** One more was sent. */
    void sent(SendEntry.Send send) {
        underWay.add(
                send.refusal().isPresent()
                        ? Optional.empty()
                        : Optional.of(Storage.of(send.bytes(), send.deadlineMillis(), 1)));
    }

    /** The same receipt, signed where it says that something is stored now. */
    List<ReceiptRun> sign(ReceiptRun run) {
        List<Storage> stored = new ArrayList<>();
        for (int i = 0; i < run.count(); i++) {
            underWay.remove().ifPresent(stored::add);
        }
        if (!(run.outcome() instanceof ReceiptOutcome.Stored outcome)) {
            return List.of(run);
        }
        List<ReceiptRun> signed = new ArrayList<>();
        int most = ReceiptOutcome.Signed.SENDS_MAX;
        for (int from = 0; from < stored.size(); from += most) {
            List<Storage> some = stored.subList(from, Math.min(from + most, stored.size()));
            signed.add(new ReceiptRun(some.size(), sign(some, outcome.durability())));
        }
        return signed;
    }

    private ReceiptOutcome sign(List<Storage> stored, long durability) {
        List<Storage> durable = stored.stream().map(storage -> storage.at(durability)).toList();
        return new ReceiptOutcome.Signed(
                durability,
                key.key().bytes(),
                durable.stream().map(Storage::deadlineMillis).toList(),
                StorageProof.sign(key, durable));
    }
}
