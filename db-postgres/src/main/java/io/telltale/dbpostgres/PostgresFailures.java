package io.telltale.dbpostgres;

import io.telltale.db.DiskFailedException;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.UnavailableException;
import java.sql.SQLException;
import java.util.Set;

/** Tells the environment's faults, damage and our own mistakes apart, by SQLSTATE. */
final class PostgresFailures {
  private static final String IO_ERROR = "58030";

  private static final String UNREACHABLE = "08001";

  /** A page or an index of the server is damaged. */
  private static final String DAMAGED = "XX0";

  /**
   * Classes that only a wrong statement or a broken invariant of ours can give: features, triggers,
   * cardinality, data, constraints, the state of a transaction, syntax.
   */
  private static final Set<String> OURS =
      Set.of("0A", "09", "21", "22", "23", "24", "25", "26", "27", "34", "3B", "42", "44");

  /**
   * Of those classes what the server's keepers can give: no right, a standby or a read-only server,
   * their limits on idle and on long transactions.
   */
  private static final Set<String> THEIRS = Set.of("42501", "25006", "25P03", "25P04");

  private PostgresFailures() {}

  /** What whoever runs the server or wrote our settings can do; empty where the state tells not. */
  private static String remedy(String state) {
    return switch (state) {
      case UNREACHABLE -> "see that PostgreSQL runs, and what database.url says";
      case "08004", "28000", "28P01" ->
          "it does not let us in: see database.user and database.password-file";
      case "3D000" -> "there is no such database: create it, or mend database.url";
      case "42501" -> "the role of database.user may not do that: see docs/operating.md";
      default ->
          state.startsWith("08") || state.startsWith("57P")
              ? "the database does not answer; it is tried again"
              : "";
    };
  }

  static RuntimeException of(String what, SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    String remedy = remedy(state);
    String attempted = remedy.isEmpty() ? what : what + ": " + remedy;
    if (state.startsWith(DAMAGED) && !state.equals("XX000")) {
      return new CorruptException(
          attempted + ": its pages are damaged. Put the newest copy of the database back", e);
    }
    if (state.equals(IO_ERROR)) {
      return new DiskFailedException(attempted, e);
    }
    if (state.equals(UNREACHABLE) && e.getCause() != null) {
      // The driver says in words of its own what its cause says again.
      return new UnavailableException(attempted, e.getCause());
    }
    boolean ours = state.length() == 5 && OURS.contains(state.substring(0, 2));
    return ours && !THEIRS.contains(state)
        ? new IllegalStateException(attempted, e)
        : new UnavailableException(attempted, e);
  }
}
