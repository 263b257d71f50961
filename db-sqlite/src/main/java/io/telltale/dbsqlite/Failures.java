package io.telltale.dbsqlite;

import io.telltale.db.DiskFailedException;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.sql.SQLException;
import java.util.Set;
import org.sqlite.SQLiteErrorCode;

/** Tells the environment's faults, a damaged file and our own mistakes apart. */
final class Failures {
  /** Primary result codes of the file itself being wrong. */
  private static final Set<SQLiteErrorCode> DAMAGED =
      Set.of(SQLiteErrorCode.SQLITE_CORRUPT, SQLiteErrorCode.SQLITE_NOTADB);

  /** Primary result codes that only a wrong statement or a broken invariant of ours can give. */
  private static final Set<SQLiteErrorCode> OURS =
      Set.of(
          SQLiteErrorCode.SQLITE_ERROR,
          SQLiteErrorCode.SQLITE_CONSTRAINT,
          SQLiteErrorCode.SQLITE_MISMATCH,
          SQLiteErrorCode.SQLITE_MISUSE,
          SQLiteErrorCode.SQLITE_RANGE,
          SQLiteErrorCode.SQLITE_TOOBIG);

  private Failures() {}

  static RuntimeException of(String attempted, SQLException e) {
    // The low byte of an extended result code is the primary one.
    SQLiteErrorCode primary = SQLiteErrorCode.getErrorCode(e.getErrorCode() & 0xff);
    if (DAMAGED.contains(primary)) {
      return new CorruptException(
          attempted + ": its pages are damaged. Put the newest copy of the whole data folder back",
          e);
    }
    if (primary == SQLiteErrorCode.SQLITE_IOERR) {
      return new DiskFailedException(attempted, e);
    }
    return OURS.contains(primary)
        ? new IllegalStateException(attempted, e)
        : new UnavailableException(attempted, e);
  }
}
