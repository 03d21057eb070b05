package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.EnvelopeCodec;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliveryProofTest {
    private static final long NOW = 1_760_000_000_000L;

    private final Identity bob = Identity.generate(new SecureRandom());
    private final Identity alice = Identity.generate(new SecureRandom());
    private final ByteBuffer envelope = envelope(bob.key().address());
    private final DeliveryProof proof = DeliveryProof.sign(bob, envelope, NOW);

    @Test
    void itSaysWhoReceivedWhatAndWhen() {
        DeliveryProof read = DeliveryProof.ofText(" " + proof.text() + "\n");

        assertThat(read).isEqualTo(proof);
        assertThat(read.receiver()).isEqualTo(bob.key());
        assertThat(read.mailbox()).isEqualTo(bob.key().address());
        assertThat(read.signedMillis()).isEqualTo(NOW);
    }

    @Test
    void itNamesTheEnvelopeAsTheRelaysProofDoes() {
        Storage storage = Storage.of(envelope, NOW, 1);

        assertThat(proof.digest()).isEqualTo(storage.digest());
        assertThat(proof.id()).isEqualTo(storage.id());
        assertThat(proof.mailbox()).isEqualTo(storage.mailbox());
    }

    @Test
    void whatIsAlteredAnywhereIsNoProof() {
        ByteBuffer whole = proof.bytes();
        for (int i = 0; i < whole.remaining(); i++) {
            for (int bit = 0; bit < 8; bit++) {
                ByteBuffer altered = ByteBuffer.allocate(whole.remaining());
                altered.put(whole.duplicate()).flip();
                altered.put(i, (byte) (altered.get(i) ^ 1 << bit));
                refused(altered);
            }
        }
    }

    @Test
    void whatIsCutOffOrLongerIsNoProof() {
        ByteBuffer whole = proof.bytes();
        for (int i = 0; i < whole.remaining(); i++) {
            refused(whole.slice(0, i));
        }
        refused(ByteBuffer.allocate(whole.remaining() + 1).put(whole).rewind());
    }

    @Test
    void aSignatureOfAnotherKindOrKeyIsNoProof() {
        ByteBuffer whole = proof.bytes();
        ByteBuffer statement = whole.slice(0, whole.remaining() - IdentityKey.SIGNATURE_BYTES);
        assertThat(with(statement, bob.sign(SignatureKind.DELIVERY, statement))).isEqualTo(whole);
        assertNotProved(with(statement, alice.sign(SignatureKind.DELIVERY, statement)));
        for (SignatureKind kind : SignatureKind.values()) {
            if (kind != SignatureKind.DELIVERY) {
                assertNotProved(with(statement, bob.sign(kind, statement)));
            }
        }
    }

    @Test
    void aProofOfStorageIsNoneOfDeliveryNorTheOtherWayRound() {
        List<Storage> stored = List.of(Storage.of(envelope, NOW, 1));
        StorageProof storage =
                StorageProof.of(bob.key(), stored, StorageProof.sign(bob, stored)).get(0);

        refused(storage.bytes());
        assertThatThrownBy(() -> DeliveryProof.ofText(storage.text()))
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> StorageProof.of(proof.bytes()))
                .isInstanceOf(ProtocolException.class);
        assertThatThrownBy(() -> StorageProof.ofText(proof.text()))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void aConfirmationIsToldByItsHeader() {
        MessageEnvelope confirmation = proof.confirmation(alice.key().address());

        assertThat(confirmation.recipient()).isEqualTo(alice.key().address());
        assertThat(DeliveryProof.isConfirmation(confirmation)).isTrue();
        assertThat(DeliveryProof.ofText(confirmation.payloadText())).isEqualTo(proof);
        assertThat(
                        DeliveryProof.isConfirmation(
                                MessageEnvelope.builder()
                                        .header("content-type", "text/plain")
                                        .payload(proof.text())
                                        .build()))
                .isFalse();
    }

    private static ByteBuffer with(ByteBuffer statement, ByteBuffer signature) {
        return ByteBuffer.allocate(statement.remaining() + signature.remaining())
                .put(statement.duplicate())
                .put(signature)
                .flip();
    }

    private static void assertNotProved(ByteBuffer proof) {
        assertThatThrownBy(() -> DeliveryProof.of(proof))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_PROVED));
    }

    private static void refused(ByteBuffer proof) {
        assertThatThrownBy(() -> DeliveryProof.of(proof)).isInstanceOf(ProtocolException.class);
    }

    private static ByteBuffer envelope(String mailbox) {
        ByteBuf bytes =
                EnvelopeCodec.encode(
                        MessageEnvelope.builder().recipient(mailbox).payload("hello").build(),
                        UnpooledByteBufAllocator.DEFAULT);
        try {
            return ByteBuffer.wrap(ByteBufUtil.getBytes(bytes));
        } finally {
            bytes.release();
        }
    }
}
