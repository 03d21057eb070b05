package io.qight.relay.access;

import java.util.function.Predicate;

/**
 * What one connection may do. Asked on the relay's threads, some of it once for each envelope:
 * thread-safe, quick, and it must not block. An answer must not change while {@link #stands}: the
 * relay keeps the last one. What is asked is a mailbox name; whether such a mailbox holds anything
 * must not matter.
 */
public interface Access {
    /** Whether it may send to the mailbox. */
    boolean maySend(String mailbox);

    /**
     * Whether it may fetch from the mailbox. For that of a key this is not enough: the key has to
     * be proved too.
     */
    boolean mayFetch(String mailbox);

    /**
     * Whether this still holds; asked about once a second. If not, the connection is closed with
     * {@code not_allowed}.
     */
    default boolean stands() {
        return true;
    }

    /** Every mailbox. */
    static Access everything() {
        return of(mailbox -> true, mailbox -> true);
    }

    /** One that stands for ever. */
    static Access of(Predicate<String> send, Predicate<String> fetch) {
        return new Access() {
            @Override
            public boolean maySend(String mailbox) {
                return send.test(mailbox);
            }

            @Override
            public boolean mayFetch(String mailbox) {
                return fetch.test(mailbox);
            }
        };
    }
}
