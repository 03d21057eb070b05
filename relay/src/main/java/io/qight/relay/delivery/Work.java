package io.qight.relay.delivery;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is to be looked at once all that happened has been taken in. */
final class Work {
    private final Set<Mailbox> offered = new LinkedHashSet<>();
    private final Set<Subscription> changed = new LinkedHashSet<>();

    /** The mailbox may have something to hand out. */
    void offer(Mailbox mailbox) {
        if (!mailbox.claims.isEmpty()) {
            offered.add(mailbox);
        }
    }

    /** The subscription may have something to be told, or may take more. */
    void changed(Subscription subscription) {
        changed.add(subscription);
    }

    /** The next mailbox, once. */
    @Nullable Mailbox nextOffered() {
        return poll(offered);
    }

    /** The next subscription, once. */
    @Nullable Subscription nextChanged() {
        return poll(changed);
    }

    private static <T> @Nullable T poll(Set<T> set) {
        for (T first : set) {
            set.remove(first);
            return first;
        }
        return null;
    }
}
