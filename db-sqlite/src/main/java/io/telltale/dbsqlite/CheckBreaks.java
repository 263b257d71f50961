package io.telltale.dbsqlite;

import io.telltale.db.CheckPace;
import io.telltale.db.RowDriver;
import java.io.File;
import java.nio.file.Path;
import org.sqlite.ProgressHandler;

/**
 * Lets somebody else decide, in the middle of a statement, how fast and whether a check goes on.
 * While it reads one state of the database, the write-ahead log cannot be cut: where much is
 * written meanwhile it rests no more, and then it gives up.
 */
final class CheckBreaks extends ProgressHandler implements RowDriver.Breaks {
  /** Some tenths of a millisecond. */
  static final int OPERATIONS = 10_000;

  /** What is left of a log in any case: {@code journal_size_limit}. */
  private static final long RESTS_UP_TO = 64L << 20;

  private static final long GROWTH_MAX = 256L << 20;

  private final CheckPace pace;
  private final File log;
  private final long before;
  private boolean ended;
  private boolean grown;

  CheckBreaks(CheckPace pace, Path file) {
    this.pace = pace;
    this.log = new File(file + "-wal");
    this.before = log.length();
  }

  /** What to do at so much growth of the log with so much room left, in bytes. */
  enum Verdict {
    MAY_REST,
    HURRIES,
    GIVES_UP;

    static Verdict of(long growth, long free) {
      if (growth > RESTS_UP_TO && (growth > GROWTH_MAX || growth > free)) {
        return GIVES_UP;
      }
      return growth > RESTS_UP_TO ? HURRIES : MAY_REST;
    }
  }

  @Override
  protected int progress() {
    long growth = Math.max(0, log.length() - before);
    // The room is asked for when it matters only.
    long free = growth > RESTS_UP_TO ? log.getUsableSpace() : Long.MAX_VALUE;
    boolean goesOn =
        switch (Verdict.of(growth, free)) {
          case MAY_REST -> pace.goesOn();
          case HURRIES -> pace.goesOnAtOnce();
          case GIVES_UP -> {
            grown = true;
            yield false;
          }
        };
    ended = ended || !goesOn;
    return ended ? 1 : 0;
  }

  @Override
  public void afterRow() {
    // SQLite asks in the middle of a statement.
  }

  @Override
  public String why() {
    if (grown) {
      return "its write-ahead log grew too much while it was read, as much is written to it: it is"
          + " read again in the next round, and on a copy by `telltale check --deep`";
    }
    return ended ? "was ended" : "";
  }
}
