package io.qight.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.Unpooled;
import io.qight.transport.ConnectionEnd;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Mode;
import io.qight.wire.v1.Ranges;
import io.qight.wire.v1.ReceiptOutcome;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RelayClientIT {
    private static final MessageEnvelope HI =
            MessageEnvelope.builder().sender("alice").recipient("bob").payload("hi").build();
    private static final Receipt STORED = new Receipt.Stored(Durability.FSYNC);
    private static final long LEASE = 30_000;

    @TempDir Path directory;
    private final BlockingQueue<ClientState> states = new LinkedBlockingQueue<>();
    private ScriptedRelay relay;
    private @Nullable RelayClient open;

    @BeforeEach
    void start() {
        relay = ScriptedRelay.start(directory);
    }

    @AfterEach
    void close() {
        if (open != null) {
            open.close(Duration.ofMillis(100));
        }
        relay.close();
    }

    @Test
    void connectedMeansThatTheRelayHasSaidWelcome() throws Exception {
        RelayClient client = connect(config().withClientId("me"));

        assertThat(client.relayName()).isEqualTo("scripted");
        assertThat(client.state()).isEqualTo(new ClientState.Connected("scripted"));
        assertThat(nextState()).isInstanceOf(ClientState.Connected.class);
    }

    @Test
    void theClientIdIsSaidInHello() throws Exception {
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Hello) {
                relay.keep(stream, frame);
            }
            return false;
        });
        connect(config().withClientId("me"));

        assertThat(relay.next(Frame.Hello.class).frame().clientId()).isEqualTo("me");
    }

    @Test
    void withoutWelcomeNobodyIsConnected() {
        relay.script((stream, frame) -> true);

        assertThatThrownBy(() -> connect(config().withConnectTimeout(Duration.ofSeconds(1))))
                .isInstanceOf(TimedOutException.class);
    }

    @Test
    void aConnectionLostBeforeWelcomeIsMadeAnew() {
        relay.script((stream, frame) -> {
            if (relay.connections.get() < 3) {
                stream.closeConnection(0, "");
                return true;
            }
            return false;
        });
        RelayClient client = connect(config());

        assertThat(relay.connections).hasValue(3);
        assertThat(client.send(HI)).isEqualTo(STORED);
    }

    @Test
    void connectionsThatAreLostBeforeWelcomeAreMadeForAsLongAsConnectingMayTake() {
        relay.script((stream, frame) -> {
            stream.closeConnection(0, "");
            return true;
        });

        assertThatThrownBy(() -> connect(config().withConnectTimeout(Duration.ofSeconds(1))))
                .isInstanceOf(TimedOutException.class);
        assertThat(relay.connections).hasValueGreaterThan(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoIsNotLetInHearsWhy(boolean byFrame) {
        relay.script((stream, frame) -> {
            if (byFrame) {
                stream.write(new Frame.StreamError(12, "not you"));
            } else {
                stream.closeConnection(12, "not you");
            }
            return true;
        });

        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> connect(config()));
        assertThat(refused.code()).isEqualTo(ErrorCode.NOT_ALLOWED);
        assertThat(refused).hasMessage("not you");
    }

    @Test
    void aRelayThatAnswersNoPingIsLostInTheTimeGiven() throws Exception {
        relay.script((stream, frame) -> frame instanceof Frame.Ping);
        RelayClient client = connect(config().withPing(Duration.ofMillis(5), Duration.ofMillis(5)));

        assertThat(nextState()).isInstanceOf(ClientState.Connected.class);
        assertThat(nextState()).isInstanceOf(ClientState.Waiting.class);
        relay.script(ScriptedRelay.PLAIN);
        await(() -> client.state() instanceof ClientState.Connected);
        assertThat(client.send(HI)).isEqualTo(STORED);
    }

    @Test
    void aCertificateThatIsNotTrustedIsRefused() {
        assertThatThrownBy(() -> connect(config().withTrust(Trust.fingerprint("ab".repeat(32)))))
                .isInstanceOf(UntrustedException.class);
    }

    @Test
    void aRelayOfVersion0AloneIsNotSpokenTo() {
        try (ScriptedRelay old = ScriptedRelay.start(directory.resolve("old"), "qight")) {
            ClientConfig config = ClientConfig.defaults().withTrust(old.trust());
            ConnectFailedException failed =
                    catchThrowableOfType(
                            ConnectFailedException.class,
                            () -> RelayClient.connect(old.address(), config));
            assertThat(failed.code()).isEqualTo(ErrorCode.NOT_SUPPORTED);
        }
    }

    @Test
    void connectingCanBeCancelled() throws Exception {
        relay.script((stream, frame) -> true);
        CompletableFuture<RelayClient> connecting =
                RelayClient.connectAsync(relay.address(), config());
        await(() -> relay.connections.get() == 1);
        connecting.cancel(false);

        assertThat(relay.nextEnd()).isInstanceOf(ConnectionEnd.Orderly.class);
    }

    @Test
    void aSendReturnsItsReceipt() throws Exception {
        RelayClient client = connect(config());

        assertThat(client.send(HI)).isEqualTo(STORED);
        assertThat(get(client.sendAsync(HI))).isEqualTo(STORED);
    }

    @Test
    void sendsArePipelinedInOrderOnOneStream() throws Exception {
        List<Long> numbers = new ArrayList<>();
        AtomicInteger outboxes = new AtomicInteger();
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Send send) {
                numbers.add(send.number());
                if (send.number() == 3_000) {
                    stream.write(new Frame.Receipt(1, 2_999, new ReceiptOutcome.Stored(1)));
                }
                return true;
            } else if (frame instanceof Frame.Outbox) {
                outboxes.incrementAndGet();
            }
            return false;
        });
        RelayClient client = connect(config());
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            receipts.add(client.sendAsync(HI));
        }

        for (CompletableFuture<Receipt> receipt : receipts) {
            assertThat(get(receipt)).isEqualTo(STORED);
        }
        assertThat(numbers).hasSize(3_000).isSorted();
        assertThat(outboxes).hasValue(1);
    }

    @Test
    void aLargeEnvelopeIsSentWhole() throws Exception {
        MessageEnvelope large =
                MessageEnvelope.builder().recipient("bob").payload(new byte[9_999_000]).build();
        CompletableFuture<MessageEnvelope> arrived = new CompletableFuture<>();
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Send send) {
                arrived.complete(EnvelopeCodec.decode(send.envelope(), 0));
            }
            return false;
        });

        assertThat(connect(config()).send(large)).isEqualTo(STORED);
        assertThat(get(arrived)).isEqualTo(large);
    }

    @Test
    void aRefusalHasTheRelaysCodeAndSentence() {
        relay.script((stream, frame) -> refuse(stream, frame, ErrorCode.INVALID_TTL));
        RelayClient client = connect(config());

        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> client.send(HI));
        assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_TTL);
        assertThat(refused.retryable()).isFalse();
        assertThat(failure(client.sendAsync(HI))).isInstanceOf(RefusedException.class);
    }

    @Test
    void whatIsRefusedForNowIsTriedAgain() {
        AtomicInteger tries = new AtomicInteger();
        relay.script((stream, frame) ->
                frame instanceof Frame.Send
                        && tries.incrementAndGet() < 3
                        && refuse(stream, frame, ErrorCode.MAILBOX_FULL));

        assertThat(connect(config()).send(HI)).isEqualTo(STORED);
        assertThat(tries).hasValue(3);
    }

    @Test
    void whatIsRefusedTooLongIsGivenUp() throws Exception {
        relay.script((stream, frame) -> refuse(stream, frame, ErrorCode.MAILBOX_FULL));
        RelayClient client = connect(config().withSendTimeout(Duration.ofMillis(300)));

        RefusedException refused =
                catchThrowableOfType(RefusedException.class, () -> client.send(HI));
        assertThat(refused.code()).isEqualTo(ErrorCode.MAILBOX_FULL);
        assertThat(refused.retryable()).isTrue();
        assertThat(relay.next(Frame.GiveUp.class).frame().numbers()).isEqualTo(Ranges.of(1, 1));
    }

    @Test
    void whatNoRelayTakesIsRefusedHere() {
        RelayClient client = connect(config());
        MessageEnvelope nobody = MessageEnvelope.builder().payload("hi").build();
        MessageEnvelope large =
                MessageEnvelope.builder().recipient("bob").payload(new byte[10_000_000]).build();

        assertThat(catchThrowableOfType(RefusedException.class, () -> client.send(nobody)).code())
                .isEqualTo(ErrorCode.INVALID_MAILBOX);
        assertThat(failure(client.sendAsync(large)).code()).isEqualTo(ErrorCode.ENVELOPE_SIZE);
        assertThatThrownBy(() -> client.subscribe(List.of("a\nb"), delivery -> {}))
                .isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> client.fetch("")).isInstanceOf(RefusedException.class);
    }

    @Test
    void onlySoMuchMayWait() throws Exception {
        BlockingQueue<Frame.Send> sends = new LinkedBlockingQueue<>();
        CompletableFuture<ScriptedRelay.Stream> stream = new CompletableFuture<>();
        relay.script((on, frame) -> {
            if (frame instanceof Frame.Send send) {
                stream.complete(on);
                sends.add(send);
                return true;
            }
            return false;
        });
        RelayClient client = connect(config().withWaiting(2, 1_000_000));
        CompletableFuture<Receipt> first = client.sendAsync(HI);
        CompletableFuture<Receipt> second = client.sendAsync(HI);

        assertThat(failure(client.sendAsync(HI)).code()).isEqualTo(ErrorCode.OVERLOADED);
        CompletableFuture<Receipt> third = CompletableFuture.supplyAsync(() -> client.send(HI));
        get(stream).write(new Frame.Receipt(1, 0, new ReceiptOutcome.Stored(1)));
        get(first);
        await(() -> sends.size() == 3);
        get(stream).write(new Frame.Receipt(2, 1, new ReceiptOutcome.Stored(1)));
        get(second);
        assertThat(get(third)).isEqualTo(STORED);
        get(client.sendAsync(HI).orTimeout(1, TimeUnit.MILLISECONDS).handle((r, e) -> true));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 16})
    void aLostConnectionLosesNoSend(int code) throws Exception {
        AtomicInteger connection = new AtomicInteger();
        List<Frame.Outbox> outboxes = new ArrayList<>();
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Hello) {
                connection.incrementAndGet();
            } else if (frame instanceof Frame.Outbox outbox) {
                outboxes.add(outbox);
            } else if (frame instanceof Frame.Send send) {
                if (connection.get() == 1) {
                    if (send.number() == 3) {
                        stream.closeConnection(code, "gone");
                    }
                    return true;
                } else if (send.number() <= 3) {
                    stream.write(
                            new Frame.Receipt(send.number(), 0, new ReceiptOutcome.Duplicate(1)));
                    return true;
                }
            }
            return false;
        });
        RelayClient client = connect(config());
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            receipts.add(client.sendAsync(HI));
        }

        for (CompletableFuture<Receipt> receipt : receipts) {
            assertThat(get(receipt)).isEqualTo(new Receipt.Duplicate(Durability.FSYNC));
        }
        assertThat(client.send(HI)).isEqualTo(STORED);
        assertThat(outboxes).hasSize(2);
        assertThat(outboxes.get(1).outbox()).isEqualTo(outboxes.get(0).outbox());
        assertThat(outboxes.get(1).opening()).isGreaterThan(outboxes.get(0).opening());
        assertThat(outboxes.get(1).tried()).isEqualTo(3);
        assertThat(nextState()).isInstanceOf(ClientState.Connected.class);
        assertThat(nextState()).isInstanceOf(ClientState.Waiting.class);
        assertThat(nextState()).isInstanceOf(ClientState.Connecting.class);
        assertThat(nextState()).isInstanceOf(ClientState.Connected.class);
    }

    @Test
    void aBadAnswerClosesTheConnectionAndTheNextOneServes() throws Exception {
        AtomicInteger sends = new AtomicInteger();
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Send && sends.incrementAndGet() == 1) {
                stream.write(new Frame.Receipt(7, 0, new ReceiptOutcome.Stored(1)));
                return true;
            }
            return false;
        });
        RelayClient client = connect(config());

        assertThat(client.send(HI)).isEqualTo(STORED);
        ConnectionEnd.Orderly end = (ConnectionEnd.Orderly) relay.nextEnd();
        assertThat(end.code()).isEqualTo(ErrorCode.BAD_ANSWER.number());
    }

    @Test
    void bytesThatAreNoFrameAreABadAnswer() throws Exception {
        RelayClient client = connect(config());
        Subscribing on = subscribing(client, "bob");
        on.stream.write(Unpooled.wrappedBuffer(new byte[] {1, 63}));

        ConnectionEnd.Orderly end = (ConnectionEnd.Orderly) relay.nextEnd();
        assertThat(end.code()).isEqualTo(ErrorCode.BAD_ANSWER.number());
    }

    @Test
    void aStreamThatIsResetIsOpenedAgain() throws Exception {
        AtomicInteger outboxes = new AtomicInteger();
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Outbox && outboxes.incrementAndGet() == 1) {
                stream.reset(16);
                return true;
            }
            return false;
        });
        RelayClient client = connect(config());

        assertThat(client.send(HI)).isEqualTo(STORED);
        assertThat(outboxes).hasValue(2);
        assertThat(relay.connections).hasValue(1);
    }

    @Test
    void anErrorOnAStreamEndsItAlone() throws Exception {
        AtomicInteger outboxes = new AtomicInteger();
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Outbox && outboxes.incrementAndGet() == 1) {
                stream.write(new Frame.StreamError(27, "too many"));
                stream.finish();
                return true;
            }
            return false;
        });
        RelayClient client = connect(config());

        assertThat(client.send(HI)).isEqualTo(STORED);
        assertThat(outboxes).hasValue(2);
        assertThat(relay.connections).hasValue(1);
    }

    @Test
    void aRelayThatDrainsIsLeftAndComeBackTo() throws Exception {
        CompletableFuture<ScriptedRelay.Stream> control = new CompletableFuture<>();
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Hello) {
                control.complete(stream);
            }
            return false;
        });
        RelayClient client = connect(config());
        client.send(HI);
        get(control).write(new Frame.GoAway(15, "upgrade", 5_000, 50));

        assertThat(nextState()).isInstanceOf(ClientState.Connected.class);
        assertThat(nextState()).isEqualTo(new ClientState.Draining("upgrade"));
        CompletableFuture<Receipt> later = client.sendAsync(HI);
        assertThat(nextState()).isInstanceOf(ClientState.Waiting.class);
        assertThat(nextState()).isInstanceOf(ClientState.Connecting.class);
        assertThat(nextState()).isInstanceOf(ClientState.Connected.class);
        assertThat(get(later)).isEqualTo(STORED);
    }

    @Test
    void aRelayThatDoesNotAllowTheClientAnyMoreEndsIt() throws Exception {
        CompletableFuture<ScriptedRelay.Stream> control = new CompletableFuture<>();
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Hello) {
                control.complete(stream);
            }
            return frame instanceof Frame.Send;
        });
        RelayClient client = connect(config());
        CompletableFuture<Receipt> send = client.sendAsync(HI);
        get(control).write(new Frame.StreamError(12, "not any more"));

        assertThat(failure(send)).isInstanceOf(ClientClosedException.class);
        assertThat(client.state()).isInstanceOf(ClientState.Closed.class);
        assertThat(failure(client.sendAsync(HI)).code()).isEqualTo(ErrorCode.CLOSED);
        assertThatThrownBy(() -> client.subscribe(List.of("bob"), delivery -> {}))
                .isInstanceOf(ClientClosedException.class);
    }

    @Test
    void aDeliveryIsAckedWhenItsHandlerReturns() throws Exception {
        RelayClient client = connect(config());
        CountDownLatch handling = new CountDownLatch(1);
        CompletableFuture<String> text = new CompletableFuture<>();
        Subscribing on =
                subscribing(
                        client,
                        "bob",
                        delivery -> {
                            text.complete(delivery.envelope().payloadText());
                            handling.await();
                        });
        on.stream.write(ScriptedRelay.deliver(0, 1, HI));

        assertThat(get(text)).isEqualTo("hi");
        assertThat(relay.quiet()).isTrue();
        handling.countDown();
        assertThat(relay.next(Frame.Ack.class).frame().deliveries()).isEqualTo(Ranges.of(1, 1));
    }

    @Test
    void whatItsHandlerThrowsIsTheReasonOfTheNack() throws Exception {
        RelayClient client = connect(config());
        Subscribing on =
                subscribing(
                        client,
                        "bob",
                        delivery -> {
                            throw new IOException("disk full");
                        });
        on.stream.write(ScriptedRelay.deliver(0, 1, HI));

        Frame.Nack nack = relay.next(Frame.Nack.class).frame();
        assertThat(nack.reason()).isEqualTo("disk full");
        assertThat(nack.dead()).isFalse();
        assertThat(nack.delayMillis()).isEqualTo(1_000);
    }

    @Test
    void byHandAnAckSaysWhetherTheRelayRemovedIt() throws Exception {
        RelayClient client = connect(config());
        BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
        Subscribing on =
                subscribing(
                        client,
                        "bob",
                        deliveries::add,
                        SubscribeOptions.defaults().withManualAck());
        for (int i = 1; i <= 5; i++) {
            on.stream.write(ScriptedRelay.deliver(0, i, HI));
        }
        CompletableFuture<Boolean> first = take(deliveries).ack();
        assertThat(relay.next(Frame.Ack.class).frame().deliveries()).isEqualTo(Ranges.of(1, 1));
        on.stream.write(new Frame.Acked(Ranges.of(1, 1)));
        assertThat(get(first)).isTrue();
        CompletableFuture<Boolean> second = take(deliveries).ack();
        relay.next(Frame.Ack.class);
        on.stream.write(new Frame.LeaseLost(Ranges.of(2, 2), 43));
        assertThat(get(second)).isFalse();
        take(deliveries).nack(Duration.ofSeconds(3), "later");
        assertThat(relay.next(Frame.Nack.class).frame())
                .isEqualTo(new Frame.Nack(Ranges.of(3, 3), 3_000, false, "later"));
        take(deliveries).dead("never");
        assertThat(relay.next(Frame.Nack.class).frame())
                .isEqualTo(new Frame.Nack(Ranges.of(4, 4), 0, true, "never"));
        Delivery last = take(deliveries);
        assertThat(last.timeLeft()).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(60));
        last.extend(Duration.ofMinutes(5));
        assertThat(relay.next(Frame.Extend.class).frame())
                .isEqualTo(new Frame.Extend(Ranges.of(5, 5), 300_000));
        on.stream.write(new Frame.LeaseLost(Ranges.of(5, 5), 0));
        await(last::leaseLost);
    }

    @Test
    void theSubscriptionAsksForWhatItsOptionsSay() throws Exception {
        RelayClient client = connect(config());
        SubscribeOptions options =
                SubscribeOptions.defaults()
                        .withExclusive()
                        .withCredit(700, 800_000)
                        .withLease(Duration.ofSeconds(9));
        Subscribing on = subscribing(client, "bob", delivery -> {}, options);

        assertThat(on.first.mode()).isEqualTo(Mode.EXCLUSIVE);
        assertThat(on.first.creditEnvelopes()).isEqualTo(700);
        assertThat(on.first.creditBytes()).isEqualTo(800_000);
        assertThat(on.first.leaseMillis()).isEqualTo(9_000);
    }

    @Test
    void aRefusedMailboxIsThrown() throws Exception {
        RelayClient client = connect(config());
        CompletableFuture<Subscription> subscribing =
                CompletableFuture.supplyAsync(
                        () -> client.subscribe(List.of("bob", "carol"), delivery -> {}));
        ScriptedRelay.Stream stream = relay.next(Frame.Subscribe.class).stream();
        stream.write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 0));
        stream.write(new Frame.NotAdded(1, 29, "others share it"));

        assertThat(failure(subscribing).code()).isEqualTo(ErrorCode.MODE_CONFLICT);
        relay.nextFin();
        stream.finish();
    }

    @Test
    void aMailboxTakenOverEndsItsSubscription() throws Exception {
        RelayClient client = connect(config());
        CompletableFuture<String> refused = new CompletableFuture<>();
        Subscribing on =
                subscribing(
                        client,
                        "bob",
                        delivery -> {},
                        SubscribeOptions.defaults()
                                .withRefusedListener((mailbox, why) ->
                                        refused.complete(mailbox + " " + why.code().token())));
        on.stream.write(new Frame.Removed(0, ErrorCode.TAKEN_OVER.number()));

        assertThat(get(refused)).isEqualTo("bob taken_over");
        relay.nextFin();
        on.stream.finish();
        assertThat(failure(on.subscription.ended()).code()).isEqualTo(ErrorCode.TAKEN_OVER);
    }

    @Test
    void mailboxesComeAndGo() throws Exception {
        RelayClient client = connect(config());
        Subscribing on = subscribing(client, "bob");
        CompletableFuture<@Nullable Void> added = on.subscription.add("carol");
        assertThat(relay.next(Frame.Add.class).frame()).isEqualTo(new Frame.Add(1, "carol"));
        on.stream.write(new Frame.Added(1, 0), new Frame.CaughtUp(1, 0));
        get(added.thenApply(done -> true));
        on.stream.write(new Frame.CaughtUp(0, 0));
        get(on.subscription.caughtUp().thenApply(done -> true));
        CompletableFuture<@Nullable Void> removed = on.subscription.remove("bob");
        assertThat(relay.next(Frame.Remove.class).frame()).isEqualTo(new Frame.Remove(0));
        on.stream.write(new Frame.Removed(0, 0));
        get(removed.thenApply(done -> true));
        assertThat(failure(on.subscription.remove("bob")).code()).isEqualTo(ErrorCode.WRONG_STATE);
        assertThat(failure(on.subscription.add("carol")).code()).isEqualTo(ErrorCode.WRONG_STATE);
    }

    @Test
    void drainedWaitsForTheHandlersAndTheAnswersToTheirAcks() throws Exception {
        RelayClient client = connect(config());
        CountDownLatch handling = new CountDownLatch(1);
        Subscribing on = subscribing(client, "bob", delivery -> handling.await());
        on.stream.write(ScriptedRelay.deliver(0, 1, HI), new Frame.CaughtUp(0, 1));
        CompletableFuture<@Nullable Void> drained = on.subscription.drained();
        get(on.subscription.caughtUp().thenApply(done -> true));
        assertThat(drained).isNotDone();
        handling.countDown();
        relay.next(Frame.Ack.class);
        assertThat(drained).isNotDone();
        on.stream.write(new Frame.Acked(Ranges.of(1, 1)));
        get(drained.thenApply(done -> true));
    }

    @Test
    void theNextConnectionResumesTheSubscription() throws Exception {
        RelayClient client = connect(config());
        CountDownLatch handling = new CountDownLatch(1);
        Subscribing on = subscribing(client, "bob", delivery -> handling.await());
        on.stream.write(ScriptedRelay.deliver(0, 1, HI), ScriptedRelay.deliver(0, 2, HI));
        on.stream.write(new Frame.LeaseLost(Ranges.of(2, 2), 0));
        relay.next(Frame.Nack.class);
        on.stream.closeConnection(0, "");

        ScriptedRelay.Of<Frame.Subscribe> again = relay.next(Frame.Subscribe.class);
        assertThat(again.frame().subscription()).isEqualTo(on.first.subscription());
        assertThat(again.frame().known()).isEqualTo(2);
        assertThat(again.frame().hold()).isEqualTo(1);
        assertThat(relay.next(Frame.Hold.class).frame().deliveries()).isEqualTo(Ranges.of(1, 1));
        assertThat(relay.next(Frame.Add.class).frame()).isEqualTo(new Frame.Add(0, "bob"));
        again.stream()
                .write(
                        new Frame.Subscribed(true, LEASE, 3, 1),
                        new Frame.Held(Ranges.of(1, 1)),
                        new Frame.Added(0, 1));
        handling.countDown();
        assertThat(relay.next(Frame.Ack.class).frame().deliveries()).isEqualTo(Ranges.of(1, 1));
    }

    @Test
    void aHandlerMayBlockOnTheClientThoughTheExecutorHasOneThread() throws Exception {
        ExecutorService one = Executors.newSingleThreadExecutor();
        try {
            RelayClient client = connect(config().withCallbackExecutor(one));
            CompletableFuture<Receipt> receipt = new CompletableFuture<>();
            Subscribing on =
                    subscribing(client, "bob", delivery -> receipt.complete(client.send(HI)));
            on.stream.write(ScriptedRelay.deliver(0, 1, HI));

            assertThat(get(receipt)).isEqualTo(STORED);
            relay.next(Frame.Ack.class);
            // No answer to the ack: the close has its bound.
            client.close(Duration.ofMillis(100));
        } finally {
            one.shutdown();
        }
    }

    @Test
    void aSlowHandlerLeavesTheOnlyThreadToOthersInBetween() throws Exception {
        ThreadPoolExecutor one =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        try {
            RelayClient client = connect(config().withCallbackExecutor(one));
            List<String> handled = new CopyOnWriteArrayList<>();
            CountDownLatch last = new CountDownLatch(3);
            AtomicBoolean alone = new AtomicBoolean(true);
            Subscribing slow =
                    subscribing(
                            client,
                            "bob",
                            delivery -> {
                                if (alone.getAndSet(false)) {
                                    await(() -> !one.getQueue().isEmpty());
                                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
                                }
                                handled.add("slow");
                                last.countDown();
                            });
            Subscribing other =
                    subscribing(
                            client,
                            "bob",
                            delivery -> {
                                handled.add("other");
                                last.countDown();
                            });
            slow.stream.write(ScriptedRelay.deliver(0, 1, HI), ScriptedRelay.deliver(0, 2, HI));
            await(() -> !alone.get());
            other.stream.write(ScriptedRelay.deliver(0, 1, HI));

            assertThat(last.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(handled).containsExactly("slow", "other", "slow");
            client.close(Duration.ofMillis(100));
        } finally {
            one.shutdown();
        }
    }

    @Test
    void handlersRunOneAfterTheOtherOrAsManyAsWished() throws Exception {
        RelayClient client = connect(config());
        CountDownLatch both = new CountDownLatch(2);
        Subscribing on =
                subscribing(
                        client,
                        "bob",
                        delivery -> {
                            both.countDown();
                            assertThat(both.await(10, TimeUnit.SECONDS)).isTrue();
                        },
                        SubscribeOptions.defaults().withConcurrency(2));
        on.stream.write(ScriptedRelay.deliver(0, 1, HI), ScriptedRelay.deliver(0, 2, HI));

        assertThat(both.await(10, TimeUnit.SECONDS)).isTrue();
        relay.next(Frame.Ack.class);
    }

    @Test
    void closingASubscriptionEndsItsStreamInOrder() throws Exception {
        RelayClient client = connect(config());
        CountDownLatch handling = new CountDownLatch(1);
        CountDownLatch began = new CountDownLatch(1);
        Subscribing on =
                subscribing(
                        client,
                        "bob",
                        delivery -> {
                            began.countDown();
                            handling.await();
                        });
        on.stream.write(ScriptedRelay.deliver(0, 1, HI), ScriptedRelay.deliver(0, 2, HI));
        assertThat(began.await(10, TimeUnit.SECONDS)).isTrue();
        CompletableFuture<Boolean> closing = closing(on.subscription);
        await(() -> failure(on.subscription.remove("zoe")).code() == ErrorCode.CLOSED);
        handling.countDown();

        assertThat(relay.next(Frame.Ack.class).frame().deliveries()).isEqualTo(Ranges.of(1, 1));
        relay.nextFin();
        on.stream.write(new Frame.Acked(Ranges.of(1, 1)));
        on.stream.finish();
        get(closing);
        get(on.subscription.ended().thenApply(done -> true));
        assertThat(client.send(HI)).isEqualTo(STORED);
    }

    @Test
    void closingTheClientWaitsForReceipts() throws Exception {
        CompletableFuture<ScriptedRelay.Stream> sent = new CompletableFuture<>();
        relay.script((stream, frame) -> {
            boolean send = frame instanceof Frame.Send;
            if (send) {
                sent.complete(stream);
            }
            return send;
        });
        RelayClient client = connect(config());
        CompletableFuture<Receipt> receipt = client.sendAsync(HI);
        get(sent);
        CompletableFuture<Boolean> closing = closing(client);
        await(() -> failsAsClosed(client));
        get(sent).write(new Frame.Receipt(1, 0, new ReceiptOutcome.Stored(1)));

        assertThat(get(receipt)).isEqualTo(STORED);
        get(closing);
        assertThat(((ConnectionEnd.Orderly) relay.nextEnd()).code()).isZero();
        assertThat(client.state()).isInstanceOf(ClientState.Closed.class);
    }

    @Test
    void closingOneClientLeavesTheOthers() {
        RelayClient client = connect(config());
        RelayClient other = connect(config());
        client.close();

        assertThat(other.send(HI)).isEqualTo(STORED);
        assertThatThrownBy(() -> client.send(HI)).isInstanceOf(ClientClosedException.class);
    }

    @Test
    void closingTheClientHasABound() throws Exception {
        relay.script((stream, frame) -> frame instanceof Frame.Send);
        RelayClient client = connect(config());
        CompletableFuture<Receipt> receipt = client.sendAsync(HI);
        client.close(Duration.ofMillis(200));

        assertThat(failure(receipt).code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN);
        client.close();
        assertThat(failure(client.sendAsync(HI)).code()).isEqualTo(ErrorCode.CLOSED);
        assertThatThrownBy(() -> client.send(HI)).isInstanceOf(ClientClosedException.class);
        assertThatThrownBy(() -> client.fetch("bob")).isInstanceOf(ClientClosedException.class);
        assertThatThrownBy(() -> client.subscribe(List.of("bob"), delivery -> {}))
                .isInstanceOf(ClientClosedException.class);
    }

    @Test
    void aFetchTakesWhatWaitsAndReturnsWhenItIsRemoved() throws Exception {
        RelayClient client = connect(config());
        CompletableFuture<List<MessageEnvelope>> fetched =
                CompletableFuture.supplyAsync(() -> client.fetch("bob"));
        ScriptedRelay.Stream stream = relay.next(Frame.Subscribe.class).stream();
        stream.write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 2));
        stream.write(ScriptedRelay.deliver(0, 1, HI), ScriptedRelay.deliver(0, 2, HI));
        stream.write(new Frame.CaughtUp(0, 2));

        acked(stream, 2);
        relay.nextFin();
        assertThat(fetched).isNotDone();
        stream.finish();
        assertThat(get(fetched)).containsExactly(HI, HI);
    }

    @Test
    void aFetchOfAnEmptyMailboxHasNothing() throws Exception {
        RelayClient client = connect(config());
        CompletableFuture<List<MessageEnvelope>> fetched = client.fetchAsync("bob");
        ScriptedRelay.Stream stream = relay.next(Frame.Subscribe.class).stream();
        stream.write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 0));
        stream.write(new Frame.CaughtUp(0, 0));
        relay.nextFin();
        stream.finish();

        assertThat(get(fetched)).isEmpty();
    }

    @Test
    void whatAConsumerThrowsIsThrownAndTheRestIsGivenBack() throws Exception {
        RelayClient client = connect(config());
        IllegalStateException full = new IllegalStateException("full");
        List<MessageEnvelope> seen = new ArrayList<>();
        CompletableFuture<Long> fetched =
                CompletableFuture.supplyAsync(() ->
                        client.fetch(
                                "bob",
                                envelope -> {
                                    seen.add(envelope);
                                    if (seen.size() == 2) {
                                        throw full;
                                    }
                                }));
        ScriptedRelay.Stream stream = relay.next(Frame.Subscribe.class).stream();
        stream.write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 3));
        for (int i = 1; i <= 3; i++) {
            stream.write(ScriptedRelay.deliver(0, i, HI));
        }
        acked(stream, 1);
        relay.nextFin();
        stream.finish();

        assertThatThrownBy(() -> get(fetched)).hasCause(full);
        assertThat(seen).hasSize(2);
    }

    @Test
    void aFetchThatFailsInTheMiddleReturnsWhatItHasRemoved() throws Exception {
        RelayClient client = connect(config().withRequestTimeout(Duration.ofMillis(500)));
        CompletableFuture<List<MessageEnvelope>> fetched =
                CompletableFuture.supplyAsync(() -> client.fetch("bob"));
        ScriptedRelay.Stream stream = relay.next(Frame.Subscribe.class).stream();
        stream.write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 2));
        stream.write(ScriptedRelay.deliver(0, 1, HI));

        assertThat(get(fetched)).containsExactly(HI);
    }

    @Test
    void aFetchThatStandsStillIsGivenUp() {
        RelayClient client = connect(config().withRequestTimeout(Duration.ofMillis(200)));

        assertThatThrownBy(() -> client.fetch("bob")).isInstanceOf(TimedOutException.class);
        assertThatThrownBy(() -> client.subscribe(List.of("bob"), delivery -> {}))
                .isInstanceOf(TimedOutException.class);
    }

    private record Subscribing(
            Subscription subscription, ScriptedRelay.Stream stream, Frame.Subscribe first) {}

    private Subscribing subscribing(RelayClient client, String mailbox) throws Exception {
        return subscribing(client, mailbox, delivery -> {});
    }

    private Subscribing subscribing(RelayClient client, String mailbox, DeliveryHandler handler)
            throws Exception {
        return subscribing(client, mailbox, handler, SubscribeOptions.defaults());
    }

    private Subscribing subscribing(
            RelayClient client, String mailbox, DeliveryHandler handler, SubscribeOptions options)
            throws Exception {
        CompletableFuture<Subscription> subscription =
                client.subscribeAsync(List.of(mailbox), handler, options);
        ScriptedRelay.Of<Frame.Subscribe> first = relay.next(Frame.Subscribe.class);
        relay.next(Frame.Add.class);
        first.stream().write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 0));
        return new Subscribing(get(subscription), first.stream(), first.frame());
    }

    /** Answers acks, one frame after the other, until so many deliveries are acked. */
    private void acked(ScriptedRelay.Stream stream, int count) throws Exception {
        for (int acked = 0; acked < count; ) {
            Ranges ranges = relay.next(Frame.Ack.class).frame().deliveries();
            stream.write(new Frame.Acked(ranges));
            for (Ranges.Range range : ranges.list()) {
                acked += (int) (range.last() - range.first() + 1);
            }
        }
    }

    private RelayClient connect(ClientConfig config) {
        open = RelayClient.connect(relay.address(), config);
        return open;
    }

    private ClientConfig config() {
        return ClientConfig.defaults()
                .withTrust(relay.trust())
                .withListener(states::add)
                .withReconnect(Duration.ofMillis(10), Duration.ofSeconds(1));
    }

    private ClientState nextState() throws InterruptedException {
        return Objects.requireNonNull(states.poll(10, TimeUnit.SECONDS), "no state");
    }

    private static boolean refuse(ScriptedRelay.Stream stream, Frame frame, ErrorCode code) {
        if (frame instanceof Frame.Send send) {
            stream.write(
                    new Frame.Receipt(
                            send.number(),
                            0,
                            new ReceiptOutcome.Refused(code.number(), code.sentence(), 0)));
            return true;
        }
        return false;
    }

    private static boolean failsAsClosed(RelayClient client) {
        CompletableFuture<Receipt> send = client.sendAsync(HI);
        try {
            send.get(100, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            return e.getCause() instanceof ClientClosedException;
        } catch (Exception e) {
            send.cancel(false);
        }
        return false;
    }

    private static Delivery take(BlockingQueue<Delivery> deliveries) throws InterruptedException {
        return Objects.requireNonNull(deliveries.poll(10, TimeUnit.SECONDS), "no delivery");
    }

    private static CompletableFuture<Boolean> closing(AutoCloseable what) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                what.close();
                return true;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    private static RelayException failure(CompletableFuture<?> future) {
        ExecutionException failure =
                catchThrowableOfType(
                        ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS));
        if (failure.getCause() instanceof RelayException known) {
            return known;
        }
        throw new AssertionError(failure);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(10, TimeUnit.SECONDS);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("not in time").isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
