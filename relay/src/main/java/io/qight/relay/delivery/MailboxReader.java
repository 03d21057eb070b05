package io.qight.relay.delivery;

import io.qight.store.MailboxStatistics;
import io.qight.store.MailboxStore;
import io.qight.store.StoredEnvelope;
import java.util.List;
import java.util.Optional;

/** What the deliveries read of the store. */
public interface MailboxReader {
    /** As {@link MailboxStore#read}. */
    List<StoredEnvelope> read(String mailbox, long afterSequence, int envelopesMax, long bytesMax);

    /** As {@link MailboxStore#statistics(String)}. */
    Optional<MailboxStatistics> statistics(String mailbox);

    /** Reads a store. */
    static MailboxReader of(MailboxStore store) {
        return new MailboxReader() {
            @Override
            public List<StoredEnvelope> read(
                    String mailbox, long afterSequence, int envelopesMax, long bytesMax) {
                return store.read(mailbox, afterSequence, envelopesMax, bytesMax);
            }

            @Override
            public Optional<MailboxStatistics> statistics(String mailbox) {
                return store.statistics(mailbox);
            }
        };
    }
}
