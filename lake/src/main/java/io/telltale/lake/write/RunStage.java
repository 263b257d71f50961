package io.telltale.lake.write;

import io.telltale.engine.DuckSession;
import java.sql.SQLException;
import java.util.Collection;
import org.duckdb.DuckDBAppender;

/** Runs of sealed halves on their way into a file. */
public final class RunStage {
  // Made anew each time: a database in memory never gives back what a DELETE takes out of a table.
  private static final String EMPTY =
      """
      CREATE OR REPLACE TABLE runs ("partition" INTEGER, first BIGINT, last BIGINT, records BLOB)\
      """;

  private final DuckSession session;

  RunStage(DuckSession session) {
    this.session = session;
    clear();
  }

  /** Takes one file's runs in and tells the SQL that gives them. */
  public String add(Collection<RecordRun> runs) {
    clear();
    try (DuckDBAppender out = session.connection().createAppender("runs")) {
      for (RecordRun run : runs) {
        out.beginRow().append(run.partition()).append(run.first()).append(run.last());
        out.append(run.toArray()).endRow();
      }
    } catch (SQLException e) {
      throw DuckSession.failure("staging records", e);
    }
    return "SELECT \"partition\", first, last, records FROM runs ORDER BY 1, 2";
  }

  void clear() {
    session.run(EMPTY);
  }
}
