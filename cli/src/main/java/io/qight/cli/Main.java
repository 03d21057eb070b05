package io.qight.cli;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine;

/** Where the program starts. */
public final class Main {
    /** SLF4J's own "say nothing": the logging library is loaded by the relay alone. */
    private static final String SILENT_LOGGING = "org.slf4j.helpers.NOP_FallbackServiceProvider";

    private static final List<String> COMMANDS =
            List.of(
                    "relay",
                    "send",
                    "fetch",
                    "subscribe",
                    "keygen",
                    "verify",
                    "grant",
                    "revoke",
                    "demand-grants",
                    "token",
                    "stat",
                    "peek",
                    "purge",
                    "dead",
                    "store",
                    "demo",
                    "bench",
                    "version",
                    "completion");

    /** Does the work of other commands so that their classes are archived; not for people. */
    private static final String WARM_UP = "warm-up";

    /** What a relay is measured beside; started by {@code bench}. */
    static final String ECHO = "echo";

    private static final List<String> HIDDEN = List.of(WARM_UP, ECHO);

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        Optional<String> command = commandNamed(args);
        // Before anything asks for a logger.
        if (!command.equals(Optional.of("relay")) && System.getProperty("slf4j.provider") == null) {
            System.setProperty("slf4j.provider", SILENT_LOGGING);
            // Else SLF4J says that it was told so.
            System.setProperty("slf4j.internal.verbosity", "WARN");
        }
        System.exit(run(args));
    }

    /** Runs one command and gives its exit code. */
    static int run(String... args) {
        return commandLine(commandNamed(args)).execute(args);
    }

    /** The command line with every command: for help and completion. */
    static CommandLine wholeCommandLine() {
        return commandLine(Optional.empty());
    }

    /** With the named command only, since reading the annotations of all of them takes time. */
    private static CommandLine commandLine(Optional<String> command) {
        CommandLine line = new CommandLine(new QightCommand());
        if (command.isPresent()) {
            line.addSubcommand(command.get(), command(command.get()));
        } else {
            COMMANDS.forEach(name -> line.addSubcommand(name, command(name)));
        }
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setUsageHelpWidth(100);
        line.setParameterExceptionHandler(Failures::usage);
        line.setExecutionExceptionHandler(Failures::execution);
        return line;
    }

    /** The first argument that is no option, if it is a command. */
    private static Optional<String> commandNamed(String[] args) {
        for (String arg : args) {
            if (!arg.startsWith("-")) {
                return COMMANDS.contains(arg) || HIDDEN.contains(arg)
                        ? Optional.of(arg)
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static Object command(String name) {
        return switch (name) {
            case "relay" -> new RelayCommand();
            case "send" -> new SendCommand();
            case "fetch" -> new FetchCommand();
            case "subscribe" -> new SubscribeCommand();
            case "keygen" -> new KeygenCommand();
            case "verify" -> new VerifyCommand();
            case "grant" -> new GrantCommand();
            case "revoke" -> new RevokeCommand();
            case "demand-grants" -> new DemandGrantsCommand();
            case "token" -> new TokenCommand();
            case "stat" -> new StatCommand();
            case "peek" -> new PeekCommand();
            case "purge" -> new PurgeCommand();
            case "dead" -> new DeadCommand();
            case "store" -> new StoreCommand();
            case "demo" -> new DemoCommand();
            case "bench" -> new BenchCommand();
            case "version" -> new VersionCommand();
            case "completion" -> new CompletionCommand();
            case WARM_UP -> new WarmUpCommand();
            case ECHO -> new EchoCommand();
            default -> throw new IllegalStateException("no command " + name);
        };
    }
}
