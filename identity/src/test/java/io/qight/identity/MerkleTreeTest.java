package io.qight.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9162, section 2.1. */
class MerkleTreeTest {
    private static final HexFormat HEX = HexFormat.of();

    /** Leaves and roots that implementations of Certificate Transparency share as test vectors. */
    private static final List<String> LEAVES =
            List.of(
                    "",
                    "00",
                    "10",
                    "2021",
                    "3031",
                    "40414243",
                    "5051525354555657",
                    "606162636465666768696a6b6c6d6e6f");

    @ParameterizedTest
    @CsvSource({
        "1, 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "2, fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "3, aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "4, d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "5, 4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "6, 76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "7, ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "8, 5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    })
    void rootsAreThoseOfOthers(int count, String root) {
        List<ByteBuffer> leaves =
                LEAVES.subList(0, count).stream()
                        .map(leaf -> ByteBuffer.wrap(HEX.parseHex(leaf)))
                        .toList();
        assertThat(new MerkleTree(leaves).root()).isEqualTo(ByteBuffer.wrap(HEX.parseHex(root)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8, 13, 64, 100, 1_023, 1_024})
    void eachLeafLeadsToTheRootOnItsOwnPathAlone(int count) {
        List<ByteBuffer> leaves = leaves(count);
        MerkleTree tree = new MerkleTree(leaves);
        for (int i = 0; i < count; i++) {
            ByteBuffer leaf = leaves.get(i);
            List<ByteBuffer> path = tree.path(i);
            assertThat(MerkleTree.root(leaf, i, count, path)).isEqualTo(tree.root());
            if (count > 1) {
                int other = (i + 1) % count;
                assertThat(
                                path.size() != tree.path(other).size()
                                        || !MerkleTree.root(leaf, other, count, path)
                                                .equals(tree.root()))
                        .isTrue();
            }
        }
    }

    @Test
    void aPathOfAnotherLengthIsNone() {
        List<ByteBuffer> leaves = leaves(5);
        List<ByteBuffer> path = new ArrayList<>(new MerkleTree(leaves).path(0));
        ByteBuffer leaf = leaves.get(0);
        assertThatThrownBy(() -> MerkleTree.root(leaf, 5, 5, path))
                .isInstanceOf(IllegalArgumentException.class);
        path.add(path.get(0));
        assertThatThrownBy(() -> MerkleTree.root(leaf, 0, 5, path))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MerkleTree.root(leaf, 0, 5, path.subList(0, 2)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Else two leaves could be taken for a node over them, or a node for a leaf. */
    @Test
    void aNodeIsNoLeaf() {
        List<ByteBuffer> leaves = leaves(2);
        ByteBuffer first = new MerkleTree(leaves.subList(0, 1)).root();
        ByteBuffer second = new MerkleTree(leaves.subList(1, 2)).root();
        ByteBuffer both = ByteBuffer.allocate(64).put(first).put(second).flip();
        assertThat(new MerkleTree(List.of(both)).root())
                .isNotEqualTo(new MerkleTree(leaves).root());
    }

    private static List<ByteBuffer> leaves(int count) {
        List<ByteBuffer> leaves = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            leaves.add(ByteBuffer.allocate(4).putInt(i).flip());
        }
        return leaves;
    }
}
