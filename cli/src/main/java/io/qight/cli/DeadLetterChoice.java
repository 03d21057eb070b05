package io.qight.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Which dead letters a command is about, and what it does with each. */
final class DeadLetterChoice {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Mixin private DataDirectory data;

    @Parameters(index = "0", paramLabel = "MAILBOX", description = "Whose mailbox.")
    private String mailbox;

    @Parameters(
            index = "1..*",
            paramLabel = "SEQUENCE",
            description = "Which ones, by the numbers that qight dead list shows.")
    private List<Long> sequences = List.of();

    @Option(names = "--all", description = "All of them.")
    private boolean all;

    /**
     * Has the relay do something with each, one by one, so that what was done stays done when one
     * is refused.
     *
     * @param verb the request at the admin socket
     * @param done what was done to those that were there, for people
     */
    int forEach(String verb, String done) throws IOException {
        if (all != sequences.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(), "Give sequences or --all, one of the two.");
        }
        long found = 0;
        List<Long> missing = new ArrayList<>();
        try {
            for (long sequence : all ? listed() : sequences) {
                if (ask(verb, sequence)) {
                    found++;
                } else {
                    missing.add(sequence);
                }
            }
        } finally {
            Failures.say(done + " " + found + " of " + mailbox);
        }
        // Those that were listed a moment ago may have gone by themselves.
        if (!all && !missing.isEmpty()) {
            throw new CommandFailure(
                    Failures.FAILED, "there is no dead letter " + missing + " of " + mailbox);
        }
        return Failures.DONE;
    }

    private boolean ask(String verb, long sequence) throws IOException {
        String request = verb + " " + sequence + " " + mailbox;
        return Boolean.parseBoolean(AdminAnswer.ask(data.path(), request).fields().get("found"));
    }

    /** Before anything is done, since what is put back may fail again and come after these. */
    private List<Long> listed() throws IOException {
        List<Long> listed = new ArrayList<>();
        List<Map<String, String>> part = listAfter(0);
        while (!part.isEmpty()) {
            part.forEach(letter -> listed.add(Long.valueOf(AdminAnswer.text(letter, "sequence"))));
            part = listAfter(listed.get(listed.size() - 1));
        }
        return listed;
    }

    private List<Map<String, String>> listAfter(long sequence) throws IOException {
        String request = "dead " + sequence + " 0 " + mailbox;
        return AdminAnswer.ask(data.path(), request).envelopes();
    }
}
