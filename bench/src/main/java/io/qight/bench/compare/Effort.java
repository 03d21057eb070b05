package io.qight.bench.compare;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How each measurement is made.
 *
 * @param warmUp how long to work before anything counts
 * @param duration how long to measure
 * @param data where the files of servers are, while they run
 */
record Effort(Duration warmUp, Duration duration, Path data) {}
