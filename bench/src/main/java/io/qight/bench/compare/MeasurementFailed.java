package io.qight.bench.compare;

/** A contender could not be measured; the message is a sentence for people. */
final class MeasurementFailed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MeasurementFailed(String message) {
        super(message);
    }
}
