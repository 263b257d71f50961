package io.telltale.lake.query;

import io.telltale.engine.MemoryFile;
import io.telltale.engine.QuestionFailed;
import io.telltale.engine.ResultHash;
import io.telltale.engine.WorkerMessage;
import io.telltale.engine.WorkerPool;
import io.telltale.engine.WorkerProcess;
import io.telltale.kernel.SpiffeId;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.QueryResult;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedFile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKey;

/**
 * One question in a worker of its own: parsed there, given the files that the asker may read, and
 * answered there. Whatever goes wrong in it ends with it.
 */
public final class Question implements AutoCloseable {
  private static final int CPU_SECONDS_SPARE = 5;
  // Rows that are handed over one by one and kept by nobody.
  private static final long STREAMED_MAX = 1L << 30;

  private final WorkerPool.BusyWorker held;
  private final OpenFiles open;
  private final FileVault vault;
  private final QueryLimits limits;
  private final long fileBytesMax;
  private final Map<String, List<String>> tables = new HashMap<>();
  private int files;
  private long bytes;

  /**
   * @param fileBytesMax more is not copied into the worker: what limits it otherwise does not count
   *     that
   */
  Question(
      WorkerPool pool, OpenFiles open, FileVault vault, QueryLimits limits, long fileBytesMax) {
    this.held = pool.take(limits.time());
    this.open = open;
    this.vault = vault;
    this.limits = limits;
    this.fileBytesMax = fileBytesMax;
  }

  /** DuckDB's parse tree of {@code sql}, JSON. */
  String parse(String sql) throws QuestionFailed {
    return held.process().parse(sql);
  }

  /** A parse tree back as text; it must be one that the gate let through. */
  public String render(String tree) throws QuestionFailed {
    return held.process().render(tree);
  }

  /** False when {@code caller} may not read one of them now: then none is to be read. */
  boolean add(String table, List<SealedFile> sealed, SpiffeId caller) throws QuestionFailed {
    List<String> names = tables.computeIfAbsent(table, _ -> new ArrayList<>());
    for (SealedFile file : sealed) {
      Optional<SecretKey> key = vault.key(file, caller);
      if (key.isEmpty()) {
        open.forgetIdle();
        return false;
      }
      bytes += file.plainBytes();
      if (bytes > fileBytesMax) {
        throw new QuestionFailed(
            "too-much-data",
            "the question reads more than %,d MiB: narrow it by event_time, device or scope"
                .formatted(fileBytesMax >> 20));
      }
      MemoryFile memory = open.lease(file, key.get());
      try {
        held.process().load(memory);
      } finally {
        open.release(file);
      }
      names.add("$" + files++);
    }
    return true;
  }

  /** Makes the views and shuts the door; only then may the statement itself run. */
  public void lock(boolean asFile) throws QuestionFailed {
    lock(asFile, List.of());
  }

  /** As {@link #lock(boolean)}; {@code staging} is SQL of our own, run before. */
  public void lock(List<String> staging) throws QuestionFailed {
    lock(false, staging);
  }

  private void lock(boolean asFile, List<String> staging) throws QuestionFailed {
    var statements = new ArrayList<>(Views.statements(tables));
    statements.addAll(staging);
    long cpuSeconds = limits.time().toSeconds() * 2 + CPU_SECONDS_SPARE;
    held.process()
        .lock(
            new WorkerMessage.Lock(
                limits.memoryMegabytes(), Math.toIntExact(cpuSeconds), asFile, statements));
  }

  /** The table's files, as they stand in SQL that is run before the door is shut. */
  public List<String> files(String table) {
    return List.copyOf(tables.getOrDefault(table, List.of()));
  }

  public WorkerProcess.Table ask(String sql, boolean asFile) throws QuestionFailed {
    return ask(new WorkerMessage.Ask(sql, limits.rowsMax(), limits.bytesMax(), asFile));
  }

  public WorkerProcess.Table ask(WorkerMessage.Ask ask) throws QuestionFailed {
    return held.process().ask(ask);
  }

  /** Hands over each row of SQL of our own as it comes: none is kept. */
  public void each(String sql, WorkerProcess.RowTaker taker) throws QuestionFailed {
    held.process().each(new WorkerMessage.Ask(sql, Integer.MAX_VALUE, STREAMED_MAX, false), taker);
  }

  /** What came of the query of that {@code id}. */
  public QueryResult answer(String id, List<String> tablesRead, WorkerProcess.Table table) {
    return new QueryResult(
        id,
        table.columns(),
        table.rows(),
        ResultHash.of(table.columns(), table.rows()),
        table.truncated(),
        tablesRead,
        files,
        table.file());
  }

  @Override
  public void close() {
    held.close();
  }
}
