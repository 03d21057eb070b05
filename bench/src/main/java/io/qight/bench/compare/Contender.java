package io.qight.bench.compare;

import java.io.IOException;

/** One of those that are compared. */
interface Contender {
    /** What it is called in options and tables. */
    String name();

    /** Its version, and that of its client. */
    String version();

    /** Where a message is when its sender is told that it is stored. */
    String stored();

    /** How it is set up, wherever that is not its default. */
    String setUp();

    /** Whether it can do this work. */
    boolean takes(Row row);

    /**
     * Does it once, in fresh processes, which are gone afterwards.
     *
     * @throws MeasurementFailed if it cannot be measured
     */
    Measured measure(Row row, Effort effort) throws IOException, InterruptedException;
}
