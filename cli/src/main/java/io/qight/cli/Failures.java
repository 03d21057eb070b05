package io.qight.cli;

import io.qight.client.RelayException;
import io.qight.relay.RelayStartException;
import io.qight.relay.access.BadTokenFileException;
import io.qight.store.StoreException;
import io.qight.transport.TransportException;
import io.qight.wire.ErrorCode;
import io.qight.wire.ProtocolException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one sentence on standard error and an exit code. */
final class Failures {
    /** Done. */
    static final int DONE = 0;

    /** Refused or failed; the same command would fail again. */
    static final int FAILED = 1;

    /** Wrong usage. */
    static final int USAGE = 2;

    /** No answer, or refused for now; the same command may succeed later. */
    static final int RETRY = 3;

    /** A signal came before all was done. */
    static final int INTERRUPTED = 130;

    private Failures() {}

    /** For options and arguments that are wrong. */
    static int usage(ParameterException failure, String[] args) {
        CommandLine line = failure.getCommandLine();
        line.getErr().println("qight: " + failure.getMessage());
        if (!UnmatchedArgumentException.printSuggestions(failure, line.getErr())) {
            line.getErr().println("Usage: " + line.getHelp().synopsis(0).strip());
        }
        line.getErr()
                .println("Try '" + line.getCommandSpec().qualifiedName() + " --help' for more.");
        return USAGE;
    }

    /** For everything that a command throws. */
    static int execution(Exception failure, CommandLine line, ParseResult parsed) {
        line.getErr().println("qight: " + sentence(failure));
        if (parsed.matchedOptionValue("--verbose", false)
                || (parsed.hasSubcommand() && verbose(parsed.subcommand()))) {
            failure.printStackTrace(line.getErr());
        }
        return exitCode(failure);
    }

    /** A refusal that came as text. */
    static CommandFailure refusal(String codeToken, String sentence) {
        boolean retryable = ErrorCode.ofToken(codeToken).map(ErrorCode::retryable).orElse(false);
        return new CommandFailure(retryable ? RETRY : FAILED, sentence + " (" + codeToken + ")");
    }

    /** A line of the program's own, on standard error. */
    static void say(String sentence) {
        System.err.println("qight: " + sentence);
    }

    private static boolean verbose(ParseResult parsed) {
        return parsed.matchedOptionValue("--verbose", false);
    }

    private static int exitCode(Exception failure) {
        if (failure instanceof CommandFailure own) {
            return own.exitCode();
        }
        if (failure instanceof RelayException relay) {
            return exitCode(relay.code());
        }
        // A relay that cannot listen: nothing changes unless somebody changes it.
        if (failure instanceof TransportException.CannotBind) {
            return FAILED;
        }
        if (failure instanceof TransportException transport) {
            return exitCode(transport.code());
        }
        return FAILED;
    }

    private static int exitCode(ErrorCode code) {
        return code.retryable() ? RETRY : FAILED;
    }

    private static String sentence(Exception failure) {
        String message = failure.getMessage() == null ? "" : failure.getMessage();
        if (failure instanceof CommandFailure) {
            return message;
        }
        if (failure instanceof RelayException relay) {
            String options = relay.code() == ErrorCode.UNTRUSTED ? "; see --trust and --pin" : "";
            return message + " (" + relay.code().token() + options + ")";
        }
        if (failure instanceof ProtocolException protocol) {
            return message + " (" + protocol.code().token() + ")";
        }
        if (failure instanceof TransportException
                || failure instanceof StoreException
                || failure instanceof RelayStartException
                || failure instanceof BadTokenFileException) {
            return message;
        }
        if (failure instanceof UncheckedIOException
                && failure.getCause() instanceof IOException io) {
            return sentence(io);
        }
        if (failure instanceof IOException io) {
            return sentence(io, message);
        }
        return "an error in qight itself, please report it: " + failure;
    }

    /** The exceptions of {@code java.nio.file} carry the file's name and leave the rest unsaid. */
    private static String sentence(IOException failure, String message) {
        if (failure instanceof NoSuchFileException) {
            return "no such file: " + message;
        }
        if (failure instanceof AccessDeniedException) {
            return "no permission: " + message;
        }
        if (failure instanceof NotDirectoryException
                || failure instanceof FileAlreadyExistsException) {
            return "not a directory: " + message;
        }
        return message.isEmpty() ? failure.toString() : message;
    }
}
