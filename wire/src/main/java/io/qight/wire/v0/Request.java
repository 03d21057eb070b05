package io.qight.wire.v0;

import io.qight.wire.ErrorCode;
import io.qight.wire.Limits;
import io.qight.wire.MailboxName;
import io.qight.wire.ProtocolException;

/**
 * What one stream asks for. A request that exists can be sent: its constructor throws a {@link
 * ProtocolException} where a relay would refuse it.
 */
public sealed interface Request {
    /**
     * {@code HELLO <id>\n}.
     *
     * @param clientId what the client calls itself; it proves nothing. It follows the rule of
     *     {@link MailboxName}, so that it can stand in a log line
     */
    record Hello(String clientId) implements Request {
        /** Checks the id: {@link ErrorCode#MALFORMED_REQUEST}. */
        public Hello {
            try {
                new MailboxName(clientId);
            } catch (ProtocolException e) {
                throw new ProtocolException(
                        ErrorCode.MALFORMED_REQUEST,
                        "a client id has 1 to 255 bytes of UTF-8 and no control characters");
            }
        }
    }

    /**
     * {@code SEND}, a u32 length, and that many bytes, which follow this head.
     *
     * @param envelopeBytes how many bytes of envelope follow, 1 to 10,000,000
     */
    record Send(int envelopeBytes) implements Request {
        /** Checks the length: {@link ErrorCode#ENVELOPE_SIZE}. */
        public Send {
            if (envelopeBytes < 1 || envelopeBytes > Limits.ENVELOPE_BYTES_MAX) {
                throw new ProtocolException(
                        ErrorCode.ENVELOPE_SIZE,
                        "an envelope has 1 to "
                                + Limits.ENVELOPE_BYTES_MAX
                                + " bytes, not "
                                + Integer.toUnsignedString(envelopeBytes));
            }
        }
    }

    /**
     * {@code FETCH <recipient>\n}.
     *
     * @param recipient the name of the mailbox
     */
    record Fetch(String recipient) implements Request {
        /** Checks the name as {@link MailboxName} does: {@link ErrorCode#INVALID_MAILBOX}. */
        public Fetch {
            new MailboxName(recipient);
        }
    }
}
