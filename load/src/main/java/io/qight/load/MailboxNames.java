package io.qight.load;

import io.qight.identity.Identity;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The mailboxes of one run, which nobody else uses. */
final class MailboxNames {
    private final String prefix;

    /** Whose the mailboxes are; none if they are anybody's. */
    private final List<Identity> owners;

    private MailboxNames(String prefix, List<Identity> owners) {
        this.prefix = prefix;
        this.owners = owners;
    }

    static MailboxNames random(LoadPlan plan) {
        SecureRandom random = new SecureRandom();
        int keys = plan.protection().sealed() ? plan.mailboxes() : 0;
        return new MailboxNames(
                "bench-" + Integer.toHexString(random.nextInt()) + "-",
                Stream.generate(() -> Identity.generate(random)).limit(keys).toList());
    }

    /** Of the mailbox with this index. */
    String name(long index) {
        return owners.isEmpty() ? prefix + index : owners.get((int) index).key().address();
    }

    /** Whom a receiver has to be. */
    Optional<Identity> identity(int receiver) {
        return owners.isEmpty()
                ? Optional.empty()
                : Optional.of(owners.get(receiver % owners.size()));
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
