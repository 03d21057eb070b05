package io.qight.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.Unpooled;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v0.Request;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SeedClientIT {
    private static final MessageEnvelope HI =
            MessageEnvelope.builder().sender("alice").recipient("bob").payload("hi").build();

    @TempDir Path directory;
    private FakeSeedRelay relay;
    private SeedClient client;

    @BeforeEach
    void connect() {
        relay = FakeSeedRelay.start(directory);
        client = SeedClient.connect(relay.address(), config());
    }

    @AfterEach
    void close() {
        client.close();
        relay.close();
    }

    @Test
    void helloSendAndFetchAreAnswered() {
        assertThat(client.hello("alice")).isEqualTo("WELCOME fake");
        client.send(HI);

        assertThat(client.fetch("bob")).containsExactly(HI);
        assertThat(client.fetch("bob")).isEmpty();
        assertThat(client.connected()).isTrue();
    }

    @Test
    void futuresAreCompletedInTheSameWay() throws Exception {
        try (SeedClient other =
                SeedClient.connectAsync(relay.address(), config()).get(10, TimeUnit.SECONDS)) {
            assertThat(get(other.helloAsync("alice"))).isEqualTo("WELCOME fake");
            get(other.sendAsync(HI));
            assertThat(get(other.fetchAsync("bob"))).containsExactly(HI);
            other.send(HI);
            List<MessageEnvelope> seen = new ArrayList<>();
            assertThat(get(other.fetchAsync("bob", seen::add))).isEqualTo(1);
            assertThat(seen).containsExactly(HI);
        }
    }

    @Test
    void aRefusalHasTheRelaysCodeAndSentence() {
        relay.script(exchange -> exchange.refuse(ErrorCode.MAILBOX_FULL, "bob has enough"));

        assertThat(thrown(() -> client.send(HI), RefusedException.class))
                .hasMessage("bob has enough")
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.MAILBOX_FULL))
                .satisfies(refused -> assertThat(refused.retryable()).isTrue());
        assertThat(thrown(() -> client.hello("alice"), RefusedException.class)).isNotNull();
        assertThat(thrown(() -> client.fetch("bob"), RefusedException.class)).isNotNull();
        assertThat(client.connected()).isTrue();
    }

    @Test
    void aBlockingFailureHasTheCallersStack() {
        relay.script(exchange -> exchange.refuse(ErrorCode.MAILBOX_FULL, "bob has enough"));

        assertThat(thrown(() -> client.send(HI), RefusedException.class).getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(SeedClientIT.class.getName()));
    }

    @Test
    void aFutureFailsWithTheFailureItself() throws Exception {
        relay.script(exchange -> exchange.refuse(ErrorCode.MAILBOX_FULL, "bob has enough"));
        CompletableFuture<Throwable> seen = new CompletableFuture<>();

        client.sendAsync(HI).whenComplete((stored, failure) -> seen.complete(failure));

        assertThat(get(seen)).isExactlyInstanceOf(RefusedException.class);
    }

    @Test
    void whatNoRelayTakesIsRefusedHere() {
        MessageEnvelope large =
                MessageEnvelope.builder().recipient("bob").payload(new byte[10_000_000]).build();
        MessageEnvelope nobody = MessageEnvelope.builder().payload("hi").build();

        assertThat(thrown(() -> client.send(large), RefusedException.class).code())
                .isEqualTo(ErrorCode.ENVELOPE_SIZE);
        assertThat(thrown(() -> client.send(nobody), RefusedException.class).code())
                .isEqualTo(ErrorCode.INVALID_MAILBOX);
        assertThat(thrown(() -> client.fetch("a\nb"), RefusedException.class)).isNotNull();
        assertThat(thrown(() -> client.fetch("", e -> {}), RefusedException.class)).isNotNull();
        assertThat(thrown(() -> client.hello(""), RefusedException.class)).isNotNull();
        assertThat(failure(client.sendAsync(large), RefusedException.class)).isNotNull();
        assertThat(failure(client.fetchAsync(""), RefusedException.class)).isNotNull();
        assertThat(failure(client.fetchAsync("", e -> {}), RefusedException.class)).isNotNull();
        assertThat(relay.quiet()).isTrue();
        client.hello("alice");
    }

    @Test
    void theLargestEnvelopeGoesBothWays() {
        MessageEnvelope large =
                MessageEnvelope.builder().recipient("bob").payload(new byte[9_999_900]).build();
        client.send(large);

        assertThat(client.fetch("bob")).containsExactly(large);
    }

    @Test
    void aRefusalBeforeTheEnvelopeIsReadStopsTheSending() throws Exception {
        relay.hasty();
        relay.script(exchange -> exchange.refuse(ErrorCode.OVERLOADED, "later"));
        MessageEnvelope large =
                MessageEnvelope.builder().recipient("bob").payload(new byte[9_999_900]).build();

        for (int i = 0; i < 20; i++) {
            assertThat(thrown(() -> client.send(large), RefusedException.class).code())
                    .isEqualTo(ErrorCode.OVERLOADED);
        }
        relay.script(FakeSeedRelay.WELL);
        client.hello("alice");
    }

    @Test
    void anotherCertificateIsNotTrusted() {
        ClientConfig other = config().withTrust(Trust.fingerprint("00".repeat(32)));

        assertThat(
                        thrown(
                                () -> SeedClient.connect(relay.address(), other),
                                UntrustedException.class))
                .satisfies(failure -> assertThat(failure.retryable()).isFalse());
        assertThat(
                        failure(
                                SeedClient.connectAsync(relay.address(), other),
                                UntrustedException.class))
                .isNotNull();
    }

    @Test
    void withNothingToTrustTheSentenceSaysWhatToGive() {
        assertThat(thrown(() -> SeedClient.connect("relay.example:4433"), UntrustedException.class))
                .hasMessageContaining("ClientConfig.withTrust")
                .hasMessageContaining("relay.example:4433");
        assertThat(failure(SeedClient.connectAsync("relay.example:4433"), UntrustedException.class))
                .isNotNull();
    }

    @Test
    void anAddressThatMakesNoSenseIsRefused() {
        assertThat(
                        thrown(
                                        () -> SeedClient.connect("host:port", config()),
                                        ConnectFailedException.class)
                                .code())
                .isEqualTo(ErrorCode.BAD_ADDRESS);
    }

    @Test
    void whereNobodyListensConnectingFails() throws IOException {
        try (DatagramSocket deaf = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + deaf.getLocalPort();
            ClientConfig hurried = config().withConnectTimeout(Duration.ofMillis(300));

            assertThat(
                            thrown(
                                            () -> SeedClient.connect(address, hurried),
                                            ConnectFailedException.class)
                                    .code())
                    .isEqualTo(ErrorCode.CONNECT_FAILED);
            assertThat(
                            failure(
                                    SeedClient.connectAsync(address, hurried),
                                    ConnectFailedException.class))
                    .isNotNull();
        }
    }

    @Test
    void aCancelledConnectLeavesNoConnection() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        ClientConfig counting =
                config().withCallbackExecutor(task ->
                        new Thread(
                                        () -> {
                                            task.run();
                                            over.countDown();
                                        })
                                .start());
        CompletableFuture<SeedClient> connecting =
                SeedClient.connectAsync(relay.address(), counting);
        connecting.cancel(false);

        await(over);
        if (relay.connections() > 1) {
            relay.nextEnd();
        }
        assertThat(relay.connections()).isEqualTo(1);
    }

    @Test
    void aRequestWithoutAnswerTimesOutAndItsStreamIsReset() throws Exception {
        try (SeedClient hurried = hurried(Duration.ofSeconds(1))) {
            relay.script(FakeSeedRelay.NOTHING);

            assertThat(thrown(() -> hurried.hello("alice"), TimedOutException.class).code())
                    .isEqualTo(ErrorCode.TIMED_OUT);

            relay.next().awaitReset();
            assertThat(thrown(() -> hurried.send(HI), TimedOutException.class).code())
                    .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
            relay.script(FakeSeedRelay.WELL);
            assertThat(hurried.hello("alice")).isEqualTo("WELCOME fake");
        }
    }

    @Test
    void aRequestThatWaitsForItsTurnTimesOutToo() throws Exception {
        try (SeedClient hurried = hurried(Duration.ofMillis(200))) {
            relay.script(FakeSeedRelay.NOTHING);
            CompletableFuture<List<MessageEnvelope>> ahead = hurried.fetchAsync("bob");

            assertThat(thrown(() -> hurried.send(HI), RelayException.class).code())
                    .isIn(ErrorCode.TIMED_OUT, ErrorCode.CONNECTION_LOST);
            assertThat(failure(ahead, TimedOutException.class)).isNotNull();
        }
    }

    @Test
    void aFetchWhoseAnswerKeepsMovingDoesNotTimeOut() throws Exception {
        try (SeedClient hurried = hurried(Duration.ofSeconds(2))) {
            relay.script(FakeSeedRelay.NOTHING);
            CompletableFuture<List<MessageEnvelope>> fetched = hurried.fetchAsync("bob");
            FakeSeedRelay.Exchange exchange = relay.next();
            CompletableFuture<Void> pause = new CompletableFuture<>();
            for (int i = 0; i < 8; i++) {
                exchange.write(FakeSeedRelay.fetched(List.of(HI), false));
                assertThat(catchThrowable(() -> pause.get(400, TimeUnit.MILLISECONDS))).isNotNull();
            }
            exchange.answer(FakeSeedRelay.fetched(List.of(), true));

            assertThat(get(fetched)).hasSize(8);
        }
    }

    @Test
    void aLostConnectionFailsAllAtOnce() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        CompletableFuture<String> hello = client.helloAsync("alice");
        CompletableFuture<?> send = client.sendAsync(HI);
        relay.next();
        relay.next();
        CompletableFuture<List<MessageEnvelope>> waiting = client.fetchAsync("bob");

        relay.close();

        assertThat(failure(hello, ConnectionLostException.class).code())
                .isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(failure(send, ConnectionLostException.class))
                .satisfies(lost -> assertThat(lost.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN))
                .hasMessageContaining("twice");
        assertThat(failure(waiting, ConnectionLostException.class).code())
                .isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(client.connected()).isFalse();
        assertThat(thrown(() -> client.send(HI), ConnectionLostException.class).code())
                .isEqualTo(ErrorCode.CONNECTION_LOST);
        assertThat(thrown(() -> client.fetch("bob", e -> {}), ConnectionLostException.class))
                .isNotNull();
    }

    @Test
    void theReasonOfARelayThatClosesIsTold() throws Exception {
        relay.script(exchange -> exchange.closeConnection(15, "going home"));

        assertThat(thrown(() -> client.hello("alice"), ConnectionLostException.class))
                .hasMessageContaining("going home");
    }

    @Test
    void aCancelledSendIsResetAndTheConnectionGoesOn() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        CompletableFuture<?> send = client.sendAsync(HI);
        FakeSeedRelay.Exchange exchange = relay.next();

        send.cancel(false);

        exchange.awaitReset();
        relay.script(FakeSeedRelay.WELL);
        client.hello("alice");
    }

    @Test
    void aCancelledRequestThatWaitsIsNeverSent() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        CompletableFuture<List<MessageEnvelope>> fetch = client.fetchAsync("bob");
        FakeSeedRelay.Exchange first = relay.next();
        CompletableFuture<?> send = client.sendAsync(HI);
        CompletableFuture<String> hello = client.helloAsync("alice");

        send.cancel(false);
        first.answerWell();

        get(fetch);
        FakeSeedRelay.Exchange second = relay.next();
        assertThat(second.request()).isEqualTo(new Request.Hello("alice"));
        second.answerWell();
        get(hello);
        assertThat(relay.quiet()).isTrue();
    }

    @Test
    void aFetchGivenUpTakesTheConnectionAndBringsNothingOutOfTheMailbox() throws Exception {
        relay.put(HI);
        relay.script(FakeSeedRelay.NOTHING);
        CompletableFuture<List<MessageEnvelope>> fetch = client.fetchAsync("bob");
        relay.next();
        CompletableFuture<String> behind = client.helloAsync("alice");

        fetch.cancel(false);

        assertThat(relay.nextEnd())
                .isInstanceOfSatisfying(
                        ConnectionEnd.Orderly.class, end -> assertThat(end.code()).isNotZero());
        assertThat(failure(behind, ConnectionLostException.class))
                .hasMessageContaining("given up with a FETCH");
        assertThat(client.connected()).isFalse();
        assertThat(relay.waiting()).containsExactly(HI);
    }

    @Test
    void anInterruptedCallIsCancelledAndTheThreadStaysInterrupted() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        CompletableFuture<Boolean> marked = new CompletableFuture<>();
        Thread caller =
                new Thread(() -> {
                    thrown.set(catchThrowable(() -> client.send(HI)));
                    marked.complete(Thread.currentThread().isInterrupted());
                });
        caller.start();
        FakeSeedRelay.Exchange exchange = relay.next();

        caller.interrupt();

        assertThat(get(marked)).isTrue();
        assertThat(thrown.get()).isInstanceOf(CancellationException.class);
        exchange.awaitReset();
    }

    @ParameterizedTest
    @ValueSource(strings = {"WRONG\n", "OK", "", "OK\nmore", "\n", "OKAY\n"})
    void aWrongAnswerToSendIsABadAnswer(String answer) {
        relay.script(exchange -> exchange.answer(answer));

        assertThat(thrown(() -> client.send(HI), BadAnswerException.class).code())
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(client.connected()).isTrue();
    }

    @Test
    void aLineThatDoesNotEndIsABadAnswer() {
        relay.script(exchange -> exchange.write(Unpooled.copiedBuffer("x".repeat(5000), UTF_8)));

        assertThat(thrown(() -> client.hello("alice"), BadAnswerException.class).code())
                .isEqualTo(ErrorCode.BAD_ANSWER);
    }

    @Test
    void aFetchAnswerThatEndsTooEarlyIsABadAnswerAndGivesAllBack() throws Exception {
        relay.put(HI);
        relay.script(exchange -> exchange.answer(FakeSeedRelay.fetched(List.of(HI, HI), false)));

        assertThat(thrown(() -> client.fetch("bob"), BadAnswerException.class)).isNotNull();

        relay.nextEnd();
        assertThat(relay.waiting()).containsExactly(HI);
    }

    @Test
    void anEnvelopeTooLargeInAnAnswerIsABadAnswer() {
        relay.script(exchange -> exchange.write(Unpooled.buffer().writeInt(10_000_001)));

        assertThat(thrown(() -> client.fetch("bob"), BadAnswerException.class)).isNotNull();
    }

    @Test
    void anEnvelopeThatCannotBeReadIsABadAnswer() {
        relay.script(exchange ->
                exchange.answer(Unpooled.buffer().writeInt(3).writeZero(3).writeInt(0)));

        assertThat(thrown(() -> client.fetch("bob"), BadAnswerException.class)).isNotNull();
    }

    @Test
    void aRefusalInTheMiddleOfAnAnswerIsARefusalAndGivesAllBack() throws Exception {
        relay.put(HI);
        relay.script(exchange -> {
            exchange.write(FakeSeedRelay.fetched(List.of(HI), false));
            exchange.refuse(ErrorCode.DRAINING, "good night");
        });

        assertThat(thrown(() -> client.fetch("bob"), RefusedException.class).code())
                .isEqualTo(ErrorCode.DRAINING);

        relay.nextEnd();
        assertThat(relay.waiting()).containsExactly(HI);
    }

    @Test
    void aResetStreamIsABadAnswer() {
        relay.script(exchange -> exchange.reset(ErrorCode.INTERNAL.number()));

        assertThat(thrown(() -> client.hello("alice"), BadAnswerException.class).code())
                .isEqualTo(ErrorCode.BAD_ANSWER);
        assertThat(thrown(() -> client.send(HI), BadAnswerException.class).code())
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(client.connected()).isTrue();
    }

    @Test
    void whatWasFetchedIsRemovedByTheNextRequest() throws Exception {
        relay.put(HI);
        client.fetch("bob");
        client.hello("alice");

        try (SeedClient other = SeedClient.connect(relay.address(), config())) {
            assertThat(other.fetch("bob")).isEmpty();
        }
    }

    @Test
    void closingRemovesWhatWasFetched() throws Exception {
        relay.put(HI);
        client.fetch("bob");

        client.close("done");

        assertThat(relay.nextEnd()).isEqualTo(new ConnectionEnd.Orderly(0, "done"));
        assertThat(relay.waiting()).isEmpty();
    }

    @Test
    void closingInTheMiddleOfAFetchGivesAllBack() throws Exception {
        relay.put(HI);
        relay.script(exchange -> exchange.write(FakeSeedRelay.fetched(List.of(HI), false)));
        CompletableFuture<List<MessageEnvelope>> fetch = client.fetchAsync("bob");
        relay.next();

        client.close();

        assertThat(failure(fetch, ClientClosedException.class)).isNotNull();
        assertThat(relay.nextEnd())
                .isInstanceOfSatisfying(
                        ConnectionEnd.Orderly.class, end -> assertThat(end.code()).isNotZero());
    }

    @Test
    void aClosedClientRefusesCallsAndFailsWhatIsOpen() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        CompletableFuture<String> hello = client.helloAsync("alice");
        CompletableFuture<?> send = client.sendAsync(HI);
        relay.next();
        relay.next();

        client.close("enough");
        client.close("again");

        assertThat(failure(hello, ClientClosedException.class).code()).isEqualTo(ErrorCode.CLOSED);
        assertThat(failure(send, ClientClosedException.class).code())
                .isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        assertThat(client.connected()).isFalse();
        assertThat(thrown(() -> client.hello("alice"), ClientClosedException.class)).isNotNull();
        assertThat(failure(client.sendAsync(HI), ClientClosedException.class)).isNotNull();
        assertThat(thrown(() -> client.fetch("bob", e -> {}), ClientClosedException.class))
                .isNotNull();
    }

    @Test
    void fetchesRunOneAfterTheOther() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        List<CompletableFuture<List<MessageEnvelope>>> fetches = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            relay.put(HI);
            fetches.add(client.fetchAsync("bob"));
        }
        for (CompletableFuture<List<MessageEnvelope>> fetch : fetches) {
            FakeSeedRelay.Exchange exchange = relay.next();
            assertThat(relay.quiet()).isTrue();
            exchange.answerWell();
            get(fetch);
        }
        assertThat(get(fetches.get(0))).hasSize(20);
    }

    @Test
    void aHundredRequestsAreOpenAndOthersWaitInOrder() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        List<CompletableFuture<String>> hellos = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            hellos.add(client.helloAsync("c" + i));
        }
        List<FakeSeedRelay.Exchange> open = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            open.add(relay.next());
        }
        assertThat(relay.quiet()).isTrue();

        open.remove(0).answerWell();
        FakeSeedRelay.Exchange next = relay.next();

        assertThat(next.request()).isEqualTo(new Request.Hello("c100"));
        relay.script(FakeSeedRelay.WELL);
        open.forEach(FakeSeedRelay.Exchange::answerWell);
        next.answerWell();
        for (CompletableFuture<String> hello : hellos) {
            assertThat(get(hello)).isEqualTo("WELCOME fake");
        }
    }

    @Test
    void whenTooMuchWaitsTheNextIsRefusedAndABlockingCallWaits() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        try (SeedClient small =
                SeedClient.connect(relay.address(), config().withWaiting(2, 1000))) {
            CompletableFuture<List<MessageEnvelope>> fetch = small.fetchAsync("bob");
            FakeSeedRelay.Exchange ahead = relay.next();
            CompletableFuture<?> first = small.sendAsync(HI);
            CompletableFuture<?> second = small.sendAsync(HI);

            assertThat(failure(small.sendAsync(HI), RefusedException.class).code())
                    .isEqualTo(ErrorCode.OVERLOADED);
            CompletableFuture<Void> blocking = CompletableFuture.runAsync(() -> small.send(HI));
            relay.script(FakeSeedRelay.WELL);
            ahead.answerWell();

            get(fetch);
            get(first);
            get(second);
            get(blocking);
            assertThat(relay.waiting()).hasSize(3);
        }
    }

    @Test
    void aBlockingCallInACallbackNeedsNoSecondThread() throws Exception {
        ExecutorService one = Executors.newSingleThreadExecutor();
        try (SeedClient single =
                SeedClient.connect(relay.address(), config().withCallbackExecutor(one))) {
            CompletableFuture<List<MessageEnvelope>> fetched =
                    single.helloAsync("alice")
                            .thenApply(welcome -> {
                                single.send(HI);
                                List<MessageEnvelope> seen = new ArrayList<>();
                                single.fetch("bob", seen::add);
                                return seen;
                            });

            assertThat(get(fetched)).containsExactly(HI);
        } finally {
            one.shutdownNow();
        }
    }

    @Test
    void callbacksRunOnTheirOwnThreadAndNeverOnAnEventLoop() throws Exception {
        CompletableFuture<String> hello = client.helloAsync("alice");
        CompletableFuture<String> first = hello.thenApply(w -> Thread.currentThread().getName());
        CompletableFuture<String> consumer = new CompletableFuture<>();
        relay.put(HI);
        get(client.fetchAsync("bob", e -> consumer.complete(Thread.currentThread().getName())));

        assertThat(get(first)).isIn("qight-client-callbacks", Thread.currentThread().getName());
        assertThat(get(consumer)).isEqualTo("qight-client-callbacks");
    }

    @Test
    void futuresCompleteThoughTheSuppliedExecutorIsShutDown() throws Exception {
        ExecutorService gone = Executors.newSingleThreadExecutor();
        gone.shutdown();
        try (SeedClient other =
                SeedClient.connect(relay.address(), config().withCallbackExecutor(gone))) {
            assertThat(get(other.helloAsync("alice"))).isEqualTo("WELCOME fake");
        }
    }

    @Test
    void aConsumerGetsAllOnTheCallingThreadAndThenTheyAreRemoved() throws Exception {
        for (int i = 0; i < 1000; i++) {
            relay.put(numbered(i, 5000));
        }
        List<String> seen = new ArrayList<>();
        Thread caller = Thread.currentThread();

        long count =
                client.fetch(
                        "bob",
                        envelope -> {
                            assertThat(Thread.currentThread()).isSameAs(caller);
                            seen.add(envelope.id());
                        });

        assertThat(count).isEqualTo(1000);
        assertThat(seen).hasSize(1000).startsWith("0", "1").endsWith("999");
        assertThat(relay.next().request()).isEqualTo(new Request.Fetch("bob"));
        assertThat(relay.next().request()).isInstanceOf(Request.Hello.class);
        assertThat(relay.nextEnd())
                .isInstanceOfSatisfying(
                        ConnectionEnd.Orderly.class, end -> assertThat(end.code()).isZero());
        assertThat(relay.waiting()).isEmpty();
    }

    @Test
    void aConsumerThatThrowsLeavesAllInTheMailbox() throws Exception {
        relay.put(numbered(0, 10));
        relay.put(numbered(1, 10));
        IllegalArgumentException enough = new IllegalArgumentException("enough");
        Consumer<MessageEnvelope> throwing =
                envelope -> {
                    throw enough;
                };

        assertThatThrownBy(() -> client.fetch("bob", throwing)).isSameAs(enough);
        relay.nextEnd();
        assertThat(relay.waiting()).hasSize(2);
        assertThatThrownBy(() -> get(client.fetchAsync("bob", throwing))).hasCause(enough);
        relay.nextEnd();
        assertThat(relay.waiting()).hasSize(2);
        assertThat(client.connected()).isTrue();
    }

    @Test
    void aConsumerMayUseTheClient() {
        relay.put(numbered(0, 10));
        relay.put(numbered(1, 10));

        client.fetch("bob", envelope -> client.send(HI));

        assertThat(client.fetch("bob")).containsExactly(HI, HI);
    }

    @Test
    void aSlowConsumerHoldsUpTheRelayAndNothingElse() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < 40; i++) {
            relay.put(numbered(i, 1_000_000));
        }
        List<String> seen = new ArrayList<>();
        CompletableFuture<Long> fetched =
                client.fetchAsync(
                        "bob",
                        envelope -> {
                            await(go);
                            seen.add(envelope.id());
                        });
        FakeSeedRelay.Exchange exchange = relay.next();
        for (int i = 0; i < 100; i++) {
            client.hello("alice");
        }
        assertThat(fetched).isNotDone();
        assertThat(exchange.unsentBytes()).isGreaterThan(30_000_000);

        go.countDown();

        assertThat(get(fetched)).isEqualTo(40);
        assertThat(seen).hasSize(40);
    }

    @Test
    void aSlowConsumerDoesNotTimeOut() throws Exception {
        try (SeedClient hurried = hurried(Duration.ofSeconds(1))) {
            for (int i = 0; i < 8; i++) {
                relay.put(numbered(i, 1_000_000));
            }
            CompletableFuture<Void> pause = new CompletableFuture<>();

            long count =
                    hurried.fetch(
                            "bob",
                            envelope -> {
                                if (envelope.id().equals("0")) {
                                    assertThatThrownBy(() -> pause.get(2500, TimeUnit.MILLISECONDS))
                                            .isInstanceOf(TimeoutException.class);
                                }
                            });

            assertThat(count).isEqualTo(8);
        }
    }

    @Test
    void aCancelledFetchWithAConsumerLeavesAllInTheMailboxAndTheClientConnected() throws Exception {
        relay.put(HI);
        relay.script(exchange -> exchange.write(FakeSeedRelay.fetched(List.of(HI), false)));
        CountDownLatch consumed = new CountDownLatch(1);
        CompletableFuture<Long> fetch = client.fetchAsync("bob", e -> consumed.countDown());
        await(consumed);

        fetch.cancel(false);

        assertThat(relay.nextEnd())
                .isInstanceOfSatisfying(
                        ConnectionEnd.Orderly.class, end -> assertThat(end.code()).isNotZero());
        assertThat(relay.waiting()).containsExactly(HI);
        assertThat(client.connected()).isTrue();
    }

    @Test
    void closingTheClientEndsItsFetchesWithConsumers() throws Exception {
        relay.script(exchange -> exchange.write(FakeSeedRelay.fetched(List.of(HI), false)));
        CountDownLatch consumed = new CountDownLatch(1);
        CompletableFuture<Long> fetch = client.fetchAsync("bob", e -> consumed.countDown());
        await(consumed);

        client.close();

        assertThat(failure(fetch, ClientClosedException.class)).isNotNull();
    }

    @Test
    void onlySoManyFetchesWithConsumersRunAtATime() throws Exception {
        relay.script(FakeSeedRelay.NOTHING);
        List<CompletableFuture<Long>> fetches = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            fetches.add(client.fetchAsync("bob", e -> {}));
        }

        assertThat(failure(client.fetchAsync("bob", e -> {}), RefusedException.class).code())
                .isEqualTo(ErrorCode.OVERLOADED);
        List<FakeSeedRelay.Exchange> open = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            open.add(relay.next());
        }
        relay.script(FakeSeedRelay.WELL);
        open.forEach(FakeSeedRelay.Exchange::answerWell);
        for (CompletableFuture<Long> fetch : fetches) {
            assertThat(get(fetch)).isZero();
        }
        assertThat(client.fetch("bob", e -> {})).isZero();
    }

    @Test
    void aTruncatedAnswerToAFetchWithAConsumerIsABadAnswer() throws Exception {
        relay.put(HI);
        relay.script(exchange -> exchange.answer(FakeSeedRelay.fetched(List.of(HI), false)));

        assertThat(thrown(() -> client.fetch("bob", e -> {}), BadAnswerException.class))
                .isNotNull();

        relay.nextEnd();
        assertThat(relay.waiting()).containsExactly(HI);
        assertThat(client.connected()).isTrue();
    }

    @Test
    void manyThreadsMayUseOneClient() throws Exception {
        int threads = 16;
        int each = 100;
        ExecutorService callers = Executors.newFixedThreadPool(threads);
        try {
            List<CompletableFuture<Void>> done = new ArrayList<>();
            List<MessageEnvelope> fetched = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                done.add(
                        CompletableFuture.runAsync(
                                () -> {
                                    for (int i = 0; i < each; i++) {
                                        client.send(numbered(thread * each + i, i * 10));
                                        if (i % 25 == 0) {
                                            List<MessageEnvelope> some = client.fetch("bob");
                                            synchronized (fetched) {
                                                fetched.addAll(some);
                                            }
                                        }
                                    }
                                },
                                callers));
            }
            for (CompletableFuture<Void> one : done) {
                get(one);
            }
            fetched.addAll(client.fetch("bob"));

            assertThat(fetched)
                    .extracting(MessageEnvelope::id)
                    .hasSize(threads * each)
                    .doesNotHaveDuplicates();
        } finally {
            callers.shutdownNow();
        }
    }

    @Test
    void thousandsOfFuturesArePipelined() throws Exception {
        List<CompletableFuture<?>> sends = new ArrayList<>();
        for (int i = 0; i < 5000; i++) {
            sends.add(client.sendAsync(numbered(i, 100)));
        }
        for (CompletableFuture<?> send : sends) {
            get(send);
        }
        assertThat(relay.waiting()).hasSize(5000);
    }

    private ClientConfig config() {
        return ClientConfig.defaults().withTrust(relay.trust());
    }

    private SeedClient hurried(Duration requestTimeout) {
        return SeedClient.connect(relay.address(), config().withRequestTimeout(requestTimeout));
    }

    private static MessageEnvelope numbered(int number, int payloadBytes) {
        return MessageEnvelope.builder()
                .id(Integer.toString(number))
                .recipient("bob")
                .payload(new byte[payloadBytes])
                .build();
    }

    private static <T extends @Nullable Object> T get(CompletableFuture<T> future)
            throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static <E extends Throwable> E thrown(Runnable call, Class<E> type) {
        return catchThrowableOfType(type, call::run);
    }

    private static <E extends Throwable> E failure(CompletableFuture<?> future, Class<E> type) {
        ExecutionException thrown =
                catchThrowableOfType(ExecutionException.class, () -> get(future));
        return type.cast(Objects.requireNonNull(thrown.getCause()));
    }
}
