package io.qight.relay.delivery;

import io.qight.store.MailboxStatistics;
import io.qight.store.StoredEnvelope;
import java.util.List;
import java.util.Optional;

/** What the deliveries read of the store. */
public interface MailboxReader {
    /** As {@link io.qight.store.MailboxStore#read}. */
    List<StoredEnvelope> read(String mailbox, long afterSequence, int envelopesMax, long bytesMax);

    /** As {@link io.qight.store.MailboxStore#statistics(String)}. */
    Optional<MailboxStatistics> statistics(String mailbox);
}
