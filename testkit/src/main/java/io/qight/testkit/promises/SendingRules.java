package io.qight.testkit.promises;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Promises 1 and 3 for one envelope, as its sender sees them: what is stored was sent, is what was
 * sent, is stored once, and nobody is told otherwise.
 */
final class SendingRules {
    private final Evidence evidence;
    private final Story story;
    private final List<Violation> violations;
    private Event.@Nullable Sending sent;
    private int attempts;

    /** The event that proves it stored. */
    private @Nullable Event stored;

    /** Since when it cannot be stored, until it is sent again. */
    private Event.@Nullable Receipt refused;

    private Event.@Nullable Appended appended;
    private @Nullable Event found;

    SendingRules(Evidence evidence, Story story, List<Violation> violations) {
        this.evidence = evidence;
        this.story = story;
        this.violations = violations;
    }

    void check() {
        for (Event event : story.events) {
            if (event instanceof Event.Sending e) {
                sent = sent == null ? e : sent;
                attempts++;
                refused = null;
            } else if (sent == null) {
                int promise = event instanceof Event.Receipt ? 3 : 1;
                report(promise, "is there, but was never sent", event);
                return;
            } else if (event instanceof Event.Receipt e) {
                told(sent, e);
            } else if (event instanceof Event.Appended e) {
                appended(sent, e);
            } else if (event instanceof Event.Delivered e) {
                requireInStore(e, "was delivered");
                seen(sent, e, e.delivery().mailbox(), e.delivery().payload());
            } else if (event instanceof Event.Found e) {
                if (found != null) {
                    report(3, "waits twice", found, e);
                }
                found = e;
                seen(sent, e, e.mailbox(), e.payload());
            } else if (event instanceof Event.FoundDead e) {
                seen(sent, e, e.mailbox(), sent.payload());
            }
        }
    }

    private void told(Event.Sending first, Event.Receipt receipt) {
        switch (receipt.outcome()) {
            case STORED -> {
                requireInStore(receipt, "has its receipt");
                if (stored instanceof Event.Receipt before) {
                    report(3, "was stored twice, by its receipts", before, receipt);
                }
                provedBy(receipt);
            }
            case DUPLICATE -> {
                requireInStore(receipt, "has its receipt");
                if (attempts < 2
                        && !evidence.disturbed(
                                receipt.outbox(),
                                first.millis(),
                                receipt.millis() + evidence.bounds().noticeMillis())) {
                    report(3, "is called a duplicate, but was sent once", first, receipt);
                }
                provedBy(receipt);
            }
            case REFUSED -> {
                if (stored != null) {
                    report(3, "is called not stored, but is", stored, receipt);
                }
                refused = receipt;
            }
            case UNKNOWN, EXPIRED -> {
                // Either is right.
            }
        }
    }

    private void appended(Event.Sending first, Event.Appended event) {
        if (appended != null && appended.sequence() != event.sequence()) {
            report(3, "was stored twice", appended, event);
        }
        if (!first.mailbox().equals(event.mailbox())) {
            report(1, "was stored in another mailbox", first, event);
        }
        appended = event;
        provedBy(event);
    }

    /** An envelope itself was seen, which must be as it was sent, and may be. */
    private void seen(Event.Sending first, Event event, String mailbox, long payload) {
        if (!first.mailbox().equals(mailbox)) {
            report(1, "came in another mailbox", first, event);
        }
        if (first.payload() != payload) {
            report(1, "is not what was sent", first, event);
        }
        provedBy(event);
    }

    private void provedBy(Event event) {
        if (refused != null) {
            report(3, "is called not stored, but is", refused, event);
        }
        if (stored == null || event instanceof Event.Receipt) {
            stored = event;
        }
    }

    private void requireInStore(Event event, String what) {
        if (evidence.seesStore() && appended == null) {
            report(1, what + " before it was durable", event);
        }
    }

    private void report(int promise, String what, Event... events) {
        violations.add(new Violation(promise, story.name() + " " + what, List.of(events)));
    }
}
