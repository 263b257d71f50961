package io.telltale.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class MerkleTreeTest {
  private static final int EVERY_SIZE_TO = 130;

  static List<Hash> leaves(int count) {
    var leaves = new ArrayList<Hash>(count);
    for (int i = 0; i < count; i++) {
      leaves.add(MerkleTree.leafHash(Bytes.utf8("leaf " + i)));
    }
    return leaves;
  }

  @Nested
  class Rfc_9162_section_2_1_1_hashing {
    @Test
    void the_empty_tree_has_the_hash_of_nothing() {
      assertThat(MerkleTree.rootOf(List.of()).hex())
          .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @Test
    void roots_are_those_of_the_well_known_eight_entries() {
      // The entries and roots that Certificate Transparency implementations share.
      List<String> entries =
          List.of(
              "",
              "00",
              "10",
              "2021",
              "3031",
              "40414243",
              "5051525354555657",
              "606162636465666768696a6b6c6d6e6f");
      List<Hash> leaves =
          entries.stream().map(hex -> MerkleTree.leafHash(Bytes.ofHex(hex))).toList();
      assertThat(MerkleTree.rootOf(leaves.subList(0, 1)).hex())
          .isEqualTo("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
      assertThat(MerkleTree.rootOf(leaves.subList(0, 3)).hex())
          .isEqualTo("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
      assertThat(MerkleTree.rootOf(leaves).hex())
          .isEqualTo("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    @Test
    void roots_of_all_sizes_follow_the_definition() {
      List<Hash> leaves = leaves(EVERY_SIZE_TO);
      MerkleTree tree = MerkleTree.of(leaves);
      for (int size = 0; size <= EVERY_SIZE_TO; size++) {
        Hash expected = definition(leaves.subList(0, size));
        assertThat(MerkleTree.rootOf(leaves.subList(0, size))).isEqualTo(expected);
        assertThat(tree.root(size)).isEqualTo(expected);
      }
    }

    private static Hash definition(List<Hash> leaves) {
      if (leaves.isEmpty()) {
        return Hash.sha256(new byte[0]);
      }
      if (leaves.size() == 1) {
        return leaves.getFirst();
      }
      int k = 1;
      while (2 * k < leaves.size()) {
        k *= 2;
      }
      return MerkleTree.nodeHash(
          definition(leaves.subList(0, k)), definition(leaves.subList(k, leaves.size())));
    }
  }

  @Nested
  class Rfc_9162_section_2_1_3_inclusion {
    @Test
    void every_leaf_of_every_size_proves_itself_and_nothing_else() {
      for (int size = 1; size <= EVERY_SIZE_TO; size++) {
        MerkleTree tree = MerkleTree.of(leaves(size));
        List<Hash> leaves = leaves(size);
        for (int index = 0; index < size; index++) {
          List<Hash> path = tree.path(index);
          Hash leaf = leaves.get(index);
          assertThat(MerkleProofs.includes(leaf, index, size, path, tree.root())).isTrue();
          for (int other = 0; other < size; other++) {
            assertThat(MerkleProofs.includes(leaf, other, size, path, tree.root()))
                .isEqualTo(other == index);
          }
        }
      }
    }

    @Test
    void refuses_altered_truncated_and_lengthened_paths() {
      for (int size = 1; size <= EVERY_SIZE_TO; size++) {
        MerkleTree tree = MerkleTree.of(leaves(size));
        int index = size / 2;
        Hash leaf = leaves(size).get(index);
        List<Hash> path = tree.path(index);
        for (List<Hash> wrong : mutations(path)) {
          assertThat(MerkleProofs.includes(leaf, index, size, wrong, tree.root())).isFalse();
        }
      }
    }

    @Test
    void refuses_indexes_outside_the_tree() {
      MerkleTree tree = MerkleTree.of(leaves(1));
      Hash leaf = leaves(1).getFirst();
      assertThat(MerkleProofs.includes(leaf, 0, 1, List.of(), tree.root())).isTrue();
      for (long index : new long[] {-1, 1, 5, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThat(MerkleProofs.includes(leaf, index, 1, List.of(), tree.root())).isFalse();
      }
      assertThat(MerkleProofs.includes(leaf, 0, 0, List.of(), tree.root())).isFalse();
      assertThat(MerkleProofs.includes(leaf, 0, -1, List.of(), tree.root())).isFalse();
      assertThatThrownBy(() -> tree.path(1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_short_path_for_a_big_tree_is_refused() {
      Hash leaf = leaves(1).getFirst();
      Hash root = MerkleTree.nodeHash(leaf, leaf);
      assertThat(MerkleProofs.includes(leaf, 0, 1000, List.of(leaf), root)).isFalse();
    }
  }

  @Nested
  class Rfc_9162_section_2_1_4_consistency {
    @Test
    void every_pair_of_sizes_is_consistent_and_only_with_its_own_path() {
      List<Hash> leaves = leaves(EVERY_SIZE_TO);
      MerkleTree full = MerkleTree.of(leaves);
      for (int second = 1; second <= EVERY_SIZE_TO; second++) {
        MerkleTree tree = MerkleTree.of(leaves.subList(0, second));
        for (int first = 1; first <= second; first++) {
          List<Hash> path = tree.consistencyFrom(first);
          Hash firstRoot = full.root(first);
          assertThat(MerkleProofs.consistent(first, firstRoot, second, tree.root(), path)).isTrue();
          for (List<Hash> wrong : mutations(path)) {
            assertThat(MerkleProofs.consistent(first, firstRoot, second, tree.root(), wrong))
                .isFalse();
          }
          Hash otherRoot = full.root(first == 1 ? 2 : first - 1);
          assertThat(MerkleProofs.consistent(first, otherRoot, second, tree.root(), path))
              .isFalse();
        }
      }
    }

    @Test
    void refuses_sizes_that_make_no_sense() {
      Hash root = leaves(1).getFirst();
      long[][] sizes = {{0, 0}, {0, 1}, {2, 1}, {-1, 1}, {-2, -1}};
      for (long[] size : sizes) {
        assertThat(MerkleProofs.consistent(size[0], root, size[1], root, List.of())).isFalse();
        assertThat(MerkleProofs.consistent(size[0], root, size[1], root, List.of(root))).isFalse();
      }
    }
  }

  @Test
  void big_random_sizes_prove_and_are_consistent() {
    var random = new Random(20261123);
    List<Hash> leaves = leaves(70_000);
    for (int round = 0; round < 40; round++) {
      int size = 1 + random.nextInt(leaves.size());
      int index = random.nextInt(size);
      int first = 1 + random.nextInt(size);
      MerkleTree tree = MerkleTree.of(leaves.subList(0, size));
      String which = "size " + size + " index " + index + " first " + first;
      assertThat(
              MerkleProofs.includes(leaves.get(index), index, size, tree.path(index), tree.root()))
          .as(which)
          .isTrue();
      Hash firstRoot = MerkleTree.rootOf(leaves.subList(0, first));
      assertThat(
              MerkleProofs.consistent(
                  first, firstRoot, size, tree.root(), tree.consistencyFrom(first)))
          .as(which)
          .isTrue();
    }
  }

  private static List<List<Hash>> mutations(List<Hash> path) {
    var mutations = new ArrayList<List<Hash>>();
    Hash garbage = MerkleTree.leafHash(Bytes.utf8("garbage"));
    var longer = new ArrayList<>(path);
    longer.add(garbage);
    mutations.add(longer);
    var preceded = new ArrayList<>(path);
    preceded.addFirst(garbage);
    mutations.add(preceded);
    if (!path.isEmpty()) {
      mutations.add(path.subList(1, path.size()));
      mutations.add(path.subList(0, path.size() - 1));
      var altered = new ArrayList<>(path);
      altered.set(path.size() / 2, garbage);
      mutations.add(altered);
    }
    if (path.size() > 1) {
      var swapped = new ArrayList<>(path);
      Collections.swap(swapped, 0, 1);
      mutations.add(swapped);
    }
    return mutations;
  }
}
