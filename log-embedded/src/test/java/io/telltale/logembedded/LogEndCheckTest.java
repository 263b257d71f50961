package io.telltale.logembedded;

import static io.telltale.fakes.RecordLogContract.appended;
import static io.telltale.logembedded.ThreeSegments.findings;
import static io.telltale.logembedded.ThreeSegments.flip;
import static io.telltale.logembedded.ThreeSegments.makeUnreadable;
import static io.telltale.logembedded.ThreeSegments.named;
import static io.telltale.logembedded.ThreeSegments.resize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import io.telltale.log.RecordLog.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 35: where the newest segment ends, and what the next start makes of it. */
class LogEndCheckTest {
  @TempDir Path folder;
  private ThreeSegments segments;

  @BeforeEach
  void threeSegments() throws Exception {
    segments = ThreeSegments.in(folder);
  }

  @Test
  void damage_at_the_end_of_the_newest_is_told_from_a_write_that_was_cut_short()
      throws IOException {
    int end = segments.lastGroup(3);
    int size = segments.size(3);
    flip(segments.file(3), -1);
    assertThat(segments.named()).containsExactly(named(3, "is damaged at byte " + end));
    segments.startIsRefused();
    segments.unmark();
    assertThat(findings(segments.check()))
        .singleElement()
        .matches(
            one ->
                one.kind().equals("ends in %d bytes that are no whole write".formatted(size - end)))
        .matches(one -> one.remedy().contains("next start cuts them off"));
    segments.starts();
  }

  @Test
  void damage_before_the_end_of_the_newest_is_no_write_that_was_cut_short() throws IOException {
    segments.unmark();
    flip(segments.file(3), SegmentFormat.HEADER_BYTES + SegmentFormat.GROUP_BYTES);
    assertThat(segments.named())
        .containsExactly(named(3, "is damaged at byte " + SegmentFormat.HEADER_BYTES));
    segments.startIsRefused();
  }

  @Test
  void what_comes_behind_the_mark_of_a_clean_stop_was_never_acknowledged() throws IOException {
    resize(segments.file(3), segments.size(3) + 5);
    assertThat(segments.named())
        .containsExactly(named(3, "ends in 5 bytes that are no whole write"));
    segments.starts();
  }

  @Test
  void whole_writes_that_are_gone_from_the_newest_are_known_by_the_mark() throws IOException {
    int end = segments.lastGroup(3);
    resize(segments.file(3), end);
    assertThat(segments.named()).containsExactly(named(3, "is cut off at byte " + end));
    segments.startIsRefused();
    segments.unmark();
    assertThat(segments.named()).isEmpty();
  }

  @Test
  void the_mark_speaks_of_the_newest_segment_only() throws Exception {
    try (var log = segments.open()) {
      appended(log, List.of(new Entry(0, Bytes.utf8("x".repeat(1_000)))));
    }
    assertThat(segments.size(4)).as("longer than those before").isGreaterThan(segments.size(1));
    assertThat(segments.named()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, SegmentFormat.HEADER_BYTES})
  void a_newest_segment_whose_making_was_cut_short_is_told_from_a_lost_header(int size)
      throws IOException {
    resize(segments.file(3), size);
    if (size == SegmentFormat.HEADER_BYTES) {
      flip(segments.file(3), 30);
    }
    assertThat(segments.named()).as("marked").containsExactly(named(3, "has no segment's header"));
    segments.startIsRefused();
    segments.unmark();
    assertThat(segments.named())
        .containsExactly(named(3, "ends in %d bytes that are no whole write".formatted(size)));
    Path two = Files.move(segments.file(2), folder.resolve("two"));
    Files.delete(segments.file(1));
    assertThat(segments.named())
        .as("its header alone says where it begins")
        .containsExactly(named(3, "has no segment's header"));
    segments.startIsRefused();
    Files.move(two, segments.file(2));
    segments.starts();
  }

  @Test
  void the_making_of_the_first_segment_may_be_cut_short_too() throws IOException {
    segments.unmark();
    Files.delete(segments.file(3));
    Files.delete(segments.file(2));
    resize(segments.file(1), 100);
    assertThat(segments.named())
        .containsExactly(named(1, "ends in 100 bytes that are no whole write"));
    segments.starts();
  }

  @Test
  void a_bad_header_before_durable_records_is_no_making_that_was_cut_short() throws IOException {
    segments.unmark();
    resize(segments.file(3), SegmentFormat.HEADER_BYTES + 1);
    flip(segments.file(3), 30);
    assertThat(segments.named()).containsExactly(named(3, "has no segment's header"));
    segments.startIsRefused();
    resize(segments.file(3), SegmentFormat.HEADER_BYTES);
    resize(segments.file(2), 100);
    assertThat(segments.named())
        .as("another was begun behind it")
        .first()
        .isEqualTo(named(2, "has no segment's header"));
  }

  @Test
  void a_mark_that_is_none_is_named_and_a_segment_that_it_names_must_be_there() throws IOException {
    Path mark = segments.mark();
    flip(mark, 20);
    assertThat(findings(segments.check()))
        .singleElement()
        .matches(one -> one.text().startsWith(mark + " is no mark of a clean stop. No reading"));
    flip(mark, 20);
    Files.delete(segments.file(3));
    assertThat(segments.named()).containsExactly(named(3, "is missing"));
    segments.startIsRefused();
    Files.delete(segments.file(2));
    Files.delete(segments.file(1));
    assertThat(segments.named()).as("nothing else is left").containsExactly(named(3, "is missing"));
    segments.startIsRefused();
    Files.delete(mark);
    assertThat(segments.named()).as("nothing is left").isEmpty();
  }

  @Test
  void a_mark_that_the_disk_does_not_give_is_named_and_no_segment_for_it() throws IOException {
    makeUnreadable(segments.mark());
    assertThat(segments.named()).containsExactly("stopped cannot be read: the disk");
    int end = segments.lastGroup(2);
    flip(segments.file(2), -1);
    assertThat(segments.named())
        .containsExactly("stopped cannot be read: the disk", named(2, "is damaged at byte " + end));
  }

  @Test
  void an_index_beside_the_newest_segment_may_be_of_before() throws IOException {
    Files.copy(segments.index(1), segments.index(3));
    assertThat(segments.named()).isEmpty();
    segments.starts();
  }

  private long[] ends() {
    return LogCheck.ends(folder).orElseThrow();
  }

  @Test
  void tells_where_the_partitions_end_if_the_newest_segment_does() throws Exception {
    var ends = new long[RecordLog.PARTITIONS];
    try (var log = segments.open()) {
      Arrays.setAll(ends, log::end);
    }
    assertThat(ends()).isEqualTo(ends);
    flip(segments.file(3), -1);
    ends[0]--;
    assertThat(ends()).as("without the last write").isEqualTo(ends);
    flip(segments.file(3), SegmentFormat.HEADER_BYTES + SegmentFormat.GROUP_BYTES);
    flip(segments.file(3), -1);
    assertThat(LogCheck.ends(folder)).as("with damage before it").isEmpty();
    flip(segments.file(3), 30);
    assertThat(LogCheck.ends(folder)).as("without a header").isEmpty();
    makeUnreadable(segments.file(3));
    assertThatThrownBy(this::ends).isInstanceOf(UnavailableException.class);
  }
}
