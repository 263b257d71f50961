package io.telltale.logembedded;

import static io.telltale.fakes.RecordLogContract.appended;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.log.RecordLog.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A log of three segments that was closed in order, and what may become of it. */
record ThreeSegments(Path folder) {
  static ThreeSegments in(Path folder) throws InterruptedException {
    var segments = new ThreeSegments(folder);
    try (var log = segments.open()) {
      for (int round = 0; !Files.exists(segments.file(3)); round++) {
        appended(log, List.of(new Entry(round % 3, Bytes.utf8("record " + round))));
      }
      appended(log, List.of(new Entry(0, Bytes.utf8("the last"))));
      assertThat(findings(log.check())).isEmpty();
    }
    return segments;
  }

  EmbeddedLog open() {
    var config = EmbeddedLogConfig.in(folder).withSegmentBytes(400);
    return EmbeddedLog.open(config.withFreeBytes(() -> Long.MAX_VALUE));
  }

  LogCheck check() {
    return LogCheck.of(folder);
  }

  Path file(long number) {
    return folder.resolve(SegmentFormat.name(number));
  }

  int size(long number) throws IOException {
    return (int) Files.size(file(number));
  }

  /** Where its last write begins. */
  int lastGroup(long number) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file(number)));
    int last = 0;
    for (int at = SegmentFormat.HEADER_BYTES; at < bytes.capacity(); ) {
      last = at;
      var group = SegmentFormat.parseGroup(bytes.position(at), number, at).orElseThrow();
      at += SegmentFormat.GROUP_BYTES + group.frameBytes();
    }
    assertThat(last).as("more groups than one").isGreaterThan(SegmentFormat.HEADER_BYTES);
    return last;
  }

  Path index(long number) {
    return folder.resolve(SegmentFormat.indexName(number));
  }

  Path mark() {
    return folder.resolve(StopMark.NAME);
  }

  void unmark() throws IOException {
    Files.delete(mark());
  }

  /** What is named, by file. */
  List<String> named() {
    return findings(check()).stream().map(ThreeSegments::named).toList();
  }

  static String named(Finding finding) {
    return Path.of(finding.where()).getFileName() + " " + finding.kind();
  }

  static String named(long number, String what) {
    return SegmentFormat.name(number) + " " + what;
  }

  static List<Finding> findings(StoreCheck check) {
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

  /** The check says that a start makes it whole; here is the start. */
  void starts() {
    open().close();
    assertThat(named()).isEmpty();
  }

  void startIsRefused() {
    assertThatThrownBy(this::open).isInstanceOf(CorruptException.class);
  }

  static void flip(Path file, int at) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    Files.write(file, bytes);
  }

  static void resize(Path file, int size) throws IOException {
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), size));
  }

  static void makeUnreadable(Path file) throws IOException {
    Files.deleteIfExists(file);
    // Opens as a file does, and fails when it is read.
    Files.createDirectory(file);
  }
}
