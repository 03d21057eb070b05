package io.qight.relay.flow;

import io.qight.store.StoredEnvelope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What commits wrote, on its way from the writer to the dispatcher. The envelopes go along, so that
 * they are not read back, as long as not too many bytes are under way.
 */
final class ArrivalsUnderWay {
    /** The most bytes of envelopes under way, and one commit more. */
    static final long BYTES_MAX = 2 << 20;

    private final AtomicLong bytes = new AtomicLong();

    /** The writer sends it. */
    Message.Arrived send(Map<String, List<StoredEnvelope>> mailboxes) {
        if (bytes.get() >= BYTES_MAX) {
            Map<String, List<StoredEnvelope>> names = new LinkedHashMap<>();
            mailboxes.keySet().forEach(name -> names.put(name, List.of()));
            return new Message.Arrived(names, 0);
        }
        long more = 0;
        for (List<StoredEnvelope> envelopes : mailboxes.values()) {
            for (StoredEnvelope envelope : envelopes) {
                more += envelope.bytes().remaining();
            }
        }
        bytes.addAndGet(more);
        return new Message.Arrived(mailboxes, more);
    }

    /** The dispatcher has handed out so many bytes of it, or kept what is bounded elsewhere. */
    void done(long bytesDone) {
        bytes.addAndGet(-bytesDone);
    }
}
