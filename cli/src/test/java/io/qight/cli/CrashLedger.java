package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.MessageEnvelope;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What clients sent, what they were told and what they got, and whether that can be. */
final class CrashLedger {
    private final Map<String, MessageEnvelope> sent = new HashMap<>();
    private final Set<String> stored = new HashSet<>();
    private final Set<String> received = new HashSet<>();
    private final Set<String> removed = new HashSet<>();
    private final Set<String> receivedThisRun = new HashSet<>();
    private int again;

    synchronized void sending(MessageEnvelope envelope) {
        sent.put(envelope.id(), envelope);
    }

    synchronized void stored(String id) {
        stored.add(id);
    }

    /** A whole answer to FETCH. */
    synchronized void received(List<MessageEnvelope> answer) {
        for (MessageEnvelope envelope : answer) {
            String id = envelope.id();
            assertThat(envelope).as("as it was sent").isEqualTo(sent.get(id));
            assertThat(removed.contains(id)).as("%s is removed, yet came again", id).isFalse();
            assertThat(receivedThisRun.add(id)).as("%s came twice from one relay", id).isTrue();
            if (!received.add(id)) {
                again++;
            }
        }
    }

    /** The relay's store has removed, durably, all that was received. */
    synchronized void removed() {
        removed.addAll(received);
    }

    /** The relay is dead: what it had not removed may come again. */
    synchronized void killed() {
        receivedThisRun.clear();
    }

    /** For when every mailbox has been fetched until it was empty. */
    synchronized void requireNothingLost() {
        List<String> lost = new ArrayList<>(stored);
        lost.removeAll(received);
        lost.replaceAll(id -> id + " " + sent.get(id));
        assertThat(lost).as("told OK, never given out").isEmpty();
    }

    /** A test that did nothing would pass. */
    synchronized void requireLoad() {
        assertThat(stored).as("stored").hasSizeGreaterThan(100);
        assertThat(removed).as("removed").hasSizeGreaterThan(100);
    }

    @Override
    public synchronized String toString() {
        return sent.size()
                + " sent, "
                + stored.size()
                + " told OK, "
                + received.size()
                + " fetched, "
                + again
                + " of them again";
    }
}
