package io.qight.store;

import java.util.List;
import java.util.Optional;

/**
 * Mailboxes on some medium. Batches go in, batches come out.
 *
 * <p>Threads: {@link #commit} is called by one thread, the writer, and by no other; everything else
 * by any thread at any time. A reader sees every commit that has returned, and none that has not:
 * nothing is read before it is durable. One answer shows one moment: never half of a commit.
 *
 * <p>Every method may throw a {@link StoreException}. Its kind says whether the store can go on.
 * After {@link #close} every method but {@code close} throws {@link StoreException.Closed}.
 */
public interface MailboxStore extends AutoCloseable {
    /**
     * Carries out the operations in their order, as one commit, and returns one outcome for each,
     * once they are as durable as {@link Durability} of this store says.
     *
     * <p>An operation that finds nothing to do ({@link Operation.Remove} of what is gone) is no
     * error: {@link Outcome.Absent}. A refused append does not keep the rest of the batch from
     * being carried out, but once one is refused for want of room, no later append of the batch is
     * stored, also where it is smaller and would fit: it is refused likewise, or as a duplicate or
     * by its outbox, as ever. So the order within an outbox holds. Removals are carried out even
     * where appends no longer fit, so that a full store can be emptied. An empty batch has no
     * outcomes.
     *
     * @throws StoreException.Failed if the medium failed: whether the batch was stored is not
     *     known, and this store takes no further commit
     */
    List<Outcome> commit(List<Operation> batch);

    /**
     * What waits in a mailbox, in the order of its sequences, from the first above {@code
     * afterSequence} (0 is below all): at most {@code envelopesMax}, and no more than {@code
     * bytesMax} bytes of them, but one whatever its size. None is left out between two that are
     * given. Empty if there is nothing. Where a read begins costs next to nothing, however much
     * waits before and after.
     */
    List<StoredEnvelope> read(String mailbox, long afterSequence, int envelopesMax, long bytesMax);

    /**
     * Waiting envelopes whose deadline is at or before {@code nowMillis}, each once, at most {@code
     * max}, the earliest first as far as the engine knows, and the time of the next look. All of
     * them are given if fewer than {@code max} are; then the next look is after {@code nowMillis}.
     * It removes nothing.
     */
    Expired expired(long nowMillis, int max);

    /** What is known of an outbox, if it is known at all. */
    Optional<OutboxState> outbox(OutboxId id);

    /**
     * The outboxes whose memory ended at or before {@code nowMillis}, in any order, each once, at
     * most {@code max}; all of them if fewer are given. It forgets nothing.
     */
    List<OutboxId> forgettable(long nowMillis, int max);

    /**
     * What waits in one mailbox; empty if the mailbox holds nothing. Cheap enough to be asked for
     * each append: it does not grow with what waits.
     */
    Optional<MailboxStatistics> statistics(String mailbox);

    /** What waits in all, and how it came and went. */
    StoreStatistics statistics();

    /** Ends the store; commits that returned stay. Closing twice does nothing. */
    @Override
    void close();
}
