package io.qight.testkit;

/** Which way a packet goes. */
public enum Direction {
    TO_RELAY,
    TO_CLIENT
}
