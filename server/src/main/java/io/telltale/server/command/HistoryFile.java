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
  private final ReadingFile file;
  private final long skipped;
  private @Nullable Line first;

  /** What opening gives. */
  sealed interface Opened {
    record Ready(HistoryFile file) implements Opened {}

    /** {@code why} says what to do. */
    record Unusable(String why) implements Opened {}
  }

  private HistoryFile(ReadingFile file, Line first, long skipped) {
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
            history.anew() ? Optional.empty() : file.mark().map(FileMark::file).flatMap(taken);
        Opened opened =
            before
                .<Opened>map(mark -> resumed(history, file, mark))
                .orElseGet(() -> new Opened.Ready(new HistoryFile(file, first, 0)));
        if (opened instanceof Opened.Unusable) {
          file.close();
        }
        yield opened;
      }
    };
  }

  private static Opened resumed(History history, ReadingFile file, FileMark before) {
    try {
      boolean more = true;
      while (more && file.mark().orElse(before).rows() < before.rows()) {
        Line line = file.next();
        more = !(line instanceof Line.End || line instanceof Line.Broken);
      }
      return file.mark().filter(before::equals).isPresent()
          ? new Opened.Ready(new HistoryFile(file, file.next(), before.rows()))
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
    return file.mark().orElseThrow();
  }

  long bytesRead() {
    return file.bytesRead();
  }

  @Override
  public void close() {
    file.close();
  }
}
