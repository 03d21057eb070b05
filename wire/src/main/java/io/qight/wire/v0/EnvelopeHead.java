package io.qight.wire.v0;

/**
 * All fields of an encoded envelope but its payload, of which only the size: what a relay needs to
 * know of an envelope that it passes on unchanged.
 *
 * @param id the sender's name for the message
 * @param sender who sent it
 * @param recipient where it goes; not yet checked as a mailbox name
 * @param timestampSeconds when it was made, in seconds since 1970, unsigned
 * @param ttlSeconds its time to live, 0 to 2^32-1 seconds
 * @param payloadBytes the payload's size
 */
public record EnvelopeHead(
        String id,
        String sender,
        String recipient,
        long timestampSeconds,
        long ttlSeconds,
        int payloadBytes) {}
