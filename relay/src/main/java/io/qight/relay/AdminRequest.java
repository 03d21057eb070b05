package io.qight.relay;

import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;

/** What follows a verb at the admin socket: decimal numbers, then a mailbox's name. */
final class AdminRequest {
    private String rest;

    AdminRequest(String rest) {
        this.rest = rest;
    }

    /** The next number. */
    long number() {
        int space = rest.indexOf(' ');
        if (space < 0) {
            throw malformed();
        }
        try {
            long number = Long.parseLong(rest.substring(0, space));
            rest = rest.substring(space + 1);
            return number;
        } catch (NumberFormatException e) {
            throw malformed();
        }
    }

    /** All that is left. */
    String mailbox() {
        return rest;
    }

    private static ProtocolException malformed() {
        return new ProtocolException(
                ErrorCode.MALFORMED_REQUEST, "numbers are to stand before the mailbox's name");
    }
}
