package io.qight.cli;

import io.qight.identity.Protection;
import io.qight.load.LoadPlan;
import io.qight.load.Pace;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What {@code qight bench} is to do. */
final class BenchPlan {
    private static final int QUICK_PER_SECOND = 1_000;

    /** Until the compilers of both processes leave most of two processors to the work. */
    private static final Duration WARM_UP = Duration.ofSeconds(10);

    private static final Protection SIGNED = Protection.NONE.withSignature();

    private static final Duration QUICK_DURATION = Duration.ofSeconds(4);

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--quick",
            description = {
                "Three measurements, under a minute together: pipelined SEND, from SEND to the"
                        + " handler, and push latency at 1,000 a second; each beside a raw echo if"
                        + " the relay is on this machine."
            })
    private boolean quick;

    @ArgGroup private @Nullable Loop loop;

    @Option(
            names = "--senders",
            paramLabel = "N",
            description = "Connections that send. Default: 1.")
    private @Nullable Integer senders;

    @Option(
            names = "--receivers",
            paramLabel = "N",
            description = {
                "Connections that receive and ack; with 0 only receipts are waited for. Default: 1."
            })
    private @Nullable Integer receivers;

    @Option(
            names = "--mailboxes",
            paramLabel = "N",
            description = "Mailboxes that are sent to in turns. Default: 1.")
    private @Nullable Integer mailboxes;

    @Option(
            names = "--payload",
            paramLabel = "SIZE",
            defaultValue = "128",
            converter = SizeConverter.class,
            description = "Size of each payload, at least 12 bytes. Default: ${DEFAULT-VALUE}.")
    private long payloadBytes;

    @Option(
            names = "--backlog",
            paramLabel = "N",
            description = {
                "Messages that wait in as many other mailboxes all the time; they are sent first."
                        + " Default: 0."
            })
    private @Nullable Long backlog;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long to measure. Default: 10s.")
    private @Nullable Duration duration;

    @Option(
            names = "--warm-up",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long to send before that. Default: 10s.")
    private @Nullable Duration warmUp;

    @Option(
            names = "--sign",
            description = {
                "Do each measurement a second time with signed messages, which are verified."
            })
    private boolean sign;

    @Option(
            names = "--seal",
            description = {
                "Do each measurement once more with messages that are sealed and signed, to the"
                        + " mailboxes of keys; a receiver takes one."
            })
    private boolean seal;

    /** Whether the three of {@code --quick} are asked for. */
    boolean quick() {
        return quick;
    }

    /** The measurements, in order. */
    List<LoadPlan> plans() {
        if (quick
                && Stream.of(loop, senders, receivers, mailboxes, backlog, duration, warmUp)
                        .anyMatch(option -> option != null)) {
            throw usage("--quick chooses all of that itself; it goes with --payload.");
        }
        try {
            int payload = Math.toIntExact(Math.min(payloadBytes, Integer.MAX_VALUE));
            List<LoadPlan> plain = quick ? quickPlans(payload) : List.of(plan(payload));
            return plain.stream().flatMap(this::protectedToo).toList();
        } catch (IllegalArgumentException e) {
            throw usage(e.getMessage() + ".");
        }
    }

    /** What it costs shows beside the same without. */
    private Stream<LoadPlan> protectedToo(LoadPlan plain) {
        Stream.Builder<LoadPlan> plans = Stream.builder();
        plans.add(plain);
        if (sign) {
            plans.add(plain.with(plain.name() + ", signed", SIGNED));
        }
        if (seal) {
            plans.add(plain.with(plain.name() + ", sealed and signed", SIGNED.withSeal()));
        }
        return plans.build();
    }

    private LoadPlan plan(int payload) {
        Pace pace = loop == null ? Pace.Closed.ofRelay(payload) : loop.pace(payload);
        return new LoadPlan(
                pace instanceof Pace.Open ? "open loop" : "closed loop",
                pace,
                or(senders, 1),
                or(receivers, 1),
                or(mailboxes, 1),
                payload,
                or(backlog, 0L),
                or(warmUp, WARM_UP),
                or(duration, Duration.ofSeconds(10)));
    }

    private static List<LoadPlan> quickPlans(int payload) {
        Pace closed = Pace.Closed.ofRelay(payload);
        return List.of(
                quickPlan("pipelined SEND", closed, 0, payload, 5),
                quickPlan("SEND to handler", closed, 1, payload, 3),
                quickPlan("push at 1,000/s", new Pace.Open(QUICK_PER_SECOND), 1, payload, 1));
    }

    /** Each finds its processes warmer than the one before. */
    private static LoadPlan quickPlan(
            String name, Pace pace, int receivers, int payload, int warmUpSeconds) {
        Duration warmUp = Duration.ofSeconds(warmUpSeconds);
        return new LoadPlan(name, pace, 1, receivers, 1, payload, 0, warmUp, QUICK_DURATION);
    }

    private static <T> T or(@Nullable T given, T otherwise) {
        return given != null ? given : otherwise;
    }

    private ParameterException usage(String sentence) {
        return new ParameterException(spec.commandLine(), sentence);
    }

    /** One or none. */
    static final class Loop {
        @Option(
                names = "--rate",
                paramLabel = "N",
                description = {
                    "Open loop: so many messages a second from all senders together, whatever comes"
                            + " back. Latency counts from the intended time of each send."
                })
        private @Nullable Long rate;

        @Option(
                names = "--window",
                paramLabel = "N",
                description = {
                    "Closed loop: so many under way for each sender, until their receipt, or with"
                            + " receivers, until their handler has them. Default: what a relay"
                            + " takes, 4,096 or 16 MiB."
                })
        private @Nullable Integer window;

        private Pace pace(int payload) {
            if (rate != null) {
                return new Pace.Open(rate);
            }
            return window != null ? new Pace.Closed(window) : Pace.Closed.ofRelay(payload);
        }
    }
}
