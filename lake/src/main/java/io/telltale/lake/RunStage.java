package io.telltale.lake;

import io.telltale.kernel.UnavailableException;
import java.sql.SQLException;
import org.duckdb.DuckDBAppender;

/** Runs of sealed halves on their way into a file. */
final class RunStage {
  private final DuckSession session;

  RunStage(DuckSession session) {
    this.session = session;
    session.run(
        """
        CREATE TABLE runs ("partition" INTEGER, first BIGINT, last BIGINT, records BLOB)\
        """);
  }

  /** Takes one file's runs in and tells the SQL that gives them. */
  String add(ReadingBatch batch) {
    session.run("DELETE FROM runs");
    try (DuckDBAppender out = session.connection().createAppender("runs")) {
      for (RecordRun run : batch.runs()) {
        out.beginRow().append(run.partition()).append(run.first()).append(run.last());
        out.append(run.toArray()).endRow();
      }
    } catch (SQLException e) {
      throw new UnavailableException("staging records", e);
    }
    return "SELECT \"partition\", first, last, records FROM runs ORDER BY 1, 2";
  }

  void clear() {
    session.run("DELETE FROM runs");
  }
}
