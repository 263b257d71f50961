package io.telltale.server.command;

import io.telltale.device.FileMark;
import io.telltale.device.ReadingFile;
import io.telltale.device.ReadingFile.Line;
import io.telltale.kernel.Hash;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A file of readings, from the row on that no earlier run has taken. */
final class HistoryFile implements AutoCloseable {
  private final History history;
  private final ReadingFile file;
  private final long skipped;
  private @Nullable Line first;

  /** What opening gives. */
  sealed interface Opened {
    record Ready(HistoryFile file) implements Opened {}

    /** {@code why} says what to do. */
    record Unusable(String why) implements Opened {}
  }

  private HistoryFile(History history, ReadingFile file, Line first, long skipped) {
    this.history = history;
    this.file = file;
    this.first = first;
    this.skipped = skipped;
  }

  /**
   * @param taken how far a file was taken before
   */
  static Opened open(History history, Function<Hash, Optional<FileMark>> taken) throws IOException {
    return switch (ReadingFile.open(history.path(), history.format())) {
      case ReadingFile.Opened.Unreadable(String why) -> new Opened.Unusable(why);
      case ReadingFile.Opened.Ready(ReadingFile file) -> {
        Line first = file.next();
        Optional<FileMark> before =
            history.anew()
                ? Optional.empty()
                : file.mark().flatMap(mark -> before(history, mark.file(), taken));
        Opened opened =
            before
                .<Opened>map(mark -> resumed(history, file, mark))
                .orElseGet(() -> new Opened.Ready(new HistoryFile(history, file, first, 0)));
        if (opened instanceof Opened.Unusable) {
          file.close();
        }
        yield opened;
      }
    };
  }

  // Agents of before told files apart without their type.
  private static Optional<FileMark> before(
      History history, Hash file, Function<Hash, Optional<FileMark>> taken) {
    return taken.apply(history.named(file)).or(() -> taken.apply(file));
  }

  private static boolean isSame(FileMark now, FileMark before) {
    return now.rows() == before.rows() && now.chain().equals(before.chain());
  }

  private static Opened resumed(History history, ReadingFile file, FileMark before) {
    try {
      boolean more = true;
      while (more && file.mark().orElse(before).rows() < before.rows()) {
        Line line = file.next();
        more = !(line instanceof Line.End || line instanceof Line.Broken);
      }
      return file.mark().filter(mark -> isSame(mark, before)).isPresent()
          ? new Opened.Ready(new HistoryFile(history, file, file.next(), before.rows()))
          : new Opened.Unusable(
              "%s has changed in the %,d rows that were sent of it; --anew sends all of it again"
                  .formatted(history.path(), before.rows()));
    } catch (IOException e) {
      return new Opened.Unusable("cannot read " + history.path() + ": " + e.getMessage());
    }
  }

  /** How many rows an earlier run has taken. */
  long skipped() {
    return skipped;
  }

  Line next() throws IOException {
    Line line = first == null ? file.next() : first;
    first = null;
    return line;
  }

  /** Up to the line given last. */
  FileMark mark() {
    FileMark mark = file.mark().orElseThrow();
    return new FileMark(history.named(mark.file()), mark.rows(), mark.chain());
  }

  long bytesRead() {
    return file.bytesRead();
  }

  @Override
  public void close() {
    file.close();
  }
}
