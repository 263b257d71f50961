package io.telltale.lake.query;

import io.telltale.engine.DuckSession;
import io.telltale.engine.EngineMessages;
import io.telltale.engine.MemoryFile;
import io.telltale.engine.QuestionFailed;
import io.telltale.engine.ResultReader;
import io.telltale.engine.WorkerMessage;
import io.telltale.kernel.SpiffeId;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.write.RowSource;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;

/**
 * A DuckDB within this process that can read exactly the files handed to it: what a {@link
 * Question} is in production, without a worker for each of thousands.
 */
public final class Sandbox implements AutoCloseable {
  private static final int THREADS = 2;

  private final OpenFiles open;
  private final DuckSession session;
  private final List<SealedFile> leased = new ArrayList<>();
  private final Map<String, List<MemoryFile>> files = new HashMap<>();

  private Sandbox(OpenFiles open, DuckSession session) {
    this.open = open;
    this.session = session;
  }

  static Sandbox open(OpenFiles open, int memoryMegabytes) {
    return new Sandbox(open, DuckSession.open(memoryMegabytes, THREADS));
  }

  /** False when {@code caller} may not read one of them now: then none is to be read. */
  boolean add(String table, List<SealedFile> sealed, FileVault vault, SpiffeId caller) {
    List<MemoryFile> opened = files.computeIfAbsent(table, _ -> new ArrayList<>());
    for (SealedFile file : sealed) {
      Optional<SecretKey> key = vault.key(file, caller);
      if (key.isEmpty()) {
        open.forgetIdle();
        return false;
      }
      MemoryFile memory = open.lease(file, key.get());
      opened.add(memory);
      leased.add(file);
    }
    return true;
  }

  /** Rows of a query in {@code session}, in words for who asked when it fails. */
  public static List<RowSource.Row> rows(DuckSession session, String sql) throws QuestionFailed {
    try (Statement statement = session.connection().createStatement();
        ResultSet found = statement.executeQuery(sql)) {
      var reader = new ResultReader(found);
      var rows = new ArrayList<RowSource.Row>();
      for (var row = reader.next(); row != null; row = reader.next()) {
        rows.add(new RowSource.Row(row));
      }
      return rows;
    } catch (SQLException e) {
      WorkerMessage.Failed failed = EngineMessages.failure(e);
      throw new QuestionFailed(failed.code(), failed.message());
    }
  }

  int fileCount() {
    return leased.size();
  }

  /** Makes the views and shuts the door. */
  DuckSession lock() {
    return lock(List.of());
  }

  /** The same, and before that {@code staging} is run. */
  DuckSession lock(List<String> staging) {
    var quoted = new HashMap<String, List<String>>();
    files.forEach(
        (table, opened) -> quoted.put(table, opened.stream().map(DuckSession::quoted).toList()));
    Views.statements(quoted).forEach(session::run);
    staging.forEach(session::run);
    session.lock(
        quoted.values().stream().flatMap(List::stream).collect(Collectors.joining(", ", "[", "]")));
    return session;
  }

  @Override
  public void close() {
    session.close();
    leased.forEach(open::release);
  }
}
