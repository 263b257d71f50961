package io.telltale.logembedded;

import static io.telltale.logembedded.ThreeSegments.findings;
import static io.telltale.logembedded.ThreeSegments.flip;
import static io.telltale.logembedded.ThreeSegments.makeUnreadable;
import static io.telltale.logembedded.ThreeSegments.named;
import static io.telltale.logembedded.ThreeSegments.resize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35. */
class LogCheckTest {
  @TempDir Path folder;
  private ThreeSegments segments;

  @BeforeEach
  void threeSegments() throws Exception {
    segments = ThreeSegments.in(folder);
  }

  @Test
  void every_byte_of_a_sealed_segment_and_of_its_index_matters() throws IOException {
    for (Path file : List.of(segments.file(1), segments.index(1))) {
      for (int at = 0; at < Files.size(file); at++) {
        flip(file, at);
        assertThat(findings(segments.check()))
            .as("byte %d of %s", at, file)
            .isNotEmpty()
            .allMatch(finding -> finding.where().startsWith(folder.toString()));
        flip(file, at);
      }
    }
    assertThat(findings(segments.check())).isEmpty();
  }

  @Test
  void a_segment_that_the_disk_does_not_give_hides_none_behind_it() throws IOException {
    makeUnreadable(segments.file(1));
    flip(segments.file(2), -1);
    assertThat(findings(segments.check()))
        .anyMatch(
            finding -> finding.text().contains(segments.file(1) + " cannot be read: the disk"))
        .anyMatch(finding -> finding.text().contains(segments.file(2) + " is damaged at byte"));
  }

  @Test
  void a_folder_that_cannot_be_looked_into_is_not_an_empty_log() throws IOException {
    Path loop = folder.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    assertThatThrownBy(() -> findings(LogCheck.of(loop))).isInstanceOf(UnavailableException.class);
  }

  @Test
  void a_step_reads_a_segment_and_another_process_goes_on_behind_it() throws IOException {
    String position = StoreCheck.BEGINNING;
    for (long number = 1; number <= 3; number++) {
      StoreCheck.Step step = segments.check().next(position);
      assertThat(step)
          .isEqualTo(
              new StoreCheck.Step(
                  Long.toString(number),
                  number == 3,
                  Files.size(segments.file(number)),
                  0,
                  List.of()));
      position = step.position();
    }
    assertThat(segments.check().next("3"))
        .isEqualTo(new StoreCheck.Step("3", true, 0, 0, List.of()));
    assertThat(segments.check().name()).isEqualTo("log");
  }

  /** A segment may have half a gigabyte. */
  @Test
  void a_step_ends_in_the_middle_of_a_segment() {
    var asked = new AtomicInteger();
    assertThatThrownBy(
            () -> segments.check().next(StoreCheck.BEGINNING, () -> asked.incrementAndGet() < 3))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("was ended");
    assertThat(asked.get()).isEqualTo(3);
  }

  @Test
  void a_sealed_segment_has_all_that_the_next_one_goes_on_from() throws IOException {
    resize(segments.file(1), segments.lastGroup(1));
    assertThat(segments.named())
        .containsExactly(
            named(1, "does not end where the next segment begins"),
            SegmentFormat.indexName(1) + " is not the index of its segment");
  }

  @Test
  void a_sealed_segment_that_ends_within_a_write_is_damaged() throws IOException {
    int end = segments.lastGroup(2);
    resize(segments.file(2), segments.size(2) - 1);
    segments.unmark();
    assertThat(segments.named()).containsExactly(named(2, "is damaged at byte " + end));
    segments.startIsRefused();
  }

  @Test
  void a_bad_header_is_named_where_it_is_and_not_in_the_segment_before() throws IOException {
    flip(segments.file(2), 30);
    assertThat(segments.named()).containsExactly(named(2, "has no segment's header"));
    makeUnreadable(segments.file(2));
    assertThat(segments.named()).containsExactly(named(2, "cannot be read: the disk"));
  }

  @Test
  void an_index_is_as_long_as_it_was_written_and_may_be_missing() throws IOException {
    int size = (int) Files.size(segments.index(1));
    for (int wrong : List.of(size + 1, size - 1, 0)) {
      resize(segments.index(1), wrong);
      assertThat(findings(segments.check()))
          .as("%d of %d bytes", wrong, size)
          .singleElement()
          .matches(
              one -> one.text().startsWith(segments.index(1) + " is not the index of its segment."))
          .matches(one -> one.remedy().startsWith("Nothing is lost: delete it"));
    }
    makeUnreadable(segments.index(1));
    assertThat(segments.named())
        .containsExactly(SegmentFormat.indexName(1) + " cannot be read: the disk");
    Files.delete(segments.index(1));
    assertThat(segments.named()).isEmpty();
    segments.starts();
  }

  @Test
  void a_segment_is_never_longer_than_a_segment_can_be() throws IOException {
    for (long number : List.of(2L, 3L)) {
      try (var file = new RandomAccessFile(segments.file(number).toFile(), "rw")) {
        file.setLength(1L << 31);
      }
    }
    assertThat(segments.named())
        .containsExactly(
            named(2, "is longer than a segment"), named(3, "is longer than a segment"));
    assertThat(LogCheck.ends(folder)).isEmpty();
    segments.startIsRefused();
  }

  @Test
  void a_segment_that_is_gone_between_others_is_named_and_the_oldest_may_be_dropped()
      throws IOException {
    Files.delete(segments.file(2));
    assertThat(segments.check().next("1").findings())
        .extracting(ThreeSegments::named)
        .containsExactly(named(2, "is missing"));
    Files.delete(segments.file(1));
    assertThat(segments.check().next("1").findings()).isEmpty();
    assertThat(segments.named()).isEmpty();
  }

  @Test
  void what_lies_under_an_open_log_is_looked_at_but_for_the_newest() throws Exception {
    try (var log = segments.open()) {
      flip(segments.file(3), -1);
      assertThat(findings(log.check())).isEmpty();
      int end = segments.lastGroup(2);
      flip(segments.file(2), -1);
      // Then nothing on the disk says that it was sealed.
      Files.delete(segments.file(3));
      assertThat(findings(log.check()))
          .extracting(ThreeSegments::named)
          .containsExactly(named(2, "is damaged at byte " + end));
      Files.delete(segments.file(2));
      Files.delete(segments.file(1));
      assertThat(findings(log.check()))
          .extracting(ThreeSegments::named)
          .containsExactly(named(1, "is missing"), named(2, "is missing"));
    }
  }

  @Test
  void what_an_open_log_has_dropped_is_not_missing() throws Exception {
    try (var log = segments.open()) {
      StoreCheck check = log.check();
      StoreCheck.Step first = check.next(StoreCheck.BEGINNING);
      long[] ends = new long[RecordLog.PARTITIONS];
      Arrays.setAll(ends, log::end);
      log.dropBefore(ends);
      assertThat(segments.file(2)).doesNotExist();
      assertThat(check.next(first.position()))
          .isEqualTo(new StoreCheck.Step("1", true, 0, 0, List.of()));
    }
  }

  @Test
  void what_is_dropped_while_it_is_looked_at_is_not_missing() throws IOException {
    // Let go of, and not deleted yet.
    var late = LogCheck.ofOpen(folder, () -> List.of(3L));
    assertThat(late.next("1").findings()).isEmpty();
    Files.delete(segments.file(1));
    segments.unmark();
    var looks = new AtomicInteger();
    var check =
        LogCheck.ofOpen(folder, () -> looks.incrementAndGet() == 1 ? List.of(1L, 2L) : List.of(2L));
    assertThat(check.next(StoreCheck.BEGINNING))
        .isEqualTo(new StoreCheck.Step("1", false, 0, 0, List.of()));
  }

  /** A folder lists its files in an order of its own. */
  @Test
  void segments_are_read_in_the_order_of_their_numbers() throws IOException {
    Path many = Files.createDirectory(folder.resolve("many"));
    List<Long> numbers = LongStream.rangeClosed(1, 20).boxed().toList();
    for (long number : numbers.reversed()) {
      Files.createFile(many.resolve(SegmentFormat.name(number)));
    }
    assertThat(findings(LogCheck.of(many)))
        .extracting(finding -> Path.of(finding.where()).getFileName().toString())
        .containsExactlyElementsOf(numbers.stream().map(SegmentFormat::name).toList());
  }

  @Test
  void a_log_that_was_never_written_has_nothing_and_is_in_order() throws IOException {
    Path none = folder.resolve("none");
    for (boolean made : new boolean[] {false, true}) {
      if (made) {
        Files.createDirectory(none);
      }
      assertThat(LogCheck.of(none).next(StoreCheck.BEGINNING))
          .isEqualTo(new StoreCheck.Step("", true, 0, 0, List.of()));
      assertThat(LogCheck.ends(none).orElseThrow()).isEqualTo(new long[RecordLog.PARTITIONS]);
    }
  }
}
