package io.qight.bench.compare;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoundsTest {
    private static final Effort EFFORT =
            new Effort(Duration.ZERO, Duration.ofSeconds(1), Path.of("."));

    private final List<String> turns = new ArrayList<>();
    private final Results results = new Results();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    private final class Turn implements Contender {
        private final String name;
        private final boolean works;

        private Turn(String name, boolean works) {
            this.name = name;
            this.works = works;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public String version() {
            return "1";
        }

        @Override
        public String stored() {
            return "nowhere";
        }

        @Override
        public String setUp() {
            return "as it is";
        }

        @Override
        public boolean takes(Row row) {
            return row != Row.DISK;
        }

        @Override
        public Measured measure(Row row, Effort effort) {
            turns.add(name + " " + row);
            if (!works) {
                throw new MeasurementFailed("it has no legs");
            }
            return new Measured(Map.of(Figure.PER_SECOND, 7.0), true);
        }
    }

    private boolean run(int rounds, List<Row> rows, Contender... contenders)
            throws IOException, InterruptedException {
        try (Processes processes = Processes.watched()) {
            return new Rounds(
                            List.of(contenders),
                            rows,
                            EFFORT,
                            processes,
                            new PrintStream(said, true, UTF_8))
                    .run(rounds, results);
        }
    }

    @Test
    void contendersTakeTurns() throws Exception {
        boolean measured =
                run(2, List.of(Row.SEND, Row.DISK), new Turn("a", true), new Turn("b", true));
        assertThat(measured).isTrue();
        assertThat(turns).containsExactly("a send", "b send", "a send", "b send");
        assertThat(results.values(Row.SEND, "b", Figure.PER_SECOND)).containsExactly(7, 7);
        assertThat(said.toString(UTF_8)).startsWith("1 of 2, send, a: 7 a second");
    }

    @Test
    void oneThatFailsIsNamedAndTheOthersGoOn() throws Exception {
        boolean measured = run(1, List.of(Row.SEND), new Turn("a", false), new Turn("b", true));
        assertThat(measured).isFalse();
        assertThat(results.contenders(Row.SEND)).containsExactly("b");
        assertThat(results.remarks()).singleElement().asString().endsWith("it has no legs");
    }
}
