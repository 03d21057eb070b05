package io.qight.client.v1;

import io.qight.client.Receipt;
import io.qight.client.RelayException;
import io.qight.wire.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one sender was told. */
final class Answers implements OutboxEntry.Sender {
    private final List<Receipt> receipts = new ArrayList<>();
    private final List<RelayException> failures = new ArrayList<>();

    @Override
    public void taken(Receipt receipt) {
        receipts.add(receipt);
        once();
    }

    @Override
    public void failed(RelayException failure) {
        failures.add(failure);
        once();
    }

    boolean none() {
        return receipts.isEmpty() && failures.isEmpty();
    }

    @Nullable Receipt receipt() {
        return receipts.isEmpty() ? null : receipts.get(0);
    }

    @Nullable ErrorCode code() {
        return failures.isEmpty() ? null : failures.get(0).code();
    }

    RelayException failure() {
        return Objects.requireNonNull(failures.isEmpty() ? null : failures.get(0));
    }

    private void once() {
        if (receipts.size() + failures.size() > 1) {
            throw new AssertionError("told twice: " + receipts + failures);
        }
    }
}
