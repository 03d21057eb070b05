package io.qight.relay.v0;

/**
 * What a session is told of the relay's configuration.
 *
 * @param requestTimeoutMillis the grace within which a request arrives and an answer is read
 * @param ttlMaxMillis a longer time to live becomes this one
 * @param envelopeBytesMax a larger envelope is refused
 */
public record SessionSettings(
        long requestTimeoutMillis, long ttlMaxMillis, long envelopeBytesMax) {}
