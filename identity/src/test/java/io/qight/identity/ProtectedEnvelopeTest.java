package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.qight.identity.UnreadableEnvelope.Reason;
import io.qight.wire.ErrorCode;
import io.qight.wire.MailboxName;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.EnvelopeCodec;
import io.qight.wire.v1.EnvelopeParts;
import io.qight.wire.v1.SealedContent;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sealed or signed is read as it was written, by whom it is for, or not at all. */
class ProtectedEnvelopeTest {
    private static final Protection SIGNED = new Protection(false, true, false);
    private static final Protection SEALED = new Protection(true, false, false);
    private static final Protection BOTH = new Protection(true, true, false);
    private static final Protection ALL = new Protection(true, true, true);
    private static final ByteBuffer NO_SIGNATURE = ByteBuffer.allocate(0);

    private final Identity alice = Identity.generate(new SecureRandom());
    private final Identity bob = Identity.generate(new SecureRandom());
    private final Identity eve = Identity.generate(new SecureRandom());
    private final MessageEnvelope envelope = to(bob.key().address()).build();

    static Stream<Protection> everyProtection() {
        return Stream.of(
                Protection.NONE, SIGNED, SEALED, BOTH, ALL, new Protection(true, false, true));
    }

    static Stream<Protection> realProtections() {
        return everyProtection().filter(protection -> !protection.equals(Protection.NONE));
    }

    @ParameterizedTest
    @MethodSource("everyProtection")
    void itsReaderGetsAllOfIt(Protection protection) throws Exception {
        OpenedEnvelope opened = read(bob, write(alice, envelope, protection));

        String sender = protection.signed() ? alice.key().address() : "";
        assertThat(opened.envelope()).isEqualTo(to(bob.key().address()).sender(sender).build());
        assertThat(opened.sealed()).isEqualTo(protection.sealed());
        assertThat(opened.authenticity())
                .isEqualTo(protection.signed() ? Authenticity.VERIFIED : Authenticity.UNSIGNED);
    }

    @ParameterizedTest
    @MethodSource("realProtections")
    void anyBitOfItCounts(Protection protection) {
        byte[] whole = write(alice, envelope, protection);
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] changed = whole.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertUnreadable(bob, changed, "bit " + bit);
        }
    }

    @ParameterizedTest
    @MethodSource("realProtections")
    void noBeginningOfItIsRead(Protection protection) {
        byte[] whole = write(alice, envelope, protection);
        for (int bytes = 0; bytes < whole.length; bytes++) {
            assertUnreadable(bob, Arrays.copyOf(whole, bytes), bytes + " bytes");
        }
    }

    @Test
    void whatIsSealedShowsNothingOfSenderHeadersAndPayload() {
        for (Protection protection : new Protection[] {SEALED, BOTH, ALL}) {
            String whole = latin(write(alice, envelope, protection));

            assertThat(whole).contains(bob.key().address());
            assertThat(whole)
                    .doesNotContain("payload")
                    .doesNotContain("name")
                    .doesNotContain("value")
                    .doesNotContain(alice.key().address());
        }
    }

    @Test
    void itDoesNotShowWhetherItIsSigned() {
        byte[] signed = write(alice, envelope, BOTH);
        byte[] unsigned =
                write(alice, to(bob.key().address()).payload(new byte[200]).build(), SEALED);

        assertThat(signed[1]).isEqualTo(unsigned[1]).isEqualTo((byte) 1);
    }

    @Test
    void nobodyElseOpensIt() throws Exception {
        byte[] whole = write(alice, envelope, BOTH);

        assertReason(Reason.NOT_OPENED, Optional.of(eve), whole);
        assertReason(Reason.NOT_OPENED, Optional.of(alice), whole);
        assertReason(Reason.NOT_OPENED, Optional.empty(), whole);
    }

    @Test
    void whatIsSealedOpensInItsOwnEnvelopeAlone() {
        EnvelopeParts parts = parts(write(alice, envelope, BOTH));
        for (MessageEnvelope other :
                new MessageEnvelope[] {
                    to(bob.key().address()).id("another").build(),
                    to(bob.key().address()).ttlMillis(7).build(),
                    to(bob.key().address()).ttlMillis(0).build()
                }) {
            ByteBuffer clearHeader = EnvelopeCodec.clearHeader(other, true, false);
            byte[] moved = EnvelopeCodec.join(clearHeader, parts.body(), NO_SIGNATURE);
            assertReason(Reason.NOT_OPENED, Optional.of(bob), moved);
        }
        ByteBuffer toEve = EnvelopeCodec.clearHeader(to(eve.key().address()).build(), true, false);
        byte[] moved = EnvelopeCodec.join(toEve, parts.body(), NO_SIGNATURE);
        assertReason(Reason.NOT_OPENED, Optional.of(eve), moved);
    }

    @Test
    void whatIsSealedForANameIsForNobody() {
        byte[] sealed = seal(to("bob").build(), bob, SealedBy.nobody(body(envelope, "")));

        assertReason(Reason.NOT_OPENED, Optional.of(bob), sealed);
    }

    @Test
    void aReaderCannotPassOnWhatWasSignedForIt() throws Exception {
        EnvelopeParts parts = parts(write(alice, envelope, BOTH));
        SealedContent content =
                SealedContent.read(Sealing.open(bob, parts.clearHeader(), parts.body()));

        assertReason(
                Reason.FORGED,
                Optional.of(eve),
                seal(to(eve.key().address()).build(), eve, content));
        // Nor show it as what was sent in the clear.
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, false, true);
        assertReason(
                Reason.FORGED,
                Optional.of(bob),
                EnvelopeCodec.join(clear, content.body(), content.signature()));
    }

    @Test
    void aSenderThatIsAKeyHasSigned() {
        ByteBuffer body = body(envelope, alice.key().address());
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, false, false);

        assertReason(
                Reason.FORGED, Optional.of(bob), EnvelopeCodec.join(clear, body, NO_SIGNATURE));
        assertReason(Reason.FORGED, Optional.of(bob), seal(envelope, bob, SealedBy.nobody(body)));
    }

    @Test
    void anothersSignatureIsForged() {
        for (String sender : new String[] {alice.key().address(), "alice", ""}) {
            assertReason(Reason.FORGED, Optional.of(bob), signedBy(eve, sender));
            assertReason(
                    Reason.FORGED,
                    Optional.of(bob),
                    seal(envelope, bob, SealedBy.of(eve, envelope, body(envelope, sender))));
        }
    }

    @Test
    void whoIsKnownHasToSignEachTime() throws Exception {
        EnvelopeReader reader = new EnvelopeReader(Optional.of(bob));
        for (Protection protection : new Protection[] {SIGNED, BOTH}) {
            EnvelopeParts parts = parts(write(alice, envelope, protection));
            assertThat(reader.read(parts, 0).authenticity()).isEqualTo(Authenticity.VERIFIED);
        }
        EnvelopeParts forged = parts(signedBy(eve, alice.key().address()));

        assertThatThrownBy(() -> reader.read(forged, 0))
                .isInstanceOfSatisfying(
                        UnreadableEnvelope.class,
                        e -> assertThat(e.reason()).isEqualTo(Reason.FORGED));
    }

    @Test
    void aWriterSealsForEachRecipientAgain() throws Exception {
        List<IdentityKey> met = new ArrayList<>();
        EnvelopeWriter writer =
                new EnvelopeWriter(
                        Optional.of(alice),
                        (recipient, beside, content) -> {
                            met.add(recipient);
                            return Sealing.seal(recipient, beside, content);
                        });
        for (Identity reader : new Identity[] {bob, eve, bob, eve}) {
            byte[] whole = writer.write(to(reader.key().address()).build(), BOTH);

            assertThat(read(reader, whole).envelope().payload()).isEqualTo(envelope.payload());
        }
        assertThat(met.get(2)).isSameAs(met.get(0)).isEqualTo(bob.key());
        assertThat(met.get(3)).isSameAs(met.get(1)).isEqualTo(eve.key());
        assertThat(new HashSet<>(met)).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Points of orders 1, 2, 4 and 8, by which anything could verify.
                "0100000000000000000000000000000000000000000000000000000000000000",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                // The first one, and zero, in other encodings than the canonical.
                "0100000000000000000000000000000000000000000000000000000000000080",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                // No point at all, capitals, too short.
                "0200000000000000000000000000000000000000000000000000000000000000",
                "ABCDEF0000000000000000000000000000000000000000000000000000000000",
                "00"
            })
    void whatIsNoKeyNeitherSignsNorIsSealedFor(String digits) {
        String sender = MailboxName.KEY_PREFIX + digits;
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, false, true);
        byte[] lax = new byte[IdentityKey.SIGNATURE_BYTES];
        lax[0] = 1;

        assertReason(
                Reason.FORGED,
                Optional.of(bob),
                EnvelopeCodec.join(clear, body(envelope, sender), ByteBuffer.wrap(lax)));
        assertRefused(ErrorCode.INVALID_MAILBOX, to(sender).build(), SEALED);
    }

    @Test
    void aSignatureOfAnotherKindIsNone() {
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, false, true);
        ByteBuffer body = body(envelope, alice.key().address());
        ByteBuffer statement = EnvelopeCodec.signed(clear, body);
        ByteBuffer proof = alice.sign(SignatureKind.PROVE, statement);

        assertReason(Reason.FORGED, Optional.of(bob), EnvelopeCodec.join(clear, body, proof));
        assertThat(
                        alice.key()
                                .verifies(
                                        SignatureKind.PROVE,
                                        statement,
                                        alice.sign(SignatureKind.ENVELOPE, statement)))
                .isFalse();
    }

    @Test
    void paddedBodiesHaveTheSizeOfAClassWhateverIsInThem() throws Exception {
        for (int payloadBytes = 0; payloadBytes < 3_000; payloadBytes++) {
            ByteBuffer body = ByteBuffer.allocate(payloadBytes);
            for (ByteBuffer signature : new ByteBuffer[] {NO_SIGNATURE, ByteBuffer.allocate(64)}) {
                SealedContent content = new SealedContent(signature, body);
                int least = Sealing.OVERHEAD_BYTES + content.bytes(0);
                int padded =
                        Sealing.OVERHEAD_BYTES
                                + content.bytes(EnvelopeWriter.paddingBytes(content));

                assertThat(SizeClass.of(padded)).isEqualTo(padded);
                // A class is passed over where its size cannot be met.
                assertThat(padded).isLessThanOrEqualTo(SizeClass.of(SizeClass.of(least) + 1));
            }
        }
        MessageEnvelope small = to(bob.key().address()).payload(new byte[1_000]).build();
        MessageEnvelope large = to(bob.key().address()).payload(new byte[1_010]).build();
        assertThat(write(alice, small, ALL)).hasSameSizeAs(write(alice, large, ALL));
    }

    @Test
    void aPaddingThatIsNotZeroIsMalformed() {
        byte[] content = SealedBy.nobody(body(envelope, "")).write(10).array();
        content[5] = 1;
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, true, false);
        ByteBuffer sealed = Sealing.seal(bob.key(), clear, ByteBuffer.wrap(content));

        assertReason(
                Reason.MALFORMED,
                Optional.of(bob),
                EnvelopeCodec.join(clear, sealed, NO_SIGNATURE));
    }

    @Test
    void whatCannotBeProtectedSoIsNotSentOtherwise() {
        assertRefused(ErrorCode.INVALID_MAILBOX, to("bob").build(), SEALED);
        assertRefused(ErrorCode.MALFORMED_ENVELOPE, to("bob").sender("alice").build(), SIGNED);
        assertRefused(
                ErrorCode.MALFORMED_ENVELOPE,
                to("bob").sender(alice.key().address()).build(),
                Protection.NONE);
        assertRefused(
                ErrorCode.ENVELOPE_SIZE,
                to(bob.key().address()).payload(new byte[9_999_999]).build(),
                BOTH);
        assertThatThrownBy(() -> new EnvelopeWriter(Optional.empty()).write(envelope, SIGNED))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Protection(false, true, true))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theUsualProtectionIsThatOfTheMailbox() {
        MailboxName key = new MailboxName(bob.key().address());
        assertThat(Protection.usual(key, true)).isEqualTo(BOTH);
        assertThat(Protection.usual(key, false)).isEqualTo(SEALED);
        assertThat(Protection.usual(new MailboxName("bob"), true)).isEqualTo(Protection.NONE);
    }

    /** Signed by one, in the name of another. */
    private byte[] signedBy(Identity signer, String sender) {
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, false, true);
        ByteBuffer body = body(envelope, sender);
        ByteBuffer signature =
                signer.sign(SignatureKind.ENVELOPE, EnvelopeCodec.signed(clear, body));
        return EnvelopeCodec.join(clear, body, signature);
    }

    private static byte[] seal(MessageEnvelope envelope, Identity reader, SealedContent content) {
        ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, true, false);
        ByteBuffer sealed = Sealing.seal(reader.key(), clear, content.write(0));
        return EnvelopeCodec.join(clear, sealed, NO_SIGNATURE);
    }

    private static void assertUnreadable(Identity reader, byte[] bytes, String what) {
        try {
            OpenedEnvelope opened = read(reader, bytes);
            throw new AssertionError(what + " was read: " + opened);
        } catch (UnreadableEnvelope e) {
            assertThat(e.sentence()).isNotEmpty();
        } catch (ProtocolException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_ENVELOPE);
        }
    }

    private static void assertReason(Reason reason, Optional<Identity> reader, byte[] bytes) {
        EnvelopeParts parts = parts(bytes);
        assertThatThrownBy(() -> new EnvelopeReader(reader).read(parts, 0))
                .isInstanceOfSatisfying(
                        UnreadableEnvelope.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private void assertRefused(ErrorCode code, MessageEnvelope refused, Protection protection) {
        assertThatThrownBy(() -> write(alice, refused, protection))
                .isInstanceOfSatisfying(
                        ProtocolException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    private static byte[] write(Identity sender, MessageEnvelope envelope, Protection protection) {
        return new EnvelopeWriter(Optional.of(sender)).write(envelope, protection);
    }

    private static OpenedEnvelope read(Identity reader, byte[] bytes) throws UnreadableEnvelope {
        return new EnvelopeReader(Optional.of(reader)).read(parts(bytes), 0);
    }

    private static EnvelopeParts parts(byte[] bytes) {
        return EnvelopeCodec.parts(Unpooled.wrappedBuffer(bytes));
    }

    private static ByteBuffer body(MessageEnvelope envelope, String sender) {
        return EnvelopeCodec.body(envelope, sender);
    }

    private static MessageEnvelope.Builder to(String mailbox) {
        return MessageEnvelope.builder()
                .id("0e9b1f3a-6a0c-4b57-8d2e-3f1c5a7b9d10")
                .recipient(mailbox)
                .timestampSeconds(1_760_000_000)
                .header("name", "value")
                .payload("the payload");
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /** What is sealed, as somebody without our writer makes it. */
    private static final class SealedBy {
        static SealedContent nobody(ByteBuffer body) {
            return new SealedContent(NO_SIGNATURE, body);
        }

        static SealedContent of(Identity signer, MessageEnvelope envelope, ByteBuffer body) {
            ByteBuffer clear = EnvelopeCodec.clearHeader(envelope, true, false);
            return new SealedContent(
                    signer.sign(SignatureKind.ENVELOPE, EnvelopeCodec.signed(clear, body)), body);
        }
    }
}
