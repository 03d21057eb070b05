package io.qight.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** The mailboxes of one run, which nobody else uses. */
final class MailboxNames {
    private final String prefix;

    private MailboxNames(String prefix) {
        this.prefix = prefix;
    }

    static MailboxNames random() {
        return new MailboxNames(
                "bench-" + Integer.toHexString(ThreadLocalRandom.current().nextInt()) + "-");
    }

    /** Of the mailbox with this index. */
    String name(long index) {
        return prefix + index;
    }

    /** Of one that only holds the backlog. */
    String backlog(long index) {
        return prefix + "backlog-" + index;
    }

    /**
     * Those of one receiver: every mailbox has one; if there are more receivers than mailboxes,
     * several share one.
     */
    List<String> ofReceiver(int receiver, LoadPlan plan) {
        List<String> names = new ArrayList<>();
        for (long i = receiver % plan.mailboxes(); i < plan.mailboxes(); i += plan.receivers()) {
            names.add(name(i));
        }
        return names;
    }
}
