package io.qight.cli;

import io.qight.client.Delivery;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** Runs a command of the shell for each message, with the payload on its standard input. */
final class DeliveryProgram implements DeliveryReceiver {
    /** What sysexits calls a data error. */
    private static final int DEAD = 65;

    private static final int NOT_EXECUTABLE = 126;
    private static final int NOT_FOUND = 127;
    private static final int INTERRUPTED = 130;

    private final List<String> command;

    DeliveryProgram(String command) {
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        this.command = windows ? List.of("cmd", "/c", command) : List.of("sh", "-c", command);
    }

    @Override
    public Verdict receive(Delivery delivery) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        // It lets whoever has it in to the relay, which is none of the command's business.
        builder.environment().remove(RelayTarget.TOKEN_VARIABLE);
        describe(delivery, builder.environment());
        Process process = builder.start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(delivery.envelope().payload());
        } catch (IOException e) {
            // A command need not read all of it, or anything.
        }
        try {
            return verdict(process.waitFor());
        } catch (InterruptedException e) {
            process.destroy();
            return new Verdict.Interrupted();
        }
    }

    private static void describe(Delivery delivery, Map<String, String> environment) {
        MessageEnvelope envelope = delivery.envelope();
        environment.put("QIGHT_ID", value(envelope.id()));
        environment.put("QIGHT_SENDER", value(envelope.sender()));
        environment.put("QIGHT_AUTHENTICITY", EnvelopeForm.token(delivery.authenticity()));
        environment.put("QIGHT_MAILBOX", delivery.mailbox());
        environment.put("QIGHT_TIMESTAMP", Long.toUnsignedString(envelope.timestampSeconds()));
        environment.put("QIGHT_LEFT_MILLIS", Long.toString(delivery.timeLeft().toMillis()));
        environment.put("QIGHT_DELIVERIES", Long.toString(delivery.deliveries()));
        environment.put("QIGHT_FAILURES", Long.toString(delivery.failures()));
    }

    /** An environment has no place for the character that ends its texts. */
    private static String value(String text) {
        return text.replace('\0', '\ufffd');
    }

    private static Verdict verdict(int exitCode) {
        return switch (exitCode) {
            case 0 -> new Verdict.Done();
            case DEAD -> new Verdict.Dead("its command ended with exit code " + exitCode);
            case INTERRUPTED -> new Verdict.Interrupted();
            case NOT_EXECUTABLE, NOT_FOUND ->
                    throw new CommandFailure(
                            Failures.FAILED,
                            "the command of --exec cannot be run: exit code " + exitCode);
            default -> new Verdict.Failed("its command ended with exit code " + exitCode);
        };
    }
}
