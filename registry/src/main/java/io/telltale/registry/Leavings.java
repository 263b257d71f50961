package io.telltale.registry;

import io.telltale.db.Database;
import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.roster.IdentityView;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;

/**
 * Rows that nobody asks for any more, deleted in steps that let a revocation through: feed entries
 * that every view has taken in, and tokens whose end is long past. Events in the ledger tell of
 * both for ever; a device's history, which is its audit trail, stays. For one thread.
 */
public final class Leavings {
  private static final int STEP_ROWS = 500;
  private static final int STEPS_MAX = 20;

  // What became of a token, else its end: an index for a look a minute would cost each token more.
  private static final String OVER = "coalesce(spent, voided, expires)";

  private final Database database;
  private final IdentityView view;
  // The hash of the token up to which they were looked at.
  private Bytes lookedAt = Bytes.EMPTY;

  Leavings(Database database, IdentityView view) {
    this.database = database;
    this.view = view;
  }

  /**
   * The newest entry stays, since a start goes on from its position. There is no view but that in
   * memory, and its listeners were told before it had its position.
   */
  public int dropFeed() {
    long passed = view.position();
    int dropped = 0;
    for (int step = 0; step < STEPS_MAX && isBelow(passed); step++) {
      dropped +=
          database.write(
              connection ->
                  Sql.update(
                      connection,
                      "DELETE FROM feed WHERE position IN (SELECT position FROM feed"
                          + " WHERE position < ? ORDER BY position LIMIT ?)",
                      passed,
                      STEP_ROWS));
    }
    return dropped;
  }

  private boolean isBelow(long passed) {
    return database.read(
        connection ->
            Sql.first(
                    connection,
                    "SELECT 1 FROM feed WHERE position < ? LIMIT 1",
                    row -> true,
                    passed)
                .isPresent());
  }

  /** Drops tokens that were spent, taken back or at their end before {@code then}. */
  public int dropTokens(Instant then) {
    int dropped = 0;
    for (int step = 0; step < STEPS_MAX; step++) {
      Bytes from = lookedAt;
      Bytes to = database.read(connection -> stepEnd(connection, from));
      boolean any = database.read(connection -> isAnyOver(connection, from, to, then));
      if (any) {
        dropped += database.write(connection -> drop(connection, from, to, then));
      }
      lookedAt = to;
      if (to.equals(from)) {
        // Round: from the oldest again, the next time.
        lookedAt = Bytes.EMPTY;
        break;
      }
    }
    return dropped;
  }

  private static Bytes stepEnd(Connection connection, Bytes from) throws SQLException {
    return Sql.first(
            connection,
            "SELECT hash FROM (SELECT hash FROM token WHERE hash > ? ORDER BY hash LIMIT ?)"
                + " AS step ORDER BY hash DESC LIMIT 1",
            row -> Bytes.adopt(row.getBytes(1)),
            from,
            STEP_ROWS)
        .orElse(from);
  }

  private static boolean isAnyOver(Connection connection, Bytes from, Bytes to, Instant then)
      throws SQLException {
    return Sql.first(
            connection,
            "SELECT 1 FROM token WHERE hash > ? AND hash <= ? AND " + OVER + " < ? LIMIT 1",
            row -> true,
            from,
            to,
            then)
        .isPresent();
  }

  private static int drop(Connection connection, Bytes from, Bytes to, Instant then)
      throws SQLException {
    return Sql.update(
        connection,
        "DELETE FROM token WHERE hash > ? AND hash <= ? AND " + OVER + " < ?",
        from,
        to,
        then);
  }
}
