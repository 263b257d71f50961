package io.telltale.lake.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.lake.MinuteRow;
import io.telltale.lake.TestLake;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.roaringbitmap.RoaringBitmap;

/** Firm ground, growth: what of the revisions of a minute is left when files are merged. */
@Tag("one-store")
class MinuteFoldTest {
  private static MinuteRow row(
      int revision, boolean isFinal, int since, String offsets, int... who) {
    return new MinuteRow(
        TestLake.SCOPE,
        "hall-1",
        "press",
        "temperature",
        "Cel",
        TestLake.NOON,
        revision,
        isFinal,
        revision,
        20.0,
        20.0,
        20.0,
        3,
        since,
        RoaringBitmap.bitmapOf(who),
        offsets);
  }

  private static List<MinuteRow> folded(MinuteRow... rows) {
    var out = new ArrayList<MinuteRow>();
    var fold = new MinuteFold(out::add);
    List.of(rows).forEach(fold::take);
    fold.end();
    return out;
  }

  @Test
  void what_was_replaced_goes_on_in_the_next_revision() {
    assertThat(
            folded(
                row(1, false, 0, "0:1-2;3:7-7", 1),
                row(2, false, 1, "", 2),
                row(3, false, 2, "0:3-3;3:9-9", 3)))
        .containsExactly(row(3, false, 0, "0:1-3;3:7-7,9-9", 1, 2, 3));
    assertThat(folded(row(4, false, 3, "0:1-1", 1), row(5, true, 4, "")))
        .containsExactly(row(5, true, 3, "0:1-1", 1));
  }

  @Test
  void a_final_revision_stays_as_it_is() {
    List<MinuteRow> rows =
        List.of(row(1, true, 0, "0:1-2", 1), row(2, true, 1, "0:3-3"), row(3, false, 2, "0:9-9"));
    assertThat(folded(rows.toArray(MinuteRow[]::new))).isEqualTo(rows);
  }

  // Revision 2 is in a file that this merge does not have.
  @Test
  void nothing_is_carried_over_a_revision_that_is_elsewhere() {
    List<MinuteRow> rows = List.of(row(1, false, 0, "0:1-2", 1), row(3, false, 2, "0:3-3"));
    assertThat(folded(rows.toArray(MinuteRow[]::new))).isEqualTo(rows);
    assertThat(folded(row(1, false, 0, "0:1-2", 1), row(3, false, 1, "0:3-4")))
        .containsExactly(row(3, false, 0, "0:1-4", 1));
  }

  // What older pipelines wrote.
  @Test
  void a_revision_with_all_of_the_lineage_needs_none_before_it() {
    assertThat(folded(row(1, false, 0, "0:1-2", 1), row(7, false, 0, "0:1-9", 1, 2)))
        .containsExactly(row(7, false, 0, "0:1-9", 1, 2));
  }

  @Test
  void no_row_grows_beyond_what_one_may_have() {
    var random = new Random(5);
    var rows = new ArrayList<MinuteRow>();
    var wanted = new TreeSet<Long>();
    for (int revision = 1; revision <= 40; revision++) {
      var text = new StringJoiner(",", "5:", "");
      for (int i = 0; i < 2_000; i++) {
        long offset = 1_000_000_000L * revision + 2L * i;
        wanted.add(offset);
        text.add(offset + "-" + offset);
      }
      rows.add(row(revision, false, revision - 1, text.toString(), random.nextInt(100)));
    }
    List<MinuteRow> left = folded(rows.toArray(MinuteRow[]::new));
    assertThat(left).hasSizeBetween(2, 20);
    var found = new ArrayList<Long>();
    int before = 0;
    for (MinuteRow row : left) {
      assertThat(row.offsets().length()).isLessThanOrEqualTo(MinuteRow.LINEAGE_MAX);
      assertThat(row.since()).isEqualTo(before);
      before = row.revision();
      Lineage.ranges(row.offsets()).forEach(range -> found.add(range.from()));
    }
    assertThat(found).containsExactlyElementsOf(wanted);
  }

  @Test
  void stored_offsets_are_read_or_named_corrupt() {
    assertThat(Lineage.Offsets.of("0:1-2")).isEqualTo(new Lineage.Offsets(0, "0:1-2"));
    assertThat(Lineage.Offsets.of(">12;0:1-2")).isEqualTo(new Lineage.Offsets(12, "0:1-2"));
    assertThat(new Lineage.Offsets(12, "").stored()).isEqualTo(">12;");
    assertThat(Lineage.Offsets.of(">12;")).isEqualTo(new Lineage.Offsets(12, ""));
    assertThat(Lineage.contributors(Bytes.EMPTY)).isEqualTo(new RoaringBitmap());
    for (String wrong : List.of(">", ">12", ">x;0:1-2", ">99999999999;")) {
      assertThatThrownBy(() -> Lineage.Offsets.of(wrong)).isInstanceOf(CorruptException.class);
    }
  }
}
