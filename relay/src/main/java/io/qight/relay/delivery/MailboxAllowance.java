package io.qight.relay.delivery;

import io.qight.wire.ErrorCode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How many mailboxes one connection may still add, of those that all connections may. Belongs to
 * the deliveries' thread.
 */
public final class MailboxAllowance {
    private final @Nullable MailboxAllowance ofAll;
    private long left;

    /** So many for all connections together. */
    public MailboxAllowance(long mailboxesMax) {
        this(mailboxesMax, null);
    }

    /** So many for one connection, as far as all together may. */
    public MailboxAllowance(long mailboxesMax, @Nullable MailboxAllowance ofAll) {
        this.left = mailboxesMax;
        this.ofAll = ofAll;
    }

    /** Takes one; else says why there is none. */
    Optional<ErrorCode> take() {
        if (left == 0) {
            return Optional.of(ofAll == null ? ErrorCode.OVERLOADED : ErrorCode.TOO_MANY_MAILBOXES);
        }
        Optional<ErrorCode> refusal = ofAll == null ? Optional.empty() : ofAll.take();
        if (refusal.isEmpty()) {
            left--;
        }
        return refusal;
    }

    void giveBack() {
        left++;
        if (ofAll != null) {
            ofAll.giveBack();
        }
    }
}
