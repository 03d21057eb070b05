package io.qight.testkit.promises;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that a history says of one envelope. */
final class Story {
    /** An outbox and a number there. */
    record Key(String outbox, long number) {}

    final Key key;

    /** What was sent, told, appended, delivered and found, in the order of the history. */
    final List<Event> events = new ArrayList<>(4);

    /** In the order of the history. */
    final List<Handout> handouts = new ArrayList<>(1);

    private Event.@Nullable Sending first;

    Story(Key key) {
        this.key = key;
    }

    /** When it was sent first; null for one that never was. */
    Event.@Nullable Sending first() {
        return first;
    }

    void add(Event event) {
        if (event instanceof Event.Sending sending) {
            if (first == null) {
                first = sending;
            } else if (first.payload() != sending.payload()
                    || !first.mailbox().equals(sending.mailbox())) {
                throw new IllegalStateException(
                        "the history has two envelopes of one number: " + first + ", " + sending);
            }
        }
        events.add(event);
    }

    /** For people. */
    String name() {
        return "envelope " + key.number() + " of " + key.outbox();
    }
}
