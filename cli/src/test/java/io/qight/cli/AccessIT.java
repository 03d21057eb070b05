package io.qight.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.qight.client.ClientConfig;
import io.qight.client.ClientState;
import io.qight.client.RelayClient;
import io.qight.client.RelayException;
import io.qight.client.SeedClient;
import io.qight.client.SubscribeOptions;
import io.qight.identity.Identity;
import io.qight.relay.Relay;
import io.qight.relay.RelayConfig;
import io.qight.relay.access.AccessPolicy;
import io.qight.relay.access.Token;
import io.qight.relay.access.TokenPolicy;
import io.qight.relay.access.TokenTable;
import io.qight.store.MemoryStore;
import io.qight.transport.TlsIdentity;
import io.qight.transport.Trust;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, sends and reads under each policy, over real connections. */
@Timeout(60)
class AccessIT {
    private static final UnaryOperator<ClientConfig> NOBODY = UnaryOperator.identity();

    private final List<AutoCloseable> open = new ArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    @TempDir private Path directory;
    private @Nullable Relay relay;

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void openNamesAreEverybodys() {
        start(AccessPolicy.openNames());
        connect(NOBODY).send(envelope("bob"));
        assertThat(fetch(connect(NOBODY), "bob")).hasSize(1);
        SeedClient seed = connectSeed();
        seed.send(envelope("bob"));
        assertThat(fetchSeed(seed, "bob")).hasSize(1);
    }

    @Test
    void openKeysAreEverybodysAndNamesNobodys() {
        start(AccessPolicy.openKeys());
        Identity bob = Identity.generate(new SecureRandom());
        String address = bob.key().address();
        RelayClient stranger = connect(NOBODY);
        stranger.send(envelope(address));
        assertRefused(() -> stranger.send(envelope("bob")), ErrorCode.NOT_ALLOWED);
        assertRefused(() -> subscribe(stranger, "bob"), ErrorCode.NOT_ALLOWED);
        assertRefused(() -> subscribe(stranger, address), ErrorCode.NOT_PROVED);
        assertThat(fetch(connect(config -> config.withIdentity(bob)), address)).hasSize(1);
    }

    @Test
    void version0IsAnonymousAndUsesNothingWhereNamesAreClosed() {
        start(AccessPolicy.openKeys());
        SeedClient seed = connectSeed();
        assertRefused(() -> seed.send(envelope("bob")), ErrorCode.NOT_ALLOWED);
        assertRefused(() -> fetchSeed(seed, "bob"), ErrorCode.NOT_ALLOWED);
        assertThat(relay().statistics("bob")).isEmpty();
    }

    @Test
    void version0IsRefusedWhereOnlyTokensLetIn() throws Exception {
        start(new TokenPolicy(tokens("alice", "a", "send:* fetch:*")));
        SeedClient seed = connectSeed();
        assertRefused(() -> seed.send(envelope("bob")), ErrorCode.NOT_ALLOWED);
        assertRefused(() -> fetchSeed(seed, "bob"), ErrorCode.NOT_ALLOWED);
    }

    @Test
    void aTokenPermitsWhatItsLineSays() throws Exception {
        start(new TokenPolicy(tokens("alice", "right", "send:orders/* fetch:alice")));
        RelayClient alice = connect(token("right"));
        alice.send(envelope("orders/7"));
        assertRefused(() -> alice.send(envelope("orders")), ErrorCode.NOT_ALLOWED);
        assertRefused(() -> alice.send(envelope("alice")), ErrorCode.NOT_ALLOWED);
        assertThat(fetch(alice, "alice")).isEmpty();
        assertRefused(() -> subscribe(alice, "orders/7"), ErrorCode.NOT_ALLOWED);
        alice.send(envelope("orders/8"));
    }

    @Test
    void aRefusalDoesNotTellWhetherTheMailboxHoldsAnything() throws Exception {
        start(
                new TokenPolicy(
                        tokens(
                                "alice",
                                "a",
                                "send:full", //
                                "bob",
                                "b",
                                "send:mine")));
        connect(token("a")).send(envelope("full"));
        RelayClient bob = connect(token("b"));
        List<String> sentences = new ArrayList<>();
        for (String mailbox : List.of("full", "empty")) {
            sentences.add(sentence(() -> bob.send(envelope(mailbox))));
        }
        assertThat(Set.copyOf(sentences)).hasSize(1);
        sentences.clear();
        for (String mailbox : List.of("full", "empty")) {
            sentences.add(sentence(() -> subscribe(bob, mailbox)));
        }
        assertThat(Set.copyOf(sentences)).hasSize(1);
    }

    @Test
    void withoutATokenOrWithAWrongOneNobodyGetsIn() throws Exception {
        TokenPolicy policy = new TokenPolicy(tokens("alice", "right", "send:*"));
        start(policy);
        assertRefused(() -> connect(NOBODY), ErrorCode.NOT_ALLOWED);
        String wrong = sentence(() -> connect(token("wrong")));
        policy.replace(tokens("bob", "other", "send:*"));
        assertThat(sentence(() -> connect(token("right")))).isEqualTo(wrong);
        assertThat(meters.get("qight.tokens.wrong").functionCounter().count()).isEqualTo(2);
        assertThat(wrong).doesNotContain("wrong token", "right");
    }

    @Test
    void aTokenThatIsRevokedEndsItsConnections() throws Exception {
        TokenPolicy policy =
                new TokenPolicy(
                        tokens(
                                "alice",
                                "a",
                                "send:* fetch:alice", //
                                "bob",
                                "b",
                                "send:*"));
        start(policy);
        RelayClient alice = connect(token("a"));
        RelayClient bob = connect(token("b"));
        alice.send(envelope("bob"));
        subscribe(alice, "alice");
        policy.replace(tokens("bob", "b", "send:* fetch:*"));
        assertEnded(alice);
        assertRefused(() -> connect(token("a")), ErrorCode.NOT_ALLOWED);
        bob.send(envelope("bob"));
        assertRefused(() -> subscribe(bob, "bob"), ErrorCode.NOT_ALLOWED);
        assertThat(fetch(connect(token("b")), "bob")).hasSize(2);
    }

    @Test
    void guessingIsSlowedAlsoForWhoGoesAwayEarly() throws Exception {
        start(new TokenPolicy(tokens("alice", "right", "send:*")));
        long begin = System.nanoTime();
        for (int i = 0; i < 5; i++) {
            int guess = i;
            assertRefused(() -> connect(token("guess" + guess)), ErrorCode.NOT_ALLOWED);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThanOrEqualTo(Duration.ofMillis(100 + 200 + 400 + 800));
        begin = System.nanoTime();
        connect(token("right")).send(envelope("bob"));
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isGreaterThanOrEqualTo(Duration.ofMillis(1_600));
    }

    @Test
    void aWrongTokenIsRefusedThoughNamesAreOpen() throws Exception {
        TokenPolicy policy = new TokenPolicy(tokens("alice", "right", "send:*"));
        start(AccessPolicy.anyOf(List.of(AccessPolicy.openNames(), policy)));
        connect(NOBODY).send(envelope("bob"));
        assertRefused(() -> connect(token("wrong")), ErrorCode.NOT_ALLOWED);
    }

    @Test
    void aCertificateOwnsTheMailboxOfItsName() throws Exception {
        ClientAuthority authority = new ClientAuthority(directory, "clients");
        start(AccessPolicy.certificates(), authority, true);
        RelayClient alice = connect(certificate(authority.sign("alice", Duration.ofHours(1))));
        RelayClient bob = connect(certificate(authority.sign("bob", Duration.ofHours(1))));
        alice.send(envelope("bob"));
        assertRefused(() -> subscribe(alice, "bob"), ErrorCode.NOT_ALLOWED);
        assertThat(fetch(bob, "bob")).hasSize(1);
    }

    @Test
    void whoseCertificateIsNotTakenGetsNotIn() throws Exception {
        ClientAuthority authority = new ClientAuthority(directory, "clients");
        start(AccessPolicy.certificates(), authority, true);
        ClientAuthority foreign = new ClientAuthority(directory, "foreign");
        ClientAuthority forged = new ClientAuthority(directory, "clients");
        TlsIdentity expired = authority.sign("alice", Duration.ofHours(-1));
        assertRefused(() -> connect(NOBODY), ErrorCode.NOT_ALLOWED);
        assertRefused(
                () -> connect(certificate(foreign.sign("alice", Duration.ofHours(1)))),
                ErrorCode.NOT_ALLOWED);
        assertRefused(
                () -> connect(certificate(forged.sign("alice", Duration.ofHours(1)))),
                ErrorCode.NOT_ALLOWED);
        assertRefused(() -> connect(certificate(expired)), ErrorCode.NOT_ALLOWED);
    }

    @Test
    void whereCertificatesAreOptionalOthersDoWhatOthersMay() throws Exception {
        ClientAuthority authority = new ClientAuthority(directory, "clients");
        start(
                AccessPolicy.anyOf(
                        List.of(
                                AccessPolicy.certificates(),
                                new TokenPolicy(tokens("carol", "c", "send:alice")))),
                authority,
                false);
        assertRefused(() -> connect(NOBODY), ErrorCode.NOT_ALLOWED);
        RelayClient carol = connect(token("c"));
        carol.send(envelope("alice"));
        assertRefused(() -> subscribe(carol, "alice"), ErrorCode.NOT_ALLOWED);
        UnaryOperator<ClientConfig> alice =
                certificate(authority.sign("alice", Duration.ofHours(1)));
        assertThat(fetch(connect(alice), "alice")).hasSize(1);
        RelayClient both = connect(config -> token("c").apply(alice.apply(config)));
        both.send(envelope("bob"));
        assertThat(fetch(both, "alice")).isEmpty();
    }

    @Test
    void aCertificateOutOfItsDatesEndsItsConnections() throws Exception {
        ClientAuthority authority = new ClientAuthority(directory, "clients");
        start(AccessPolicy.certificates(), authority, true);
        RelayClient alice = connect(certificate(authority.sign("alice", Duration.ofSeconds(4))));
        alice.send(envelope("bob"));
        assertEnded(alice);
    }

    @Test
    void anEmbeddersPolicyIsAskedAboutEachConnection() {
        Set<InetAddress> banned = ConcurrentHashMap.newKeySet();
        start(new ExamplePolicy(banned));
        RelayClient client = connect(NOBODY);
        client.send(envelope("public/news"));
        assertRefused(() -> client.send(envelope("bob")), ErrorCode.NOT_ALLOWED);
        banned.add(InetAddress.getLoopbackAddress());
        assertEnded(client);
        assertRefused(() -> connect(NOBODY), ErrorCode.NOT_ALLOWED);
    }

    @Test
    void theDocumentedPolicyIsThisOne() throws IOException {
        String documentation = Files.readString(Path.of("..", "docs", "access.md"));
        String example =
                documentation.substring(
                        documentation.indexOf("```java") + "```java".length(),
                        documentation.lastIndexOf("```"));
        String source =
                Files.readString(
                        Path.of("src", "test", "java", "io", "qight", "cli", "ExamplePolicy.java"));
        assertThat(source).containsIgnoringWhitespaces(example.strip());
    }

    private void start(AccessPolicy policy) {
        startWith(config -> config.access(policy));
    }

    private void start(AccessPolicy policy, ClientAuthority authority, boolean required) {
        startWith(config -> config.access(policy).clientCertificates(authority.asked(required)));
    }

    private void startWith(UnaryOperator<RelayConfig.Builder> change) {
        RelayConfig.Builder config =
                RelayConfig.builder(new MemoryStore(), TlsIdentity.development(directory))
                        .meterRegistry(meters)
                        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Relay started = Relay.start(change.apply(config).build());
        open.add(started);
        relay = started;
    }

    private RelayClient connect(UnaryOperator<ClientConfig> change) {
        RelayClient client = RelayClient.connect(address(), change.apply(trusting()));
        open.add(client);
        return client;
    }

    private SeedClient connectSeed() {
        SeedClient client = SeedClient.connect(address(), trusting());
        open.add(client);
        return client;
    }

    private ClientConfig trusting() {
        return ClientConfig.defaults().withTrust(Trust.fingerprint(relay().fingerprint()));
    }

    private Relay relay() {
        return Objects.requireNonNull(relay);
    }

    private String address() {
        return "127.0.0.1:" + relay().address().getPort();
    }

    private static UnaryOperator<ClientConfig> token(String token) {
        return config -> config.withToken(token);
    }

    private static UnaryOperator<ClientConfig> certificate(TlsIdentity identity) {
        return config -> config.withCertificate(identity);
    }

    /** Of names, tokens and permissions. */
    private TokenTable tokens(String... lines) throws Exception {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < lines.length; i += 3) {
            byte[] sha256 = new Token(ByteBuffer.wrap(lines[i + 1].getBytes(US_ASCII))).sha256();
            text.append(lines[i] + " " + HexFormat.of().formatHex(sha256) + " " + lines[i + 2])
                    .append('\n');
        }
        return TokenTable.read(Files.writeString(directory.resolve("tokens"), text));
    }

    private static MessageEnvelope envelope(String mailbox) {
        return MessageEnvelope.builder().sender("me").recipient(mailbox).payload("hello").build();
    }

    private static void subscribe(RelayClient client, String mailbox) {
        client.subscribe(List.of(mailbox), delivery -> {}, SubscribeOptions.defaults());
    }

    private static List<MessageEnvelope> fetch(RelayClient client, String mailbox) {
        List<MessageEnvelope> fetched = new ArrayList<>();
        client.fetch(mailbox, fetched::add);
        return fetched;
    }

    private static List<MessageEnvelope> fetchSeed(SeedClient client, String mailbox) {
        List<MessageEnvelope> fetched = new ArrayList<>();
        client.fetch(mailbox, fetched::add);
        return fetched;
    }

    /** The client is told why, and does not come back. */
    private static void assertEnded(RelayClient client) {
        Conditions.await("it is over", () -> client.state() instanceof ClientState.Closed);
        ClientState.Closed closed = (ClientState.Closed) client.state();
        assertThat(closed.cause().orElseThrow().code()).isEqualTo(ErrorCode.NOT_ALLOWED);
    }

    private static void assertRefused(ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RelayException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    private static String sentence(ThrowingCallable call) {
        List<String> sentences = new ArrayList<>();
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RelayException.class, refused -> sentences.add(refused.sentence()));
        return sentences.get(0);
    }
}
