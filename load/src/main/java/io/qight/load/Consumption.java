package io.qight.load;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * What a measurement took; empty where it is unknown.
 *
 * @param relayProcessors how many processors the relay kept busy, on average of the measured time
 * @param clientsProcessors the same of this process, senders and receivers together
 * @param relayResidentBytes the most memory that the relay was seen with
 * @param clientsResidentBytes the same of this process
 * @param storeBytes the store's size at the end
 * @param writtenBytes what the relay wrote to files, from start to end
 * @param wireBytes what went over the loopback interface, from start to end
 */
record Consumption(
        OptionalDouble relayProcessors,
        OptionalDouble clientsProcessors,
        OptionalLong relayResidentBytes,
        OptionalLong clientsResidentBytes,
        OptionalLong storeBytes,
        OptionalLong writtenBytes,
        OptionalLong wireBytes) {
    static Consumption of(Outcome outcome) {
        List<Sample> samples = outcome.samples();
        Sample first = samples.get(0);
        Sample last = samples.get(samples.size() - 1);
        double from = outcome.plan().warmUp().toMillis() / 1e3;
        List<Sample> measured =
                samples.stream()
                        .filter(sample ->
                                sample.seconds() >= from
                                        && sample.seconds() <= from + outcome.seconds() + 0.5)
                        .toList();
        return new Consumption(
                processors(measured, sample -> sample.relay().cpuNanos()),
                processors(measured, sample -> sample.clients().cpuNanos()),
                most(samples, sample -> sample.relay().residentBytes()),
                most(samples, sample -> sample.clients().residentBytes()),
                last.storeBytes(),
                growth(first, last, sample -> sample.relay().writtenBytes()),
                growth(first, last, Sample::wireBytes));
    }

    private static OptionalDouble processors(
            List<Sample> samples, Function<Sample, OptionalLong> cpuNanos) {
        if (samples.size() < 2) {
            return OptionalDouble.empty();
        }
        Sample first = samples.get(0);
        Sample last = samples.get(samples.size() - 1);
        OptionalLong cpu = growth(first, last, cpuNanos);
        return cpu.isPresent()
                ? OptionalDouble.of(cpu.getAsLong() / 1e9 / (last.seconds() - first.seconds()))
                : OptionalDouble.empty();
    }

    private static OptionalLong most(List<Sample> samples, Function<Sample, OptionalLong> value) {
        return samples.stream()
                .map(value)
                .filter(OptionalLong::isPresent)
                .mapToLong(OptionalLong::getAsLong)
                .max();
    }

    private static OptionalLong growth(
            Sample first, Sample last, Function<Sample, OptionalLong> value) {
        OptionalLong before = value.apply(first);
        OptionalLong after = value.apply(last);
        return before.isPresent() && after.isPresent()
                ? OptionalLong.of(after.getAsLong() - before.getAsLong())
                : OptionalLong.empty();
    }
}
