package io.qight.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.identity.Authenticity;
import io.qight.identity.EnvelopeReader;
import io.qight.identity.EnvelopeWriter;
import io.qight.identity.Identity;
import io.qight.identity.OpenedEnvelope;
import io.qight.identity.Protection;
import io.qight.identity.UnreadableEnvelope.Reason;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeHeader;
import io.qight.wire.v1.Frame;
import io.qight.wire.v1.Ranges;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the client protects without being told, and what it does with what it cannot read. */
@Timeout(60)
class ProtectionIT {
    private static final long LEASE = 30_000;

    private final Identity alice = Identity.generate(new SecureRandom());
    private final Identity bob = Identity.generate(new SecureRandom());
    private final BlockingQueue<UnreadableDelivery> unreadable = new LinkedBlockingQueue<>();
    private final BlockingQueue<ByteBuffer> sent = new LinkedBlockingQueue<>();

    @TempDir Path directory;
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
    void whatGoesToAKeyIsSealedAndSignedByWhoHasAnIdentity() throws Exception {
        RelayClient client = sending(config().withIdentity(alice));
        client.send(to(bob.key().address(), "hi"));

        OpenedEnvelope opened = opened(next());
        assertThat(opened.sealed()).isTrue();
        assertThat(opened.authenticity()).isEqualTo(Authenticity.VERIFIED);
        assertThat(opened.envelope().sender()).isEqualTo(alice.key().address());
        assertThat(opened.envelope().payloadText()).isEqualTo("hi");
    }

    @Test
    void withoutAnIdentityItIsSealedAlone() throws Exception {
        RelayClient client = sending(config());
        client.sendAsync(to(bob.key().address(), "hi")).get(10, TimeUnit.SECONDS);

        OpenedEnvelope opened = opened(next());
        assertThat(opened.sealed()).isTrue();
        assertThat(opened.authenticity()).isEqualTo(Authenticity.UNSIGNED);
        assertThat(opened.envelope().sender()).isEmpty();
    }

    @Test
    void whatGoesToANameIsNeitherUnlessItIsWished() throws Exception {
        RelayClient client = sending(config().withIdentity(alice));
        client.send(to("bob", "plain"));
        client.send(to("bob", "signed"), Protection.NONE.withSignature());

        assertThat(header(next())).matches(header -> !header.sealed() && !header.signed());
        OpenedEnvelope signed = opened(next());
        assertThat(signed.sealed()).isFalse();
        assertThat(signed.authenticity()).isEqualTo(Authenticity.VERIFIED);
    }

    @Test
    void theChoiceOfTheClientHoldsForAllAndThatOfACallForOne() throws Exception {
        RelayClient client = sending(config().withIdentity(alice).withProtection(Protection.NONE));
        client.send(to(bob.key().address(), "clear"));
        client.sendAsync(to(bob.key().address(), "padded"), new Protection(true, false, true))
                .get(10, TimeUnit.SECONDS);

        assertThat(header(next()).sealed()).isFalse();
        assertThat(header(next()).sealed()).isTrue();
    }

    @Test
    void whatCannotBeProtectedAsWishedIsRefused() {
        RelayClient client = sending(config());
        Protection sealed = Protection.NONE.withSeal();

        assertThatThrownBy(() -> client.send(to("bob", "hi"), sealed))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_MAILBOX));
        assertThatThrownBy(() -> client.send(to("bob", "hi"), Protection.NONE.withSignature()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(sent).isEmpty();
    }

    @Test
    void whatIsForgedOrCannotBeReadIsPutAsideUnseenAndTold() throws Exception {
        BlockingQueue<Delivery> seen = new LinkedBlockingQueue<>();
        RelayClient client = connect(config().withIdentity(bob));
        String mailbox = bob.key().address();
        CompletableFuture<Subscription> subscribed =
                client.subscribeAsync(
                        List.of(mailbox), seen::add, SubscribeOptions.defaults().withManualAck());
        ScriptedRelay.Stream stream = relay.next(Frame.Subscribe.class).stream();
        stream.write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 0));
        subscribed.get(10, TimeUnit.SECONDS);
        stream.write(
                deliver(1, sealed(to(mailbox, "first"))),
                deliver(2, forged(mailbox)),
                deliver(3, plain(to(mailbox, "second"))),
                deliver(4, sealedForAlice(mailbox)),
                deliver(5, malformed(mailbox)),
                deliver(6, sealed(to(mailbox, "third"))));

        Delivery first = take(seen);
        assertThat(first.envelope().payloadText()).isEqualTo("first");
        assertThat(first.authenticity()).isEqualTo(Authenticity.VERIFIED);
        assertThat(first.envelope().sender()).isEqualTo(alice.key().address());
        assertThat(first.sealed()).isTrue();
        Delivery second = take(seen);
        assertThat(second.envelope().payloadText()).isEqualTo("second");
        assertThat(second.authenticity()).isEqualTo(Authenticity.UNSIGNED);
        assertThat(second.sealed()).isFalse();
        assertThat(take(seen).envelope().payloadText()).isEqualTo("third");
        assertDead(2, "forged");
        assertDead(4, "not opened");
        assertDead(5, "malformed");
        assertThat(told().reason()).isEqualTo(Reason.FORGED);
        assertThat(told().reason()).isEqualTo(Reason.NOT_OPENED);
        assertThat(told())
                .matches(delivery -> delivery.reason() == Reason.MALFORMED)
                .matches(delivery -> delivery.mailbox().equals(mailbox));
        assertThat(seen).isEmpty();
    }

    @Test
    void fetchPassesOverWhatIsForged() throws Exception {
        RelayClient client = connect(config().withIdentity(bob));
        String mailbox = bob.key().address();
        CompletableFuture<List<MessageEnvelope>> fetched =
                CompletableFuture.supplyAsync(() -> client.fetch(mailbox));
        ScriptedRelay.Stream stream = relay.next(Frame.Subscribe.class).stream();
        stream.write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 0));
        stream.write(
                deliver(1, forged(mailbox)),
                deliver(2, sealed(to(mailbox, "hi"))),
                new Frame.CaughtUp(0, 2));
        boolean dead = false;
        boolean acked = false;
        while (!dead || !acked) {
            Frame next = relay.next(Frame.class).frame();
            if (next instanceof Frame.Nack nack) {
                assertThat(nack.deliveries()).isEqualTo(Ranges.of(1, 1));
                dead = nack.dead();
            } else if (next instanceof Frame.Ack ack) {
                assertThat(ack.deliveries()).isEqualTo(Ranges.of(2, 2));
                stream.write(new Frame.Acked(ack.deliveries()));
                acked = true;
            }
        }
        relay.nextFin();
        stream.finish();

        assertThat(fetched.get(10, TimeUnit.SECONDS))
                .extracting(MessageEnvelope::payloadText)
                .containsExactly("hi");
        assertThat(told().reason()).isEqualTo(Reason.FORGED);
    }

    @Test
    void sealedAndOpenEnvelopesComeInTheirOrder() throws Exception {
        BlockingQueue<String> seen = new LinkedBlockingQueue<>();
        RelayClient client = connect(config().withIdentity(bob));
        String mailbox = bob.key().address();
        CompletableFuture<Subscription> subscribed =
                client.subscribeAsync(
                        List.of(mailbox),
                        delivery -> seen.add(delivery.envelope().payloadText()),
                        SubscribeOptions.defaults());
        ScriptedRelay.Stream stream = relay.next(Frame.Subscribe.class).stream();
        stream.write(new Frame.Subscribed(false, LEASE, 1, 0), new Frame.Added(0, 0));
        subscribed.get(10, TimeUnit.SECONDS);
        List<String> order = new ArrayList<>();
        for (int i = 1; i <= 60; i++) {
            MessageEnvelope envelope = to(mailbox, "message " + i);
            stream.write(deliver(i, i % 3 == 0 ? sealed(envelope) : plain(envelope)));
            order.add("message " + i);
        }

        for (String text : order) {
            assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo(text);
        }
    }

    private void assertDead(long delivery, String reason) throws InterruptedException {
        Frame.Nack nack = relay.next(Frame.Nack.class).frame();
        assertThat(nack.deliveries()).isEqualTo(Ranges.of(delivery, delivery));
        assertThat(nack.dead()).isTrue();
        assertThat(nack.reason()).startsWith(reason);
    }

    private static Frame deliver(long delivery, byte[] envelope) {
        return ScriptedRelay.deliver(0, delivery, Unpooled.wrappedBuffer(envelope));
    }

    private byte[] sealed(MessageEnvelope envelope) {
        return new EnvelopeWriter(Optional.of(alice))
                .write(envelope, new Protection(true, true, false));
    }

    private static byte[] plain(MessageEnvelope envelope) {
        return new EnvelopeWriter(Optional.empty()).write(envelope, Protection.NONE);
    }

    /** Alice's, as somebody sends it who has not her key. */
    private byte[] forged(String mailbox) {
        MessageEnvelope envelope = to(mailbox, "forged");
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, false, false);
        ByteBuffer body = EnvelopeCodec.body(envelope, alice.key().address());
        return EnvelopeCodec.join(clear, body, ByteBuffer.allocate(0));
    }

    private byte[] sealedForAlice(String mailbox) {
        ByteBuffer body =
                EnvelopeCodec.parts(Unpooled.wrappedBuffer(sealed(to(alice.key().address(), ""))))
                        .body();
        ByteBuffer clear = EnvelopeCodec.clearHeader(to(mailbox, ""), true, false);
        return EnvelopeCodec.join(clear, body, ByteBuffer.allocate(0));
    }

    private static byte[] malformed(String mailbox) {
        ByteBuffer clear = EnvelopeCodec.clearHeader(to(mailbox, ""), false, false);
        return EnvelopeCodec.join(clear, ByteBuffer.allocate(1), ByteBuffer.allocate(0));
    }

    private static MessageEnvelope to(String mailbox, String payload) {
        return MessageEnvelope.builder().recipient(mailbox).payload(payload).build();
    }

    private OpenedEnvelope opened(ByteBuffer bytes) throws Exception {
        return new EnvelopeReader(Optional.of(bob))
                .read(EnvelopeCodec.parts(Unpooled.wrappedBuffer(bytes)), 0);
    }

    private static EnvelopeHeader header(ByteBuffer bytes) {
        return EnvelopeCodec.inspect(Unpooled.wrappedBuffer(bytes));
    }

    private ByteBuffer next() throws InterruptedException {
        return Objects.requireNonNull(sent.poll(10, TimeUnit.SECONDS), "nothing was sent");
    }

    private UnreadableDelivery told() throws InterruptedException {
        return Objects.requireNonNull(unreadable.poll(10, TimeUnit.SECONDS), "nothing was told");
    }

    private static Delivery take(BlockingQueue<Delivery> deliveries) throws InterruptedException {
        return Objects.requireNonNull(deliveries.poll(10, TimeUnit.SECONDS), "no delivery");
    }

    private RelayClient sending(ClientConfig config) {
        relay.script((stream, frame) -> {
            if (frame instanceof Frame.Send send) {
                sent.add(ByteBuffer.wrap(ByteBufUtil.getBytes(send.envelope())));
            }
            return false;
        });
        return connect(config);
    }

    private RelayClient connect(ClientConfig config) {
        open = RelayClient.connect(relay.address(), config);
        return open;
    }

    private ClientConfig config() {
        return ClientConfig.defaults()
                .withTrust(relay.trust())
                .withUnreadableListener(unreadable::add);
    }
}
