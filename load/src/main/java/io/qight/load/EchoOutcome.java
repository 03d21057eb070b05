package io.qight.load;

/**
 * What a raw echo of as many bytes gave on the same plan.
 *
 * @param messageBytes the size of a message
 * @param perSecond messages a second that were answered
 * @param roundTrip from the intended time to the answer; empty in a closed loop
 */
public record EchoOutcome(int messageBytes, double perSecond, Latency roundTrip) {}
