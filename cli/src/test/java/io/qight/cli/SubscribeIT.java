package io.qight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.qight.wire.MessageEnvelope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * {@code subscribe} against one relay, each test with mailboxes of its own: so that while one waits
 * for leases to end, others go on.
 */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class SubscribeIT {
    private static final int SECONDS_MAX = 60;

    @TempDir private static Path home;
    private static RunningRelay relay;
    private static Mailboxes mailboxes;

    @BeforeAll
    static void start() throws Exception {
        relay = RunningRelay.start(new Program(home));
        mailboxes = Mailboxes.of(relay, home);
    }

    @AfterAll
    static void stop() {
        mailboxes.close();
        relay.close();
    }

    @Test
    void whatWaitsAndWhatComesIsPrintedUntilItIsStopped() throws Exception {
        mailboxes.send("bob", "waits");
        Process subscribed = qight().start("subscribe", "bob", "bill");
        BufferedReader out = output(subscribed);
        assertThat(out.readLine()).isEqualTo("waits");
        mailboxes.send("bill", "comes");
        assertThat(out.readLine()).isEqualTo("comes");
        assertThat(terminate(subscribed)).isEqualTo(Failures.DONE);
        assertThat(mailboxes.stat("bob")).containsEntry("waiting", "0");
        assertThat(mailboxes.stat("bill")).containsEntry("waiting", "0");
    }

    @Test
    void jsonHasEveryField() throws Exception {
        send("carol", "hi", "alice", "x1");
        Program.Result printed =
                qight().run("subscribe", "carol", "--json", "--max", "1").expect(Failures.DONE);
        assertThat(Json.parse(printed.text()))
                .containsEntry("id", "x1")
                .containsEntry("sender", "alice")
                .containsEntry("mailbox", "carol")
                .containsEntry("payload", "hi")
                .containsEntry("deliveries", "1")
                .containsEntry("failures", "0")
                .containsKey("leftMillis");
    }

    @Test
    void whatIsBeyondTheMostStaysUntouched() throws Exception {
        for (int i = 0; i < 5; i++) {
            mailboxes.send("max", "m" + i);
        }
        assertThat(qight().run("subscribe", "max", "--max", "2").expect(0).text())
                .isEqualTo("m0\nm1\n");
        assertThat(Json.parse(qight().run("peek", "max", "--json").expect(0).text()))
                .containsEntry("failures", "0");
        assertThat(mailboxes.fetch("max")).containsExactly("m2", "m3", "m4");
    }

    @Test
    void aCommandGetsPayloadAndFields() throws Exception {
        send("exec", "the payload", "alice $(false)", "x1");
        String command = "echo \"$QIGHT_ID $QIGHT_SENDER $QIGHT_MAILBOX $(cat)\"";
        assertThat(exec("exec", command, 1).expect(Failures.DONE).text())
                .isEqualTo("x1 alice $(false) exec the payload\n");
        assertThat(mailboxes.stat("exec")).containsEntry("waiting", "0");
    }

    @Test
    void aFailedCommandGetsItsMessageAgain() throws Exception {
        mailboxes.send("fails", "again");
        String command = "echo $QIGHT_DELIVERIES $QIGHT_FAILURES; test $QIGHT_FAILURES = 1";
        assertThat(exec("fails", command, 2).expect(Failures.DONE).text()).isEqualTo("1 0\n2 1\n");
        assertThat(mailboxes.stat("fails"))
                .containsEntry("waiting", "0")
                .containsEntry("dead", "0");
    }

    @Test
    void exitCode65PutsAsideAndAnOperatorBringsBack() throws Exception {
        mailboxes.send("dead", "poison");
        exec("dead", "exit 65", 1).expect(Failures.DONE);
        assertThat(mailboxes.stat("dead")).containsEntry("waiting", "0").containsEntry("dead", "1");
        assertThat(qight().run("dead", "list", "dead").expect(0).text())
                .contains("exit code 65", "poison");
        qight().run("dead", "requeue", "dead", "--all").expect(Failures.DONE);
        assertThat(exec("dead", "cat", 1).expect(Failures.DONE).text()).isEqualTo("poison");
    }

    @Test
    void aCommandThatCannotBeRunHarmsNoMessage() throws Exception {
        mailboxes.send("missing", "stays");
        assertThat(exec("missing", "/nonexistent/command", 1).expect(Failures.FAILED).errors())
                .contains("cannot be run");
        assertThat(Json.parse(qight().run("peek", "missing", "--json").expect(0).text()))
                .containsEntry("failures", "0");
    }

    @Test
    void commandsRunBesideEachOther() throws Exception {
        mailboxes.send("beside", "one");
        mailboxes.send("beside", "two");
        String together =
                "mkdir -p met; touch met/$QIGHT_ID;"
                        + " until [ $(ls met | wc -l) -eq 2 ]; do sleep 0.05; done";
        qight().run("subscribe", "beside", "--exec", together, "--max", "2", "--concurrency", "2")
                .expect(Failures.DONE);
        assertThat(mailboxes.stat("beside")).containsEntry("waiting", "0");
    }

    @Test
    void aCommandUnderWayIsFinishedAtTheEnd() throws Exception {
        mailboxes.send("term", "x");
        mailboxes.send("term", "stays");
        Process subscribed =
                qight().start("subscribe", "term", "--exec", "echo begun; sleep 1; echo done");
        BufferedReader out = output(subscribed);
        assertThat(out.readLine()).isEqualTo("begun");
        assertThat(terminate(subscribed)).isEqualTo(Failures.DONE);
        assertThat(out.readLine()).isEqualTo("done");
        assertThat(mailboxes.fetch("term")).containsExactly("stays");
    }

    @Test
    void killedBeforeTheAckItComesAgain() throws Exception {
        // More than a pipe holds: it cannot have been printed before all of it was read.
        String large = "0123456789".repeat(100_000);
        qight().run(large.getBytes(UTF_8), "send", "killed-1", "-").expect(Failures.DONE);
        Process printing = qight().start("subscribe", "killed-1");
        assertThat(printing.getInputStream().readNBytes(1000)).hasSize(1000);
        printing.destroyForcibly();

        mailboxes.send("killed-2", "small");
        Process running =
                qight().start("subscribe", "killed-2", "--exec", "cat; kill -9 $PPID; sleep 1");
        assertThat(running.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        assertThat(running.exitValue()).isEqualTo(128 + 9);
        assertThat(new String(running.getInputStream().readAllBytes(), UTF_8)).isEqualTo("small");

        // The relay gives them out again when the leases of the dead have ended.
        Process again = qight().start("subscribe", "killed-1", "killed-2", "--json", "--max", "2");
        BufferedReader out = output(again);
        List<Map<String, String>> received =
                List.of(Json.parse(out.readLine()), Json.parse(out.readLine()));
        assertThat(received)
                .extracting(fields -> fields.get("payload"))
                .containsExactlyInAnyOrder(large, "small");
        assertThat(received).allMatch(fields -> "0".equals(fields.get("failures")));
        assertThat(again.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        assertThat(again.exitValue()).isEqualTo(Failures.DONE);
    }

    @Test
    void whoCannotPrintTakesNothing() throws Exception {
        Process subscribed = qight().start("subscribe", "pipe");
        subscribed.getInputStream().close();
        mailboxes.send("pipe", "stays");
        assertThat(subscribed.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        assertThat(subscribed.exitValue()).isEqualTo(Failures.FAILED);
        assertThat(mailboxes.fetch("pipe")).containsExactly("stays");
    }

    @Test
    void aNewerExclusiveReceiverEndsTheOlder() throws Exception {
        mailboxes.send("alone", "first");
        Process older = qight().start("subscribe", "alone", "--exclusive");
        BufferedReader out = output(older);
        assertThat(out.readLine()).isEqualTo("first");
        Process newer = qight().start("subscribe", "alone", "--exclusive", "--max", "1");
        assertThat(older.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        assertThat(older.exitValue()).isEqualTo(Failures.FAILED);
        assertThat(new String(older.getErrorStream().readAllBytes(), UTF_8)).contains("taken_over");
        mailboxes.send("alone", "second");
        assertThat(output(newer).readLine()).isEqualTo("second");
        assertThat(newer.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void manyLinesArriveInTheirOrder() throws Exception {
        String lines =
                IntStream.range(0, 5_000)
                        .mapToObj(i -> "line " + i + "\n")
                        .reduce("", String::concat);
        Program.Result sent =
                qight().run(lines.getBytes(UTF_8), "send", "lines", "--lines").expect(0);
        assertThat(sent.errors()).isEqualTo("qight: stored 5000 of 5000 lines for lines\n");
        assertThat(qight().run("subscribe", "lines", "--max", "5000").expect(0).text())
                .isEqualTo(lines);
    }

    private static Program.Result exec(String mailbox, String command, int max) throws Exception {
        return qight().run("subscribe", mailbox, "--exec", command, "--max", Integer.toString(max));
    }

    private static void send(String mailbox, String text, String sender, String id) {
        mailboxes.send(
                MessageEnvelope.builder()
                        .id(id)
                        .sender(sender)
                        .recipient(mailbox)
                        .payload(text)
                        .build());
    }

    private static int terminate(Process process) throws InterruptedException {
        // Its handle leaves the streams open.
        process.toHandle().destroy();
        assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static BufferedReader output(Process process) throws IOException {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    private static Program qight() throws Exception {
        return new Program(home).with("QIGHT_RELAY", relay.address());
    }
}
