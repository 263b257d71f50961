package io.telltale.logembedded;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import io.telltale.log.RecordLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads durable records. Opens the file for each call: a reader that is interrupted closes its own
 * channel only, and retention may delete a segment at any time. Thread-safe.
 */
final class SegmentReader {
  private final SegmentFiles files;
  private final Segments segments;
  private final RecentBlocks recent = new RecentBlocks();

  SegmentReader(SegmentFiles files, Segments segments) {
    this.files = files;
    this.segments = segments;
  }

  List<RecordLog.Stored> read(int partition, long offset, int bytesMax, long positionMax) {
    var found = new ArrayList<RecordLog.Stored>();
    long next = offset;
    long room = bytesMax;
    var span = Segments.Span.before(positionMax);
    while (next < segments.end(partition) && room > 0) {
      next = Math.max(next, segments.start(partition));
      Optional<Segments.Located> located = segments.locate(partition, next, span);
      if (located.isEmpty() || located.get().isEmpty()) {
        break;
      }
      int before = found.size();
      try {
        room = readFrom(located.get(), partition, next, room, found);
      } catch (CorruptException e) {
        recent.forget();
        throw e;
      } catch (NoSuchFileException e) {
        requireDropped(partition, next, e);
        continue;
      } catch (IOException e) {
        throw new UnavailableException("reading the log's partition " + partition, e);
      }
      if (found.size() == before) {
        break;
      }
      next += found.size() - before;
    }
    return found;
  }

  // Retention took the segment after it was located; then the start has moved on, too.
  private void requireDropped(int partition, long offset, NoSuchFileException gone) {
    if (segments.start(partition) <= offset) {
      throw new CorruptException("the log's segment %s is gone".formatted(gone.getFile()), gone);
    }
  }

  /** As {@link RecordLog#position} says. */
  long position(int partition, long offset) {
    long next = offset;
    while (next < segments.end(partition)) {
      next = Math.max(next, segments.start(partition));
      Optional<Segments.Located> located = segments.locate(partition, next, Segments.Span.one());
      if (located.isEmpty()) {
        break;
      }
      try {
        return located.get().segment.begin() + firstOf(located.get());
      } catch (NoSuchFileException e) {
        requireDropped(partition, next, e);
      } catch (IOException e) {
        throw new UnavailableException("looking at the log's partition " + partition, e);
      }
    }
    return segments.endPosition();
  }

  private int firstOf(Segments.Located located) throws IOException {
    int[] positions = located.positions;
    if (positions == null) {
      try (SegmentFile file = files.open(SegmentFormat.name(located.segment.number))) {
        positions = located.of(load(located, file));
      }
    }
    return positions[0];
  }

  /** Adds records while there is room, at least one if none was found yet; the room left, or 0. */
  private long readFrom(
      Segments.Located located, int partition, long first, long room, List<RecordLog.Stored> found)
      throws IOException {
    long number = located.segment.number;
    try (SegmentFile file = files.open(SegmentFormat.name(number))) {
      int[] positions = located.positions;
      if (positions == null) {
        positions = located.of(load(located, file));
      }
      RecentBlocks.View window = recent.new View(file, number, located.dataEnd);
      long left = room;
      for (int i = 0; i < positions.length; i++) {
        ByteBuffer at = window.at(positions[i], SegmentFormat.FRAME_BYTES);
        SegmentFormat.Frame frame = SegmentFormat.parseFrame(at).orElseThrow(() -> damaged(number));
        left -= frame.bodyBytes();
        if (left < 0 && !found.isEmpty()) {
          return 0;
        }
        at = window.at(positions[i], SegmentFormat.FRAME_BYTES + frame.bodyBytes());
        if (frame.partition() != partition
            || frame.offset() != first + i
            || !SegmentFormat.intact(at, frame, number)) {
          throw damaged(number);
        }
        byte[] body = new byte[frame.bodyBytes()];
        at.get(at.position() + SegmentFormat.FRAME_BYTES, body);
        found.add(new RecordLog.Stored(partition, first + i, Bytes.adopt(body)));
      }
      return left;
    }
  }

  private static CorruptException damaged(long number) {
    return new CorruptException("a record in the log's segment %d is damaged".formatted(number));
  }

  private Positions load(Segments.Located located, SegmentFile file) throws IOException {
    Segment segment = located.segment;
    Positions known = segment.positions();
    if (known != null) {
      return known;
    }
    Positions positions = positionsOf(segment, file);
    segments.loaded(segment, positions);
    return positions;
  }

  private Positions positionsOf(Segment segment, SegmentFile file) throws IOException {
    try (SegmentFile index = files.open(SegmentFormat.indexName(segment.number))) {
      Optional<IndexFile.Head> head = IndexFile.readHead(index, segment.number);
      if (head.isPresent() && head.get().dataEnd() == segment.dataEnd()) {
        Optional<Positions> positions =
            IndexFile.readPositions(index, head.get()).filter(segment::isListedBy);
        if (positions.isPresent()) {
          return positions.get();
        }
      }
    } catch (NoSuchFileException e) {
      // Made anew below.
    }
    SegmentScan.Outcome scanned =
        SegmentScan.of(file, segment.number, segment.dataEnd(), segment.firstOffsets());
    if (scanned instanceof SegmentScan.Outcome.Whole whole
        && segment.isListedBy(whole.positions())) {
      return whole.positions();
    }
    throw damaged(segment.number);
  }
}
