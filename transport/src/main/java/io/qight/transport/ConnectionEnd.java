package io.qight.transport;

/** How a connection came to its end. */
public sealed interface ConnectionEnd {
    /**
     * The peer's application closed the connection.
     *
     * @param code the application's code; 0 says that nothing is wrong
     * @param reason a sentence, empty if the peer gave none; with a space for each control
     *     character
     */
    record Orderly(long code, String reason) implements ConnectionEnd {}

    /**
     * The server does not take the client's certificate, or misses one: it says so when the client
     * has its connection already.
     *
     * @param why a sentence for people
     */
    record CertificateRefused(String why) implements ConnectionEnd {}

    /** We closed it. */
    record Closed() implements ConnectionEnd {}

    /**
     * Neither application closed it: the peer fell silent, or one of the two transports gave up.
     *
     * @param why a sentence for people
     */
    record Lost(String why) implements ConnectionEnd {}
}
