package io.qight.store;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Random work for a store: all kinds of operations, most of them on what is there, some on what is
 * not. The same seed and the same outcomes give the same work. Not thread-safe.
 */
public final class RandomBatches {
    private static final int OUTBOXES = 6;
    private static final int NUMBERS = 60;

    /** Above this, some of the lower numbers are not told apart any more. */
    private static final int HIGH = OutboxState.WINDOW - NUMBERS / 2;

    private final Random random;
    private final int mailboxes;
    private final int batchMax;
    private final int bytesMax;
    private boolean forgetting = true;
    private long counter;

    /**
     * Work with bounds.
     *
     * @param mailboxes how many there are
     * @param batchMax the most operations in a batch
     * @param bytesMax the most bytes in an envelope, 16 or more
     */
    public RandomBatches(Random random, int mailboxes, int batchMax, int bytesMax) {
        this.random = random;
        this.mailboxes = mailboxes;
        this.batchMax = batchMax;
        this.bytesMax = bytesMax;
    }

    /** The same work, in which no outbox is forgotten any more. */
    public RandomBatches withoutForgetting() {
        forgetting = false;
        return this;
    }

    /**
     * One batch for a store in this state.
     *
     * @param emptying how many of a hundred operations are removals
     */
    public List<Operation> next(ExpectedStore state, int emptying) {
        int size = 1 + random.nextInt(batchMax);
        List<Operation> batch = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            if (random.nextInt(100) < emptying) {
                batch.add(remove(state));
            } else {
                batch.add(other(state));
            }
        }
        return batch;
    }

    /** An append with bytes that no other append has. */
    public Operation.Append append(@Nullable OutboxNumber outbox) {
        int size = random.nextInt(4) == 0 ? random.nextInt(bytesMax) : random.nextInt(64);
        byte[] bytes = new byte[Math.max(size, Long.BYTES)];
        random.nextBytes(bytes);
        ByteBuffer.wrap(bytes).putLong(0, ++counter);
        long accepted = 1_000_000 + counter;
        return new Operation.Append(
                "mailbox-" + random.nextInt(mailboxes),
                (byte) random.nextInt(4),
                accepted,
                accepted + 1 + random.nextInt(100_000),
                ByteBuffer.wrap(bytes),
                outbox);
    }

    private Operation other(ExpectedStore state) {
        int kind = random.nextInt(20);
        if (kind < 9) {
            return append(null);
        } else if (kind < 15) {
            return append(new OutboxNumber(outbox(), number()));
        } else if (kind < 17) {
            Expired.Key key = key(state);
            return new Operation.SetFailures(
                    key.mailbox(), key.sequence(), 1 + random.nextInt(65_535));
        } else if (kind < 19 || !forgetting) {
            return new Operation.OpenOutbox(
                    outbox(), 1_000_000 + random.nextInt(10_000), random.nextInt(10_000));
        } else {
            return new Operation.ForgetOutbox(outbox());
        }
    }

    private Operation remove(ExpectedStore state) {
        Expired.Key key = key(state);
        Removal[] ways = Removal.values();
        return new Operation.Remove(
                key.mailbox(), key.sequence(), ways[random.nextInt(ways.length)]);
    }

    /** What waits, sooner the older; seldom something that is not there. */
    private Expired.Key key(ExpectedStore state) {
        List<ExpectedStore.Entry> waiting = state.waiting();
        if (waiting.isEmpty() || random.nextInt(20) == 0) {
            // Not above the last one, which an append of the same batch could get.
            long sequence = Math.floorMod(random.nextLong(), state.lastSequence() + 1);
            return new Expired.Key("mailbox-" + random.nextInt(mailboxes), sequence);
        }
        double place = random.nextDouble();
        ExpectedStore.Entry entry = waiting.get((int) (place * place * waiting.size()));
        return new Expired.Key(entry.mailbox(), entry.sequence());
    }

    private long number() {
        return 1L + random.nextInt(NUMBERS) + (random.nextInt(30) == 0 ? HIGH : 0);
    }

    private OutboxId outbox() {
        return new OutboxId(7, random.nextInt(OUTBOXES));
    }
}
