package io.telltale.lake.write;

import io.telltale.lake.seal.SealedFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.DataFile;

/**
 * The files of one scope, day and bucket that are not full, and which of them to write together
 * next. A file of 8^k to 8^(k+1) - 1 rows is of tier k; eight of one tier make one of a higher
 * tier, so that a row is written at most once a tier. A group that nobody adds to any more ends as
 * few files. Not thread-safe.
 */
public final class FileTiers {
  public static final int FAN_IN = 8;

  /** A file this large is full: it is never written again. */
  static final long FULL_BYTES = 32L << 20;

  /** One merge reads no more than these, halves included. */
  static final int FILES_MAX = 32;

  public static final long BYTES_MAX = 64L << 20;

  private static final Comparator<DataFile> FEWEST_ROWS_FIRST =
      Comparator.comparingLong(DataFile::recordCount);

  private final List<DataFile> files = new ArrayList<>();

  static int tier(DataFile file) {
    return (Long.SIZE - 1 - Long.numberOfLeadingZeros(Math.max(1, file.recordCount()))) / 3;
  }

  public static long bytes(DataFile file) {
    SealedFile.Pair pair = SealedFile.Pair.decode(file.keyMetadata());
    return pair.main().plainBytes() + pair.restricted().map(SealedFile::plainBytes).orElse(0L);
  }

  public static boolean isFull(DataFile file) {
    return bytes(file) >= FULL_BYTES;
  }

  public void add(DataFile file) {
    if (!isFull(file)) {
      files.add(file);
    }
  }

  public void remove(DataFile file) {
    files.removeIf(known -> known.location().equals(file.location()));
  }

  public int size() {
    return files.size();
  }

  /** Eight files or more of one tier, the lowest first; fewer where bytes are too many. */
  public Optional<List<DataFile>> sameTier(long bytesMax) {
    if (files.size() < FAN_IN) {
      return Optional.empty();
    }
    files.sort(FEWEST_ROWS_FIRST);
    int from = 0;
    for (int to = 1; to <= files.size(); to++) {
      if (to == files.size() || tier(files.get(to)) != tier(files.get(from))) {
        if (to - from >= FAN_IN) {
          return Optional.of(bounded(files.subList(from, to), bytesMax));
        }
        from = to;
      }
    }
    return Optional.empty();
  }

  /**
   * What to write together when nothing more comes: a file only beside others that have an eighth
   * of its rows, so that what trickles in late never has much written again.
   */
  public Optional<List<DataFile>> rest(long bytesMax) {
    files.sort(FEWEST_ROWS_FIRST);
    int count = 0;
    long rows = 0;
    for (DataFile file : files) {
      if (count > 0 && file.recordCount() > FAN_IN * rows) {
        break;
      }
      rows += file.recordCount();
      count++;
    }
    return count < 2 ? Optional.empty() : Optional.of(bounded(files.subList(0, count), bytesMax));
  }

  // Two are always few enough: no file that is not full has more than half of the bytes that one
  // merge may read at most.
  private static List<DataFile> bounded(List<DataFile> some, long bytesMax) {
    var few = new ArrayList<DataFile>();
    long bytes = 0;
    for (DataFile file : some) {
      bytes += bytes(file);
      if (few.size() == FILES_MAX || (few.size() >= 2 && bytes > bytesMax)) {
        break;
      }
      few.add(file);
    }
    return List.copyOf(few);
  }
}
