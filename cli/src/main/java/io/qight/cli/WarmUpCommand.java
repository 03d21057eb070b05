package io.qight.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Does what other commands do, against a relay of its own, so that the launcher can archive the
 * classes that were loaded. Not for people.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
    private static final List<List<String>> COMMANDS =
            List.of(
                    List.of("send", "bob", "hello"),
                    List.of("fetch", "bob"),
                    List.of("send", "bob", "hello", "--json"),
                    List.of("fetch", "bob", "--json"),
                    List.of("send", "bob", "hello"),
                    List.of("subscribe", "bob", "--max", "1"));

    @Override
    public Integer call() throws Exception {
        try (DemoRelay relay = DemoRelay.create()) {
            relay.start();
            for (List<String> command : COMMANDS) {
                List<String> arguments = new ArrayList<>(command);
                arguments.addAll(List.of("--relay", relay.address()));
                arguments.addAll(List.of("--pin", relay.fingerprint()));
                int exitCode = Main.run(arguments.toArray(String[]::new));
                if (exitCode != Failures.DONE) {
                    return exitCode;
                }
            }
        }
        return Failures.DONE;
    }
}
