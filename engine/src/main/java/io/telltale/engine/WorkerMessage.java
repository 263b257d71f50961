package io.telltale.engine;

import io.telltale.kernel.Bytes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the server and its query worker say to each other ({@code docs/format/query-worker.md}). */
public sealed interface WorkerMessage {
  /** What only the server says. */
  sealed interface Request extends WorkerMessage {}

  /** What only the worker says. */
  sealed interface Reply extends WorkerMessage {}

  /** The parse tree of a statement, please. */
  record Parse(String sql) implements Request {}

  /** A parse tree back as text, please. */
  record Render(String tree) implements Request {}

  /** The next {@code size} bytes are a file, no frames. */
  record Load(long size) implements Request {}

  /**
   * Make the views and shut every door. In {@code statements} {@code $0} stands for the path of the
   * first loaded file in quotes, and so on.
   */
  record Lock(int memoryMegabytes, int cpuSeconds, boolean file, List<String> statements)
      implements Request {
    public Lock {
      statements = List.copyOf(statements);
    }
  }

  /** Run a statement; as a file the rows come as Parquet too. */
  record Ask(String sql, int rowsMax, long bytesMax, boolean asFile) implements Request {}

  /** Ready for a question. */
  record Ready() implements Reply {}

  record Text(String text) implements Reply {}

  record Columns(List<ResultColumn> columns) implements Reply {
    public Columns {
      columns = List.copyOf(columns);
    }
  }

  record Rows(List<List<@Nullable Object>> rows) implements Reply {}

  /** A piece of a Parquet file. */
  record Piece(Bytes bytes) implements Reply {}

  /** No more rows and pieces follow. */
  record Done(boolean truncated) implements Reply {}

  /** It did not work; the worker is of no more use. */
  record Failed(String code, String message) implements Reply {}
}
