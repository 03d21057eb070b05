package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.qight.wire.ErrorCode;
import io.qight.wire.MessageEnvelope;
import io.qight.wire.ProtocolException;
import io.qight.wire.v1.EnvelopeCodec;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StorageProofTest {
    private final Identity relay = Identity.generate(new SecureRandom());
    private final List<Storage> stored = stored(7);
    private final ByteBuffer signature = StorageProof.sign(relay, stored);

    @Test
    void oneSignatureProvesEachOfThose() {
        List<StorageProof> proofs = StorageProof.of(relay.key(), stored, signature);
        for (int i = 0; i < stored.size(); i++) {
            StorageProof read = StorageProof.ofText(" " + proofs.get(i).text() + "\n");
            assertThat(read).isEqualTo(proofs.get(i));
            assertThat(read.storage()).isEqualTo(stored.get(i));
            assertThat(read.relay()).isEqualTo(relay.key());
        }
    }

    @Test
    void whatIsAlteredAnywhereIsNoProof() {
        ByteBuffer proof = StorageProof.of(relay.key(), stored, signature).get(4).bytes();
        for (int i = 0; i < proof.remaining(); i++) {
            for (int bit = 0; bit < 8; bit++) {
                ByteBuffer altered = ByteBuffer.allocate(proof.remaining());
                altered.put(proof.duplicate()).flip();
                altered.put(i, (byte) (altered.get(i) ^ 1 << bit));
                refused(altered);
            }
        }
    }

    @Test
    void whatIsCutOffOrLongerIsNoProof() {
        ByteBuffer proof = StorageProof.of(relay.key(), stored, signature).get(0).bytes();
        for (int i = 0; i < proof.remaining(); i++) {
            refused(proof.slice(0, i));
        }
        refused(ByteBuffer.allocate(proof.remaining() + 1).put(proof).rewind());
    }

    @Test
    void anotherRelaysSignatureProvesNothing() {
        Identity other = Identity.generate(new SecureRandom());
        assertThatThrownBy(() -> StorageProof.of(other.key(), stored, signature))
                .isInstanceOfSatisfying(
                        ProtocolException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_PROVED));
    }

    @Test
    void whatWasNotAmongThoseIsNotProved() {
        List<Storage> others = new ArrayList<>(stored);
        others.set(3, stored(1).get(0).at(2));
        assertThatThrownBy(() -> StorageProof.of(relay.key(), others, signature))
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void aSignatureOfAnotherKindIsNoProof() {
        MerkleTree tree = new MerkleTree(stored.stream().map(Storage::bytes).toList());
        ByteBuffer head = ByteBuffer.allocate(33).put((byte) 7).put(tree.root()).flip();
        assertThat(relay.sign(SignatureKind.RECEIPT, head)).isEqualTo(signature);
        for (SignatureKind kind : SignatureKind.values()) {
            if (kind != SignatureKind.RECEIPT) {
                ByteBuffer other = relay.sign(kind, head);
                assertThatThrownBy(() -> StorageProof.of(relay.key(), stored, other))
                        .isInstanceOf(ProtocolException.class);
            }
        }
    }

    private static void refused(ByteBuffer proof) {
        assertThatThrownBy(() -> StorageProof.of(proof)).isInstanceOf(ProtocolException.class);
    }

    private static List<Storage> stored(int count) {
        List<Storage> stored = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            MessageEnvelope envelope =
                    MessageEnvelope.builder()
                            .sender("alice")
                            .recipient("bob")
                            .payload("message " + i)
                            .build();
            ByteBuf bytes = EnvelopeCodec.encode(envelope, UnpooledByteBufAllocator.DEFAULT);
            stored.add(Storage.of(bytes.nioBuffer(), 1_760_000_000_000L + i, 1));
            bytes.release();
        }
        return stored;
    }
}
