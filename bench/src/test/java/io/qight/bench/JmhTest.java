package io.qight.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Each benchmark runs, as shortly as it can: how fast it is, is nothing for a test. */
class JmhTest {
    private static final Set<String> BENCHMARKS =
            Set.of(
                    "CodecBenchmark",
                    "CommitBenchmark",
                    "ProtectionBenchmark",
                    "SendSessionBenchmark");

    @Test
    void everyBenchmarkRuns() throws Exception {
        Options options =
                new OptionsBuilder()
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(20))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build();
        Collection<RunResult> results = new Runner(options).run();
        Map<String, Long> ran =
                results.stream()
                        .map(result -> result.getParams().getBenchmark().split("\\."))
                        .collect(
                                Collectors.groupingBy(
                                        name -> name[name.length - 2], Collectors.counting()));
        assertThat(ran.keySet()).isEqualTo(BENCHMARKS);
        assertThat(results).allMatch(result -> result.getPrimaryResult().getScore() > 0);
    }
}
