package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.qight.wire.v1.Id;
import io.qight.wire.v1.Varint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The proofs of {@code docs/vectors/v1-proofs.txt}. */
class ProofVectorsTest {
    private static final String FILE = "v1-proofs.txt";

    @ParameterizedTest
    @ValueSource(strings = {"storage", "storage-of-five", "storage-last-of-five"})
    void proofOfStorageIsWrittenAndRead(String name) throws IOException {
        VectorCase vector = VectorCase.of(FILE, name);
        Identity relay = vector.identity("secret.relay");
        List<Storage> stored = new ArrayList<>();
        List<ByteBuffer> leaves = new ArrayList<>();
        for (int i = 1; vector.has("leaf." + i); i++) {
            leaves.add(vector.bytes("leaf." + i));
            stored.add(storage(leaves.get(i - 1)));
        }
        int index = (int) vector.number("index");
        ByteBuffer signature = StorageProof.sign(relay, stored);
        StorageProof proof = StorageProof.of(relay.key(), stored, signature).get(index);
        Storage storage =
                Storage.of(
                        vector.bytes("envelope"),
                        vector.number("deadline_millis"),
                        vector.number("durability"));

        assertThat(new MerkleTree(leaves).root()).isEqualTo(vector.bytes("root"));
        assertThat(signature).isEqualTo(vector.bytes("signature"));
        assertThat(proof.storage()).isEqualTo(storage);
        assertThat(storage.mailbox()).isEqualTo(vector.text("mailbox"));
        assertThat(storage.id()).isEqualTo(vector.id("id"));
        assertThat(storage.digest()).isEqualTo(vector.bytes("digest"));
        assertThat(proof.bytes()).isEqualTo(vector.bytes("whole"));
        assertThat(proof.text()).isEqualTo(vector.value("text"));
        assertThat(StorageProof.ofText(vector.value("text"))).isEqualTo(proof);
        assertThat(StorageProof.of(vector.bytes("whole")).storage()).isEqualTo(storage);
        assertThat(vector.fields("version", "signature")).isEqualTo(vector.bytes("whole"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"delivery", "delivery-of-a-name", "delivery-latest"})
    void proofOfDeliveryIsWrittenAndRead(String name) throws IOException {
        VectorCase vector = VectorCase.of(FILE, name);
        Identity receiver = vector.identity("secret.receiver");
        DeliveryProof proof =
                DeliveryProof.sign(
                        receiver, vector.bytes("envelope"), vector.number("signed_millis"));

        assertThat(proof.bytes()).isEqualTo(vector.bytes("whole"));
        assertThat(proof.text()).isEqualTo(vector.value("text"));
        DeliveryProof read = DeliveryProof.ofText(vector.value("text"));
        assertThat(read).isEqualTo(proof).isEqualTo(DeliveryProof.of(vector.bytes("whole")));
        assertThat(read.receiver()).isEqualTo(receiver.key());
        assertThat(read.mailbox()).isEqualTo(vector.text("mailbox"));
        assertThat(read.id()).isEqualTo(vector.id("id"));
        assertThat(read.digest()).isEqualTo(vector.bytes("digest"));
        assertThat(read.signedMillis()).isEqualTo(vector.number("signed_millis"));
        assertThat(vector.fields("version", "signature")).isEqualTo(vector.bytes("whole"));
    }

    private static Storage storage(ByteBuffer leaf) {
        ByteBuf in = Unpooled.wrappedBuffer(leaf);
        String mailbox =
                in.readCharSequence((int) Varint.read(in), StandardCharsets.UTF_8).toString();
        Id id = new Id(in.readLong(), in.readLong());
        ByteBuffer digest =
                ByteBuffer.wrap(ByteBufUtil.getBytes(in.readSlice(MerkleTree.HASH_BYTES)));
        return new Storage(mailbox, id, digest, Varint.read(in), Varint.read(in));
    }
}
