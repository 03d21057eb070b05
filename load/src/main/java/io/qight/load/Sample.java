package io.qight.load;

import java.util.OptionalLong;

/**
 * How things stand at one moment; all counts from the start, warm-up included.
 *
 * @param seconds since the start
 * @param sent envelopes
 * @param stored receipts
 * @param received deliveries
 * @param refused envelopes
 * @param relay what the relay's process has used
 * @param clients what this process has used, senders and receivers together
 * @param storeBytes the sizes of the store's files
 * @param wireBytes what went over the loopback interface, of all programs
 */
public record Sample(
        double seconds,
        long sent,
        long stored,
        long received,
        long refused,
        ProcessUse relay,
        ProcessUse clients,
        OptionalLong storeBytes,
        OptionalLong wireBytes) {}
