package io.qight.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MemoryStoreTest extends MailboxStoreContract {
    @Override
    protected MailboxStore open() {
        return new MemoryStore();
    }

    @Test
    void whatWouldExceedTheLimitIsRefusedAlone() {
        MemoryStore small = new MemoryStore(10);

        List<Outcome> outcomes =
                small.commit(List.of(append("bob", 6), append("bob", 5), append("bob", 4)));

        assertThat(outcomes)
                .containsExactly(
                        new Outcome.Stored(1),
                        new Outcome.Refused(ErrorCode.STORE_FULL),
                        new Outcome.Stored(2));
    }

    @Test
    void removalMakesRoomAgain() {
        MemoryStore small = new MemoryStore(10);
        small.commit(List.of(append("bob", 10)));

        List<Outcome> outcomes =
                small.commit(
                        List.of(
                                append("bob", 1),
                                new Operation.Remove("bob", 1, Removal.ACKED),
                                append("bob", 10)));

        assertThat(outcomes)
                .containsExactly(
                        new Outcome.Refused(ErrorCode.STORE_FULL),
                        new Outcome.Done(),
                        new Outcome.Stored(2));
    }

    @Test
    void refusedAppendDoesNotTakeItsNumber() {
        MemoryStore small = new MemoryStore(10);
        OutboxNumber first = new OutboxNumber(new OutboxId(1, 1), 1);
        small.commit(List.of(new Operation.OpenOutbox(first.id(), 1, 1)));

        assertThat(small.commit(List.of(append("bob", 11, first), append("bob", 9, first))))
                .containsExactly(new Outcome.Refused(ErrorCode.STORE_FULL), new Outcome.Stored(1));
    }
}
