package io.qight.wire.v1;

import java.util.Optional;

/** How a subscription shares its mailboxes. */
public enum Mode {
    /** With others: each envelope goes to one of them. */
    SHARED(0),
    /** With nobody: a newer exclusive receiver takes the mailbox over. */
    EXCLUSIVE(1);

    private final int number;

    Mode(int number) {
        this.number = number;
    }

    /** The number on the wire. */
    public int number() {
        return number;
    }

    /** The mode of a number, if there is one. */
    public static Optional<Mode> of(long number) {
        return number == SHARED.number
                ? Optional.of(SHARED)
                : number == EXCLUSIVE.number ? Optional.of(EXCLUSIVE) : Optional.empty();
    }
}
