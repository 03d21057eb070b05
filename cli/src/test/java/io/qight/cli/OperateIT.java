package io.qight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.relay.delivery.DeadLetter;
import io.qight.relay.delivery.EnvelopeFormat;
import io.qight.store.MailboxStore;
import io.qight.store.Operation;
import io.qight.store.embedded.EmbeddedStore;
import io.qight.store.embedded.EmbeddedStoreConfig;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator does to mailboxes, each test with mailboxes of its own. */
class OperateIT {
    private static final int ENVELOPES_MAX = 300;

    @TempDir private static Path home;
    private static RunningRelay relay;
    private static Mailboxes mailboxes;

    @BeforeAll
    static void start() throws Exception {
        Path store = Files.createDirectories(home.resolve("data")).resolve("store");
        try (MailboxStore stopped = EmbeddedStore.open(store, EmbeddedStoreConfig.defaults())) {
            for (String mailbox : List.of("list", "requeue", "full", "drop")) {
                stopped.commit(List.of(burial(mailbox, "first"), burial(mailbox, "second")));
            }
            stopped.commit(Stream.generate(() -> burial("many", "x")).limit(250).toList());
        }
        relay =
                RunningRelay.start(
                        new Program(home), "--mailbox-envelopes", Integer.toString(ENVELOPES_MAX));
        mailboxes = Mailboxes.of(relay, home);
    }

    @AfterAll
    static void stop() {
        mailboxes.close();
        relay.close();
    }

    @Test
    void peekShowsWhatWaitsAndLeavesIt() throws Exception {
        mailboxes.send(
                MessageEnvelope.builder()
                        .id("x1")
                        .sender("alice")
                        .recipient("bob")
                        .payload("hello\n\u001b[2Jworld")
                        .build());
        mailboxes.send("bob", "second " + "x".repeat(100));
        String[] lines = qight().run("peek", "bob").expect(Failures.DONE).text().split("\n");
        assertThat(lines).hasSize(3);
        assertThat(lines[1]).contains("waits", "x1", "alice", "23h", "hello..[2Jworld");
        assertThat(lines[2]).contains("second xxx").endsWith("x…");
        Program.Result whole =
                qight().run("peek", "bob", "--max", "1", "--json", "--payload").expect(0);
        assertThat(Json.parse(whole.text()))
                .containsEntry("id", "x1")
                .containsEntry("sender", "alice")
                .containsEntry("leased", "false")
                .containsEntry("failures", "0")
                .containsEntry("payload", "hello\n\u001b[2Jworld")
                .containsKeys("sequence", "bytes", "leftMillis", "payloadBytes");
        assertThat(whole.errors()).contains("more than 1").hasLineCount(1);
        assertThat(mailboxes.fetch("bob")).hasSize(2);
    }

    @Test
    void aLargePayloadIsShownWhole() throws Exception {
        byte[] payload = "0123456789".repeat(900_000).getBytes(UTF_8);
        qight().run(payload, "send", "big", "-").expect(Failures.DONE);
        Map<String, String> json =
                Json.parse(qight().run("peek", "big", "--json", "--payload").expect(0).text());
        assertThat(json).containsEntry("payload", new String(payload, UTF_8));
    }

    @Test
    void peekAtNothingSaysSo() throws Exception {
        Program.Result nothing = qight().run("peek", "a b c").expect(Failures.DONE);
        assertThat(nothing.text()).isEmpty();
        assertThat(nothing.errors()).isEqualTo("qight: nothing waits for a b c\n");
    }

    @Test
    void purgeRemovesAllAndTellsHowMany() throws Exception {
        mailboxes.send("carol", "one");
        mailboxes.send("carol", "two");
        assertThat(qight().run("purge", "carol").expect(Failures.USAGE).errors()).contains("--yes");
        assertThat(qight().run("purge", "carol", "--yes").expect(Failures.DONE).errors())
                .isEqualTo("qight: removed 2 that waited for carol\n");
        assertThat(Json.parse(qight().run("purge", "carol", "--yes", "--json").expect(0).text()))
                .containsEntry("removed", "0");
        assertThat(mailboxes.fetch("carol")).isEmpty();
        assertThat(Json.parse(qight().run("stat", "--json").expect(0).text()))
                .hasEntrySatisfying(
                        "removed.purged",
                        purged -> assertThat(Long.parseLong(purged)).isGreaterThanOrEqualTo(2));
    }

    @Test
    void aNameIsTakenWholeOrRefused() throws Exception {
        mailboxes.send("erin", "stays");
        mailboxes.send("erin ", "goes");
        assertThat(qight().run("purge", "erin ", "--yes").expect(0).errors()).contains("removed 1");
        qight().run("purge", "erin\nx", "--yes").expect(Failures.FAILED);
        assertThat(mailboxes.fetch("erin")).containsExactly("stays");
    }

    @Test
    void onATerminalPurgeAsks() throws Exception {
        Path script = Path.of("/usr/bin/script");
        Assumptions.assumeTrue(
                Files.isExecutable(script), "needs /usr/bin/script to make a terminal");
        mailboxes.send("terminal", "one");
        String[] command = {"-qec", Distribution.launcher() + " purge terminal", "/dev/null"};
        Program asked = qight().launcher(script);
        assertThat(asked.run("n\n".getBytes(UTF_8), command).expect(Failures.FAILED).text())
                .contains("throw away 1 that wait for terminal?", "nothing was removed");
        assertThat(asked.run("y\n".getBytes(UTF_8), command).expect(Failures.DONE).text())
                .contains("removed 1");
    }

    @Test
    void deadLettersAreListed() throws Exception {
        List<String> lines = qight().run("dead", "list", "list").expect(0).text().lines().toList();
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1)).contains("it smells", "alice", "first");
        String json = qight().run("dead", "list", "list", "--json", "--payload").expect(0).text();
        assertThat(Json.parse(json.lines().toList().get(1)))
                .containsEntry("reason", "it smells")
                .containsEntry("failures", "5")
                .containsEntry("payload", "second")
                .containsKeys("buried", "sequence");
        assertThat(qight().run("dead", "list", "nobody").expect(0).errors())
                .isEqualTo("qight: there are no dead letters for nobody\n");
    }

    @Test
    void aDeadLetterIsPutBack() throws Exception {
        String first = sequence("requeue");
        assertThat(qight().run("dead", "requeue", "requeue", first).expect(0).errors())
                .isEqualTo("qight: put back 1 of requeue\n");
        assertThat(mailboxes.fetch("requeue")).containsExactly("first");
        Program.Result again =
                qight().run("dead", "requeue", "requeue", first).expect(Failures.FAILED);
        assertThat(again.errors()).contains("put back 0", "no dead letter").contains(first);
        qight().run("dead", "requeue", "requeue", "--all").expect(Failures.DONE);
        assertThat(mailboxes.fetch("requeue")).containsExactly("second");
        assertThat(qight().run("dead", "list", "requeue").expect(0).text()).isEmpty();
    }

    @Test
    void aDeadLetterStaysWhereItIsWhileTheMailboxIsFull() throws Exception {
        byte[] lines = "x\n".repeat(ENVELOPES_MAX).getBytes(UTF_8);
        qight().run(lines, "send", "full", "--lines").expect(Failures.DONE);
        String first = sequence("full");
        Program.Result refused =
                qight().run("dead", "requeue", "full", first).expect(Failures.RETRY);
        assertThat(refused.errors()).contains("mailbox_full");
        assertThat(sequence("full")).isEqualTo(first);
        qight().run("purge", "full", "--yes").expect(Failures.DONE);
        qight().run("dead", "requeue", "full", first).expect(Failures.DONE);
        assertThat(mailboxes.fetch("full")).containsExactly("first");
    }

    @Test
    void allOfManyAreDropped() throws Exception {
        assertThat(qight().run("dead", "list", "many").expect(0).errors())
                .contains("more than 100");
        assertThat(qight().run("dead", "drop", "many", "--all").expect(0).errors())
                .isEqualTo("qight: dropped 250 of many\n");
        assertThat(qight().run("dead", "list", "many").expect(0).text()).isEmpty();
        String one = sequence("drop");
        qight().run("dead", "drop", "drop", one).expect(Failures.DONE);
        assertThat(qight().run("dead", "list", "drop").expect(0).text()).contains("second");
    }

    @Test
    void withoutARelayOneCanTryAgain() throws Exception {
        for (String[] command :
                new String[][] {
                    {"peek", "bob"}, {"purge", "bob", "--yes"}, {"dead", "list", "bob"}
                }) {
            assertThat(
                            qight().with("QIGHT_DATA", home.resolve("none").toString())
                                    .run(command)
                                    .expect(Failures.RETRY)
                                    .errors())
                    .contains("no relay runs")
                    .hasLineCount(1);
        }
    }

    private static String sequence(String mailbox) {
        Program.Result listed = qight().run("dead", "list", mailbox, "--json").expect(0);
        return Objects.requireNonNull(
                Json.parse(listed.text().lines().toList().get(0)).get("sequence"));
    }

    private static Program qight() {
        try {
            return new Program(home).with("QIGHT_RELAY", relay.address());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Operation burial(String mailbox, String text) {
        MessageEnvelope envelope =
                MessageEnvelope.builder()
                        .sender("alice")
                        .recipient(mailbox)
                        .ttl(Duration.ofHours(1))
                        .payload(text)
                        .build();
        ByteBuf bytes = EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT);
        long now = System.currentTimeMillis();
        DeadLetter letter =
                new DeadLetter(
                        EnvelopeFormat.V1,
                        5,
                        now,
                        "it smells",
                        ByteBuffer.wrap(ByteBufUtil.getBytes(bytes)));
        bytes.release();
        return new Operation.Append(
                DeadLetter.place(mailbox),
                DeadLetter.FORMAT,
                now,
                now + Duration.ofDays(7).toMillis(),
                letter.encode(),
                null);
    }
}
