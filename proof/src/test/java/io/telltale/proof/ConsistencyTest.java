package io.telltale.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Base64Text;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a kept checkpoint tells of a log (AU-2; firm ground 5: an older whole folder). */
class ConsistencyTest {
  private static final String NAME = "telltale.test/ledger";

  private static List<Hash> leaves(int count, String of) {
    return IntStream.range(0, count)
        .mapToObj(i -> MerkleTree.leafHash(Bytes.utf8(of + i)))
        .toList();
  }

  private static Checkpoint checkpoint(List<Hash> leaves) {
    return new Checkpoint(NAME, leaves.size(), MerkleTree.rootOf(leaves));
  }

  @Test
  void a_log_that_has_only_grown_extends_what_was_kept() {
    List<Hash> all = leaves(40, "event");
    for (int kept = 1; kept <= all.size(); kept++) {
      List<Hash> path = MerkleTree.of(all).consistencyFrom(kept);
      assertThat(Consistency.of(checkpoint(all.subList(0, kept)), checkpoint(all), path))
          .isEqualTo(new Consistency.Grown(kept, all.size()));
    }
  }

  @Test
  void a_path_has_one_text_only() {
    List<Hash> all = leaves(40, "event");
    List<Hash> path = MerkleTree.of(all).consistencyFrom(31);
    List<String> texts = path.stream().map(hash -> Base64Text.of(hash.value())).toList();
    assertThat(Consistency.path(texts)).isEqualTo(path);
    String first = texts.getFirst();
    int last = first.length() - 2;
    for (String other :
        List.of(
            // Two bits are left over behind 32 bytes.
            first.substring(0, last) + (char) (first.charAt(last) + 1) + "=",
            first.replace("=", ""),
            first.substring(4),
            first + "\n",
            "")) {
      var altered = new ArrayList<>(texts);
      altered.set(0, other);
      assertThat(Consistency.path(altered)).as(other).isEmpty();
    }
  }

  @Test
  void an_older_copy_is_told_by_its_size() {
    List<Hash> all = leaves(40, "event");
    assertThat(Consistency.of(checkpoint(all), checkpoint(all.subList(0, 39)), List.of()))
        .isEqualTo(
            new Consistency.Refused("the ledger has 39 events, and had 40: this is an older copy"));
  }

  @Test
  void an_older_copy_that_has_gone_on_is_told_by_its_root_whatever_path_it_gives() {
    List<Hash> kept = leaves(40, "event");
    var other = new ArrayList<>(kept.subList(0, 30));
    other.addAll(leaves(20, "other"));
    for (List<Hash> path :
        List.of(MerkleTree.of(other).consistencyFrom(40), List.<Hash>of(), kept)) {
      assertThat(Consistency.of(checkpoint(kept), checkpoint(other), path))
          .isInstanceOfSatisfying(
              Consistency.Refused.class,
              no -> assertThat(no.why()).startsWith("the first 40 of its 50 events are not"));
    }
    var same = new ArrayList<>(kept.subList(0, 39));
    same.addAll(leaves(1, "other"));
    assertThat(Consistency.of(checkpoint(kept), checkpoint(same), List.of()))
        .isInstanceOf(Consistency.Refused.class);
  }

  @Test
  void another_ledger_and_a_checkpoint_of_nothing_show_nothing() {
    Checkpoint newest = checkpoint(leaves(4, "event"));
    assertThat(
            Consistency.of(
                new Checkpoint("other.test/ledger", 4, newest.root()), newest, List.of()))
        .isEqualTo(
            new Consistency.Refused(
                "they are of two ledgers: other.test/ledger and telltale.test/ledger"));
    assertThat(Consistency.of(new Checkpoint(NAME, 0, newest.root()), newest, List.of()))
        .isInstanceOf(Consistency.Refused.class);
  }
}
