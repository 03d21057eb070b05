package io.qight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.qight.client.ClientConfig;
import io.qight.client.ClientState;
import io.qight.client.Delivery;
import io.qight.client.Durability;
import io.qight.client.Receipt;
import io.qight.client.RefusedException;
import io.qight.client.RelayClient;
import io.qight.client.SubscribeOptions;
import io.qight.client.Subscription;
import io.qight.relay.Relay;
import io.qight.relay.RelayConfig;
import io.qight.store.embedded.EmbeddedStore;
import io.qight.store.embedded.EmbeddedStoreConfig;
import io.qight.testkit.RoughNetwork;
import io.qight.transport.TlsIdentity;
import io.qight.transport.TransportSettings;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The client library of version 1 and the relay, over real QUIC and a store on disk. */
@Timeout(120)
class StreamingClientIT {
    private static final long SEED = Long.getLong("qight.seed", System.nanoTime());

    /** A connection that is cut is noticed after so long. */
    private static final Duration IDLE = Duration.ofSeconds(3);

    @TempDir Path directory;
    private TlsIdentity identity;
    private Relay relay;
    private RoughNetwork network;
    private final List<RelayClient> clients = new ArrayList<>();

    @BeforeEach
    void start() {
        identity = TlsIdentity.development(directory);
        relay = startRelay();
        network = RoughNetwork.before(relay.address(), SEED);
    }

    @AfterEach
    void close() {
        clients.forEach(client -> client.close(Duration.ofSeconds(2)));
        network.close();
        relay.close();
    }

    @Test
    void tenThousandPipelinedSendsAreStoredInOrder() throws Exception {
        RelayClient client = connect();
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            receipts.add(client.sendAsync(envelope("bob", i)));
        }
        for (CompletableFuture<Receipt> receipt : receipts) {
            assertThat(get(receipt)).isEqualTo(new Receipt.Stored(Durability.FSYNC));
        }

        assertThat(texts(client.fetch("bob"))).isEqualTo(numbers(10_000));
        assertThat(client.fetch("bob")).isEmpty();
        assertThat(relay.statistics().store().appended()).isEqualTo(10_000);
    }

    @Test
    void whatWaitsAndWhatComesIsDelivered() throws Exception {
        RelayClient sender = connect();
        RelayClient receiver = connect();
        for (int i = 0; i < 100; i++) {
            sender.sendAsync(envelope("bob", i));
        }
        sender.send(envelope("bob", 100));
        BlockingQueue<String> texts = new LinkedBlockingQueue<>();
        Subscription subscription =
                receiver.subscribe(List.of("bob", "carol"), delivery -> texts.add(text(delivery)));
        get(subscription.caughtUp().thenApply(done -> true));
        sender.send(envelope("carol", 101));

        for (int i = 0; i <= 101; i++) {
            assertThat(take(texts)).isEqualTo("" + i);
        }
        subscription.close();
        assertThat(receiver.fetch("bob")).isEmpty();
        assertThat(receiver.fetch("carol")).isEmpty();
    }

    @Test
    void whatFailsComesAgainAndIsCounted() throws Exception {
        RelayClient client = connect();
        BlockingQueue<Long> failures = new LinkedBlockingQueue<>();
        client.subscribe(
                List.of("bob"),
                delivery -> {
                    failures.add(delivery.failures());
                    if (delivery.failures() < 2) {
                        throw new IllegalStateException("not yet");
                    }
                },
                SubscribeOptions.defaults()
                        .withRetry(Duration.ofMillis(20), Duration.ofSeconds(1)));
        client.send(envelope("bob", 0));

        assertThat(List.of(take(failures), take(failures), take(failures)))
                .containsExactly(0L, 1L, 2L);
    }

    @Test
    void answersByHandAreCarriedOut() throws Exception {
        RelayClient client = connect();
        BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
        client.subscribe(
                List.of("bob"), deliveries::add, SubscribeOptions.defaults().withManualAck());
        client.send(envelope("bob", 0));
        client.send(envelope("bob", 1));

        Delivery first = take(deliveries);
        Delivery second = take(deliveries);
        assertThat(get(first.ack())).isTrue();
        second.nack();
        Delivery again = take(deliveries);
        assertThat(text(again)).isEqualTo("1");
        assertThat(again.failures()).isEqualTo(1);
        assertThat(again.deliveries()).isEqualTo(2);
        again.extend(Duration.ofMinutes(1));
        again.dead("never");
        client.send(envelope("bob", 2));
        assertThat(text(take(deliveries))).isEqualTo("2");
    }

    @Test
    void leasesOfLongHandlersAreExtended() throws Exception {
        RelayClient client = connect();
        AtomicInteger handled = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(1);
        client.subscribe(
                List.of("bob"),
                delivery -> {
                    handled.incrementAndGet();
                    // Longer than the lease: there is no condition to wait for.
                    TimeUnit.MILLISECONDS.sleep(2_500);
                    assertThat(delivery.leaseLost()).isFalse();
                    done.countDown();
                },
                SubscribeOptions.defaults().withLease(Duration.ofSeconds(1)));
        client.send(envelope("bob", 0));

        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(handled).hasValue(1);
    }

    @Test
    void aRestartedRelayLosesAndDoublesNothing() throws Exception {
        RelayClient sender = connect();
        RelayClient receiver = connect();
        Set<String> received = ConcurrentHashMap.newKeySet();
        receiver.subscribe(List.of("carol"), delivery -> received.add(text(delivery)));
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 1_000; i++) {
                int number = round * 1_000 + i;
                receipts.add(sender.sendAsync(envelope("bob", number)));
                receipts.add(sender.sendAsync(envelope("carol", number)));
            }
            // Some have their receipts then, and most do not.
            get(receipts.get(round * 2_000 + 100));
            restartRelay();
        }
        for (CompletableFuture<Receipt> receipt : receipts) {
            receipt.get(60, TimeUnit.SECONDS);
        }

        assertThat(texts(receiver.fetch("bob"))).isEqualTo(numbers(3_000));
        await(() -> received.equals(Set.copyOf(numbers(3_000))));
        await(() -> relay.statistics().store().waiting() == 0);
    }

    @Test
    void aConnectionThatIsCutIsMadeAnewAndLosesNothing() throws Exception {
        BlockingQueue<ClientState> states = new LinkedBlockingQueue<>();
        RelayClient client = connect(config().withListener(states::add));
        CountDownLatch cut = new CountDownLatch(1);
        ConcurrentLinkedQueue<String> received = new ConcurrentLinkedQueue<>();
        client.subscribe(
                List.of("bob"),
                delivery -> {
                    cut.await();
                    received.add(text(delivery));
                });
        assertThat(take(states)).isInstanceOf(ClientState.Connected.class);
        client.send(envelope("bob", 0));
        network.cut();
        cut.countDown();
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int i = 1; i < 200; i++) {
            receipts.add(client.sendAsync(envelope("bob", i)));
        }
        assertThat(take(states)).isInstanceOf(ClientState.Waiting.class);
        network.heal();
        for (CompletableFuture<Receipt> receipt : receipts) {
            get(receipt);
        }

        await(() -> received.size() >= 200);
        await(() -> relay.statistics().store().waiting() == 0);
        assertThat(received).as("nothing comes twice").hasSize(200);
        assertThat(new HashSet<>(received)).isEqualTo(new HashSet<>(numbers(200)));
        assertThat(relay.statistics().store().appended()).isEqualTo(200);
    }

    @Test
    void aNewExclusiveReceiverTakesTheMailbox() throws Exception {
        RelayClient first = connect();
        RelayClient second = connect();
        SubscribeOptions exclusive = SubscribeOptions.defaults().withExclusive();
        BlockingQueue<String> older = new LinkedBlockingQueue<>();
        BlockingQueue<String> newer = new LinkedBlockingQueue<>();
        Subscription taken =
                first.subscribe(List.of("bob"), delivery -> older.add(text(delivery)), exclusive);
        first.send(envelope("bob", 0));
        assertThat(take(older)).isEqualTo("0");
        await(() -> relay.statistics().store().waiting() == 0);
        second.subscribe(List.of("bob"), delivery -> newer.add(text(delivery)), exclusive);

        assertThat(code(taken.ended())).isEqualTo(ErrorCode.TAKEN_OVER);
        first.send(envelope("bob", 1));
        assertThat(take(newer)).isEqualTo("1");
        assertThat(older).isEmpty();
        assertThatThrownBy(() -> first.subscribe(List.of("bob"), delivery -> {}))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MODE_CONFLICT));
    }

    @Test
    void oneThreadIsEnoughForAll() throws Exception {
        ExecutorService one = Executors.newSingleThreadExecutor();
        try {
            RelayClient client = connect(config().withCallbackExecutor(one));
            BlockingQueue<String> texts = new LinkedBlockingQueue<>();
            client.send(envelope("dave", 7));
            client.subscribe(
                    List.of("bob"),
                    delivery -> {
                        client.send(envelope("carol", 8));
                        for (MessageEnvelope envelope : client.fetch("dave")) {
                            texts.add(envelope.payloadText());
                        }
                        Subscription inner =
                                client.subscribe(List.of("carol"), other -> texts.add(text(other)));
                        inner.remove("carol");
                    });
            client.send(envelope("bob", 0));

            assertThat(take(texts)).isEqualTo("7");
            client.close();
            clients.remove(client);
        } finally {
            one.shutdown();
        }
    }

    @Test
    void closingFinishesWhatIsUnderWay() throws Exception {
        RelayClient client = connect();
        CountDownLatch handling = new CountDownLatch(1);
        CountDownLatch closing = new CountDownLatch(1);
        client.subscribe(
                List.of("bob"),
                delivery -> {
                    handling.countDown();
                    closing.await();
                });
        client.send(envelope("bob", 0));
        client.send(envelope("bob", 1));
        assertThat(handling.await(10, TimeUnit.SECONDS)).isTrue();
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            receipts.add(client.sendAsync(envelope("carol", i)));
        }
        CompletableFuture<Boolean> closed =
                CompletableFuture.supplyAsync(() -> {
                    client.close();
                    return true;
                });
        await(() -> client.sendAsync(envelope("zoe", 0)).isCompletedExceptionally());
        closing.countDown();
        get(closed);

        for (CompletableFuture<Receipt> receipt : receipts) {
            assertThat(get(receipt)).isInstanceOf(Receipt.Stored.class);
        }
        RelayClient other = connect();
        assertThat(texts(other.fetch("bob")))
                .as("the first was acked, the second given back at once")
                .containsExactly("1");
        assertThat(texts(other.fetch("carol"))).isEqualTo(numbers(2_000));
    }

    @Test
    void aHandlerThatThrowsInAFetchLeavesTheRest() {
        RelayClient client = connect();
        for (int i = 0; i < 3; i++) {
            client.send(envelope("bob", i));
        }
        List<String> seen = new ArrayList<>();
        assertThatThrownBy(() ->
                        client.fetch(
                                "bob",
                                envelope -> {
                                    seen.add(envelope.payloadText());
                                    if (seen.size() == 2) {
                                        throw new IllegalStateException("full");
                                    }
                                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(texts(client.fetch("bob"))).containsExactly("1", "2");
    }

    @Test
    void thousandsOfMailboxesFitOneSubscription() throws Exception {
        RelayClient client = connect();
        List<String> names = IntStream.range(0, 2_000).mapToObj(i -> "m" + i).toList();
        BlockingQueue<String> mailboxes = new LinkedBlockingQueue<>();
        client.subscribe(names, delivery -> mailboxes.add(delivery.mailbox()));
        client.send(envelope("m1999", 0));

        assertThat(take(mailboxes)).isEqualTo("m1999");
    }

    private Relay startRelay() {
        return Relay.start(
                RelayConfig.builder(
                                EmbeddedStore.open(
                                        directory.resolve("store"), EmbeddedStoreConfig.defaults()),
                                identity)
                        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .transport(TransportSettings.defaults().withIdleTimeout(IDLE))
                        .drainTimeout(Duration.ofSeconds(2))
                        .build());
    }

    private void restartRelay() {
        relay.close();
        relay = startRelay();
        network.moveTo(relay.address());
    }

    private RelayClient connect() {
        return connect(config());
    }

    private RelayClient connect(ClientConfig config) {
        RelayClient client =
                RelayClient.connect("127.0.0.1:" + network.address().getPort(), config);
        clients.add(client);
        return client;
    }

    private ClientConfig config() {
        return ClientConfig.defaults()
                .withTrust(Trust.fingerprint(identity.fingerprint()))
                .withReconnect(Duration.ofMillis(20), Duration.ofSeconds(1));
    }

    private static MessageEnvelope envelope(String mailbox, int number) {
        return MessageEnvelope.builder().recipient(mailbox).payload("" + number).build();
    }

    private static List<String> numbers(int count) {
        return IntStream.range(0, count).mapToObj(i -> "" + i).toList();
    }

    private static List<String> texts(List<MessageEnvelope> envelopes) {
        return envelopes.stream().map(MessageEnvelope::payloadText).toList();
    }

    private static String text(Delivery delivery) {
        return delivery.envelope().payloadText();
    }

    private static @Nullable ErrorCode code(CompletableFuture<?> future) throws Exception {
        try {
            future.get(20, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException e) {
            return e.getCause() instanceof RefusedException refused ? refused.code() : null;
        }
    }

    private static <T> T take(BlockingQueue<T> queue) throws InterruptedException {
        return Objects.requireNonNull(queue.poll(20, TimeUnit.SECONDS), "nothing came");
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("not in time").isLessThan(deadline);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }
}
