package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

class CommandLineTest {
    @ParameterizedTest
    @MethodSource("commands")
    void everyOptionOfEveryCommandIsExplained(CommandLine command) {
        for (OptionSpec option : command.getCommandSpec().options()) {
            assertThat(option.description()).as(option.longestName()).isNotEmpty();
        }
        for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
            assertThat(parameter.description()).as(parameter.paramLabel()).isNotEmpty();
        }
        assertThat(command.getUsageMessage().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
    }

    @Test
    void theHelpListsCommandsUnitsAndExitCodes() {
        assertThat(Main.wholeCommandLine().getUsageMessage())
                .contains("relay", "send", "fetch", "subscribe", "stat", "demo", "version")
                .contains("peek", "purge", "dead")
                .contains("64KiB", "90s")
                .contains("Exit codes:", "QIGHT_RELAY", "QIGHT_TRUST", "QIGHT_DATA");
    }

    @Test
    void wrongUsageIsToldInOneSentenceWithExitCodeTwo() {
        assertThat(run("send")).isEqualTo(Failures.USAGE);
        assertThat(run("send", "bob")).isEqualTo(Failures.USAGE);
        assertThat(run("send", "bob", "hi", "--ttl", "90")).isEqualTo(Failures.USAGE);
        assertThat(run("fetch", "bob", "--json", "--raw")).isEqualTo(Failures.USAGE);
        assertThat(run("send", "bob", "text", "--lines")).isEqualTo(Failures.USAGE);
        assertThat(run("send", "bob", "--lines", "--seed")).isEqualTo(Failures.USAGE);
        assertThat(run("subscribe")).isEqualTo(Failures.USAGE);
        assertThat(run("subscribe", "bob", "--json", "--exec", "cat")).isEqualTo(Failures.USAGE);
        assertThat(run("subscribe", "bob", "--concurrency", "2")).isEqualTo(Failures.USAGE);
        assertThat(run("subscribe", "bob", "--max", "0")).isEqualTo(Failures.USAGE);
        assertThat(run("purge", "bob")).isEqualTo(Failures.USAGE);
        assertThat(run("dead")).isEqualTo(Failures.USAGE);
        assertThat(run("dead", "drop", "bob")).isEqualTo(Failures.USAGE);
        assertThat(run("dead", "drop", "bob", "1", "--all")).isEqualTo(Failures.USAGE);
        assertThat(run("dead", "requeue", "bob", "first")).isEqualTo(Failures.USAGE);
        assertThat(run("relay", "--cert", "only.pem")).isEqualTo(Failures.USAGE);
        assertThat(run("frobnicate")).isEqualTo(Failures.USAGE);
        assertThat(run()).isEqualTo(Failures.USAGE);
    }

    private static int run(String... arguments) {
        CommandLine line = Main.wholeCommandLine();
        line.setErr(new PrintWriter(new StringWriter()));
        return line.execute(arguments);
    }

    static List<CommandLine> commands() {
        List<CommandLine> all = new ArrayList<>();
        collect(Main.wholeCommandLine(), all);
        return all;
    }

    private static void collect(CommandLine command, List<CommandLine> all) {
        all.add(command);
        command.getSubcommands().values().forEach(sub -> collect(sub, all));
    }
}
