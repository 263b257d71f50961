package io.telltale.e2e;

import io.telltale.kernel.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Takes records out of a stopped log as somebody would who knows {@code log-segment.md}: what is
 * left has contiguous offsets and good checksums.
 */
final class LogSurgery {
  private static final int HEADER_BYTES = 160;
  private static final int GROUP_BYTES = 20;
  private static final int FRAME_BYTES = 18;
  private static final int PARTITIONS = 16;

  private LogSurgery() {}

  /** A record of a segment. */
  record Frame(int partition, Bytes body) {}

  /** The one segment that a young log has. */
  static Path segment(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("log"))) {
      List<Path> segments = files.filter(file -> file.toString().endsWith(".seg")).toList();
      if (segments.size() != 1) {
        throw new AssertionError("one segment, not " + segments);
      }
      return segments.getFirst();
    }
  }

  static List<Frame> read(Path segment) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(segment));
    in.position(HEADER_BYTES);
    var frames = new ArrayList<Frame>();
    while (in.hasRemaining()) {
      int group = in.position();
      int end = group + GROUP_BYTES + in.getInt(group + 4);
      in.position(group + GROUP_BYTES);
      while (in.position() < end) {
        int frame = in.position();
        var body = new byte[in.getInt(frame)];
        in.get(frame + FRAME_BYTES, body);
        frames.add(new Frame(in.getShort(frame + 8), Bytes.adopt(body)));
        in.position(frame + FRAME_BYTES + body.length);
      }
    }
    return frames;
  }

  /** Writes the segment anew without some records; how many went. */
  static int remove(Path segment, Predicate<Frame> unwanted) throws IOException {
    byte[] head = Arrays.copyOf(Files.readAllBytes(segment), HEADER_BYTES);
    ByteBuffer header = ByteBuffer.wrap(head);
    long number = header.getLong(16);
    var next = new long[PARTITIONS];
    for (int partition = 0; partition < PARTITIONS; partition++) {
      next[partition] = header.getLong(24 + 8 * partition);
    }
    var out = new ByteArrayOutputStream();
    out.writeBytes(head);
    int removed = 0;
    for (Frame frame : read(segment)) {
      if (unwanted.test(frame)) {
        removed++;
        continue;
      }
      byte[] bytes = frame(number, frame, next[frame.partition()]);
      next[frame.partition()]++;
      out.writeBytes(group(number, out.size(), bytes.length));
      out.writeBytes(bytes);
    }
    Files.write(segment, out.toByteArray());
    // Who may write there may take away what says how far it was written, too.
    Files.deleteIfExists(segment.resolveSibling("stopped"));
    return removed;
  }

  private static byte[] frame(long number, Frame frame, long offset) {
    byte[] body = frame.body().toArray();
    var bytes = new byte[FRAME_BYTES + body.length];
    ByteBuffer out = ByteBuffer.wrap(bytes);
    out.putInt(0, body.length).putShort(8, (short) frame.partition()).putLong(10, offset);
    out.put(FRAME_BYTES, body);
    out.putInt(4, crc(number, out.slice(0, 4), out.slice(8, 10 + body.length)));
    return bytes;
  }

  private static byte[] group(long number, int position, int frameBytes) {
    var bytes = new byte[GROUP_BYTES];
    ByteBuffer out = ByteBuffer.wrap(bytes);
    out.putInt(0, 0x54544752).putInt(4, frameBytes).putInt(8, 1).putInt(12, position);
    out.putInt(16, crc(number, out.slice(0, 16)));
    return bytes;
  }

  private static int crc(long number, ByteBuffer... parts) {
    var crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).putLong(0, number));
    for (ByteBuffer part : parts) {
      crc.update(part);
    }
    return (int) crc.getValue();
  }
}
