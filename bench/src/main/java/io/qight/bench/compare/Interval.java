package io.qight.bench.compare;

/**
 * What was found, and between which bounds it is with 90 % confidence.
 *
 * @param low the lower bound
 * @param middle what was found
 * @param high the upper bound
 */
record Interval(double low, double middle, double high) {}
