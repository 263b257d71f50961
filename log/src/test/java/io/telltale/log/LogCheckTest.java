package io.telltale.log;

import static io.telltale.log.RecordLogContract.appended;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Firm ground 35. */
class LogCheckTest {
  @TempDir Path folder;

  @BeforeEach
  void threeSegments() throws Exception {
    try (var log = open()) {
      for (int round = 0; !Files.exists(segment(3)); round++) {
        appended(log, List.of(new Entry(round % 3, Bytes.utf8("record " + round))));
      }
      appended(log, List.of(new Entry(0, Bytes.utf8("the last"))));
      assertThat(findings(log.check())).isEmpty();
    }
  }

  private EmbeddedLog open() {
    var config = EmbeddedLogConfig.in(folder).withSegmentBytes(400);
    return EmbeddedLog.open(config.withFreeBytes(() -> Long.MAX_VALUE));
  }

  private Path segment(long number) {
    return folder.resolve(SegmentFormat.name(number));
  }

  private static List<Finding> findings(StoreCheck check) {
    var found = new ArrayList<Finding>();
    String position = StoreCheck.BEGINNING;
    for (boolean last = false; !last; ) {
      StoreCheck.Step step = check.next(position);
      found.addAll(step.findings());
      position = step.position();
      last = step.last();
    }
    return found;
  }

  private static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void every_byte_of_a_sealed_segment_and_of_its_index_matters() throws IOException {
    for (Path file : List.of(segment(1), folder.resolve(SegmentFormat.indexName(1)))) {
      for (int at = 0; at < Files.size(file); at++) {
        flip(file, at);
        assertThat(findings(LogCheck.of(folder)))
            .as("byte %d of %s", at, file)
            .isNotEmpty()
            .allMatch(finding -> finding.where().startsWith(folder.toString()));
        flip(file, at);
      }
    }
    assertThat(findings(LogCheck.of(folder))).isEmpty();
  }

  @Test
  void the_end_of_the_newest_is_told_from_damage_before_it() throws IOException {
    flip(segment(3), -1);
    assertThat(findings(LogCheck.of(folder)))
        .as("after a clean stop")
        .singleElement()
        .matches(finding -> finding.what().contains("is damaged at byte"));
    flip(folder.resolve(StopMark.NAME), 20);
    assertThat(findings(LogCheck.of(folder)))
        .anyMatch(finding -> finding.what().contains("is no mark of a clean stop"));
    Files.delete(folder.resolve(StopMark.NAME));
    assertThat(findings(LogCheck.of(folder)))
        .singleElement()
        .matches(finding -> finding.what().contains("no whole write"))
        .matches(finding -> finding.remedy().contains("next start cuts them off"));
  }

  @Test
  void a_segment_that_the_disk_does_not_give_hides_none_behind_it() throws IOException {
    Files.delete(segment(1));
    // Opens as a file does, and fails when it is read.
    Files.createDirectory(segment(1));
    flip(segment(2), -1);
    assertThat(findings(LogCheck.of(folder)))
        .anyMatch(finding -> finding.text().contains(segment(1) + " cannot be read: the disk"))
        .anyMatch(finding -> finding.text().contains(segment(2) + " is damaged at byte"));
  }

  @Test
  void a_byte_flipped_under_the_open_log_is_found() throws IOException {
    try (var log = open()) {
      flip(segment(2), -1);
      assertThat(findings(log.check()))
          .singleElement()
          .matches(finding -> finding.text().contains(segment(2) + " is damaged at byte"));
    }
  }

  @Test
  void a_folder_that_cannot_be_looked_into_is_not_an_empty_log() throws IOException {
    Path loop = folder.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    assertThatThrownBy(() -> findings(LogCheck.of(loop))).isInstanceOf(UnavailableException.class);
  }

  @Test
  void goes_on_where_an_earlier_check_ended_and_names_a_segment_that_is_gone() throws IOException {
    StoreCheck.Step first = LogCheck.of(folder).next(StoreCheck.BEGINNING);
    assertThat(first.position()).isEqualTo("1");
    assertThat(first.bytes()).isEqualTo(Files.size(segment(1)));
    Files.delete(segment(2));
    assertThat(LogCheck.of(folder).next(first.position()).findings())
        .singleElement()
        .matches(finding -> finding.text().contains(segment(2) + " is missing"));
  }

  /** A segment may have half a gigabyte. */
  @Test
  void a_step_ends_in_the_middle_of_a_segment() {
    var asked = new AtomicInteger();
    assertThatThrownBy(
            () -> LogCheck.of(folder).next(StoreCheck.BEGINNING, () -> asked.incrementAndGet() < 3))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("was ended");
    assertThat(asked.get()).isEqualTo(3);
  }
}
