package io.qight.relay.flow;

/** The time that deadlines are measured with. Any thread may ask. */
@FunctionalInterface
public interface RelayClock {
    /** Milliseconds since 1970. Never goes back. */
    long millis();
}
