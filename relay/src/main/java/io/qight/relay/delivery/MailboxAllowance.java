package io.qight.relay.delivery;

/** How many mailboxes one connection may still add. Belongs to the deliveries' thread. */
public final class MailboxAllowance {
    private long left;

    /** So many. */
    public MailboxAllowance(long mailboxesMax) {
        this.left = mailboxesMax;
    }

    boolean take() {
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }

    void giveBack() {
        left++;
    }
}
