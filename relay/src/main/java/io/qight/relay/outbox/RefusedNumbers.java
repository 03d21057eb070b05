package io.qight.relay.outbox;

import io.qight.wire.v1.Ranges;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The numbers that stand refused on one stream: their last receipt was a retryable refusal, and
 * they were neither sent again nor given up since.
 */
final class RefusedNumbers {
    private final TreeMap<Long, String> mailboxes = new TreeMap<>();
    private final Map<String, TreeSet<Long>> byMailbox = new HashMap<>();

    /** The number was refused. */
    void add(long number, String mailbox) {
        mailboxes.put(number, mailbox);
        byMailbox.computeIfAbsent(mailbox, any -> new TreeSet<>()).add(number);
    }

    /** The number is sent again. */
    void remove(long number) {
        String mailbox = mailboxes.remove(number);
        if (mailbox != null) {
            forget(number, mailbox);
        }
    }

    /** The numbers are given up. */
    void removeAll(Ranges numbers) {
        for (Ranges.Range range : numbers.list()) {
            Map<Long, String> given = mailboxes.subMap(range.first(), true, range.last(), true);
            given.forEach(this::forget);
            given.clear();
        }
    }

    /** Whether a lower number for the mailbox stands refused. */
    boolean anyBelow(long number, String mailbox) {
        TreeSet<Long> numbers = byMailbox.get(mailbox);
        return numbers != null && numbers.first() < number;
    }

    private void forget(long number, String mailbox) {
        TreeSet<Long> numbers = byMailbox.get(mailbox);
        if (numbers != null) {
            numbers.remove(number);
            if (numbers.isEmpty()) {
                byMailbox.remove(mailbox);
            }
        }
    }
}
