package io.telltale.logembedded;

import io.telltale.kernel.CorruptException;
import io.telltale.log.RecordLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Finds out what a log folder holds. Only the last segment may end in an unfinished write, which is
 * cut off; anything else that is not as it was written stops the log: a hole must never be skipped.
 */
final class Opening {
  private final SegmentFiles files;

  Opening(SegmentFiles files) {
    this.files = files;
  }

  /** The segments, and the last one's file, ready to be written on. */
  record Opened(Segments segments, ActiveSegment active) {}

  Opened open() throws IOException {
    Optional<StopMark> stopped = StopMark.read(files);
    Opened opened = open(stopped);
    try {
      StopMark.drop(files);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.active().close();
      throw e;
    }
  }

  private Opened open(Optional<StopMark> stopped) throws IOException {
    List<Long> numbers = numbers(stopped);
    if (numbers.isEmpty()) {
      var first = Segment.empty(1, new long[RecordLog.PARTITIONS]);
      return opened(List.of(first), ActiveSegment.create(files, first));
    }
    long last = numbers.getLast();
    SegmentFile file = files.open(SegmentFormat.name(last));
    try {
      long[] firstOffsets = header(file, last);
      Segment active = recover(file, last, firstOffsets, stopped);
      var segments = new ArrayList<Segment>(List.of(active));
      for (long number : numbers.reversed().subList(1, numbers.size())) {
        segments.addFirst(sealed(number, segments.getFirst().firstOffsets()));
      }
      return opened(segments, file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private Opened opened(List<Segment> segments, SegmentFile file) {
    var durable = new Segments(segments);
    return new Opened(durable, new ActiveSegment(files, durable, file));
  }

  /** Contiguous and in order; without a last one whose making a crash cut short. */
  private List<Long> numbers(Optional<StopMark> stopped) throws IOException {
    var numbers = new ArrayList<Long>();
    for (String name : files.names()) {
      SegmentFormat.numberOf(name).ifPresent(numbers::add);
    }
    numbers.sort(null);
    for (int i = 1; i < numbers.size(); i++) {
      if (numbers.get(i) != numbers.get(i - 1) + 1) {
        throw new CorruptException("the log's segment %d is gone".formatted(numbers.get(i) - 1));
      }
    }
    long last = numbers.isEmpty() ? 0 : numbers.getLast();
    if (stopped.isPresent() && stopped.get().number() > last) {
      throw new CorruptException("the log's segment %d is gone".formatted(last + 1));
    }
    if (last > 0 && unfinished(last)) {
      if (stopped.isPresent() && stopped.get().number() == last) {
        throw badHeader(last);
      }
      files.delete(SegmentFormat.name(last));
      files.sync();
      numbers.removeLast();
    }
    return numbers;
  }

  // A segment's header is durable before the first group is written and before the segment before
  // it may be dropped. So a bad header is a crash while the file was made, or else damage.
  private boolean unfinished(long number) throws IOException {
    try (SegmentFile file = files.open(SegmentFormat.name(number))) {
      if (headerOf(file, number).isPresent()) {
        return false;
      }
      boolean hadPredecessor =
          number == 1 || files.names().contains(SegmentFormat.name(number - 1));
      if (file.size() > SegmentFormat.HEADER_BYTES || !hadPredecessor) {
        throw badHeader(number);
      }
      return true;
    }
  }

  private static Optional<long[]> headerOf(SegmentFile file, long number) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(SegmentFormat.HEADER_BYTES);
    file.read(0, bytes);
    return SegmentFormat.parseHeader(bytes.flip(), number);
  }

  private static long[] header(SegmentFile file, long number) throws IOException {
    return headerOf(file, number).orElseThrow(() -> badHeader(number));
  }

  private static CorruptException badHeader(long number) {
    return new CorruptException("the header of the log's segment %d is bad".formatted(number));
  }

  private Segment recover(
      SegmentFile file, long number, long[] firstOffsets, Optional<StopMark> stopped)
      throws IOException {
    int size = sizeOf(file, number);
    int marked = stopped.filter(mark -> mark.number() == number).map(StopMark::end).orElse(0);
    return switch (SegmentScan.of(file, number, size, firstOffsets)) {
      case SegmentScan.Outcome.Corrupt corrupt ->
          throw new CorruptException(
              "the log's segment %d is damaged at byte %d, with durable records behind it"
                  .formatted(number, corrupt.position()));
      case SegmentScan.Outcome.Whole whole when whole.end() < marked ->
          throw afterStop(number, whole.end());
      case SegmentScan.Outcome.Torn torn when torn.end() < marked ->
          throw afterStop(number, torn.end());
      case SegmentScan.Outcome.Whole whole -> {
        makeDurable(file, whole.lastGroup(), whole.end());
        yield Segment.loaded(number, firstOffsets, whole.positions(), whole.end());
      }
      case SegmentScan.Outcome.Torn torn -> {
        file.truncate(torn.end());
        makeDurable(file, torn.lastGroup(), torn.end());
        yield Segment.loaded(number, firstOffsets, torn.positions(), torn.end());
      }
    };
  }

  private static CorruptException afterStop(long number, int end) {
    return new CorruptException(
        "the log's segment %d is damaged at byte %d, which was whole when the log was closed"
            .formatted(number, end));
  }

  // The last group may be in the page cache only, and called clean there after a failed fsync of a
  // process that died: written anew it is dirty, and forced for certain.
  private static void makeDurable(SegmentFile file, int lastGroup, int end) throws IOException {
    ByteBuffer group = ByteBuffer.allocate(end - lastGroup);
    file.read(lastGroup, group);
    file.write(lastGroup, group.flip());
    file.force();
  }

  private Segment sealed(long number, long[] ends) throws IOException {
    try (SegmentFile file = files.open(SegmentFormat.name(number))) {
      long[] firstOffsets = header(file, number);
      Optional<IndexFile.Head> head = index(number);
      if (head.isPresent() && fits(head.get(), firstOffsets, ends, file.size())) {
        return Segment.sealed(number, head.get());
      }
      int size = sizeOf(file, number);
      SegmentScan.Outcome scanned = SegmentScan.of(file, number, size, firstOffsets);
      if (!(scanned instanceof SegmentScan.Outcome.Whole whole)
          || !Arrays.equals(SegmentScan.after(firstOffsets, whole.positions()), ends)) {
        throw new CorruptException("the log's sealed segment %d is damaged".formatted(number));
      }
      var segment = Segment.loaded(number, firstOffsets, whole.positions(), whole.end());
      ActiveSegment.writeIndex(files, segment);
      segment.unload();
      return segment;
    }
  }

  private Optional<IndexFile.Head> index(long number) throws IOException {
    try (SegmentFile index = files.open(SegmentFormat.indexName(number))) {
      return IndexFile.readHead(index, number);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  // The last segment may have been sealed once, opened again and sealed anew: an index of the first
  // time is a good index of too little.
  private static boolean fits(
      IndexFile.Head head, long[] firstOffsets, long[] ends, long fileSize) {
    if (head.dataEnd() != fileSize || !Arrays.equals(head.firstOffsets(), firstOffsets)) {
      return false;
    }
    for (int partition = 0; partition < ends.length; partition++) {
      if (firstOffsets[partition] + head.counts()[partition] != ends[partition]) {
        return false;
      }
    }
    return true;
  }

  private static int sizeOf(SegmentFile file, long number) throws IOException {
    long size = file.size();
    if (size > Integer.MAX_VALUE) {
      throw new CorruptException("the log's segment %d has %d bytes".formatted(number, size));
    }
    return (int) size;
  }
}
