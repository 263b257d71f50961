package io.telltale.registry;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;

/** Every step of every principal, with who, why and when (RG-2). */
final class History {
  private History() {}

  /** {@code from} is a state's text, or empty for a registration. */
  static void add(Change change, int number, String from, LifecycleState to, Act act)
      throws SQLException {
    Sql.update(
        change.connection(),
        "INSERT INTO history (principal, from_state, to_state, actor, reason, time)"
            + " VALUES (?, nullif(?, ''), ?, ?, ?, ?)",
        number,
        from,
        to.text(),
        act.actor(),
        act.reason(),
        change.now());
  }

  static List<HistoryEntry> of(Connection connection, int number, int limit) throws SQLException {
    return Sql.list(
        connection,
        "SELECT from_state, to_state, actor, reason, time FROM (SELECT * FROM history WHERE"
            + " principal = ? ORDER BY id DESC LIMIT ?) ORDER BY id",
        row ->
            new HistoryEntry(
                LifecycleState.ofText(Sql.optionalText(row, 1)),
                LifecycleState.ofText(row.getString(2)).orElseThrow(),
                new Act(row.getString(3), row.getString(4)),
                Instant.ofEpochMilli(row.getLong(5))),
        number,
        limit);
  }
}
