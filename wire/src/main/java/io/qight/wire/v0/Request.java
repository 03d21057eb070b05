package io.qight.wire.v0;

/** What one stream asks for. */
public sealed interface Request {
    /**
     * {@code HELLO <id>\n}, or {@code HELLO\n<id>} and the end of the stream.
     *
     * @param clientId what the client calls itself; it proves nothing
     */
    record Hello(String clientId) implements Request {}

    /**
     * {@code SEND}, a u32 length, and that many bytes, which follow this head.
     *
     * @param envelopeBytes how many bytes of envelope follow, 1 to 10,000,000
     */
    record Send(int envelopeBytes) implements Request {}

    /**
     * {@code FETCH <recipient>\n}.
     *
     * @param recipient the mailbox; checked as a name
     */
    record Fetch(String recipient) implements Request {}
}
