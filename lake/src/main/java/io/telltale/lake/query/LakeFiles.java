package io.telltale.lake.query;

import io.telltale.engine.QuestionFailed;
import io.telltale.engine.WorkerMessage;
import io.telltale.engine.WorkerPool;
import io.telltale.engine.WorkerProcess;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.lake.LakeMemory;
import io.telltale.lake.LakeParts;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.PointerGuard;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.Snapshot;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import java.util.List;
import java.util.Optional;

/** The way from a table to readable files in memory. */
public final class LakeFiles implements AutoCloseable {
  // A table that moves while it is looked at is looked at again.
  private static final int LOOKS_MAX = 20;

  private final LakeParts parts;
  private final TableStore tables;
  private final FileVault vault;
  private final OpenFiles open;
  private final WorkerPool workers;
  private final PointerGuard guard;
  private final Readers readers;
  private final LakeMemory memory;

  public LakeFiles(
      LakeParts parts,
      TableStore tables,
      FileVault vault,
      PointerGuard guard,
      Readers readers,
      LakeMemory memory) {
    this.memory = memory;
    this.guard = guard;
    this.readers = readers;
    this.parts = parts;
    this.tables = tables;
    this.vault = vault;
    this.workers = WorkerPool.open(memory.questions());
    this.open = new OpenFiles(vault, memory.idleBytes());
  }

  /**
   * To be closed once every file that is wanted of it was added to a question. Throws {@link
   * io.telltale.kernel.CorruptException} when a table was moved back.
   */
  public Snapshot snapshot(TenantId tenant) {
    for (int look = 1; look < LOOKS_MAX; look++) {
      Snapshot snapshot = Snapshot.take(parts, tables, readers, tenant);
      boolean kept = false;
      try {
        kept = guard.holds(snapshot.pointers());
        if (kept) {
          return snapshot;
        }
      } finally {
        if (!kept) {
          snapshot.close();
        }
      }
    }
    try (Snapshot last = Snapshot.take(parts, tables, readers, tenant)) {
      throw guard.explained(last.pointers());
    }
  }

  public Question question(QueryLimits limits) {
    return new Question(workers, open, vault, memory.within(limits), memory.fileBytes());
  }

  /** False when the asker may not read one of them now. */
  public boolean add(Question question, String table, List<SealedFile.Pair> pairs, SpiffeId caller)
      throws QuestionFailed {
    return question.add(table, pairs.stream().map(SealedFile.Pair::main).toList(), caller);
  }

  public void warmUp() {
    workers.warmUp();
  }

  /** How much may be behind an answer that is traced. */
  public long traceBytes() {
    return memory.traceBytes();
  }

  /** Rows of SQL of our own, no more than may be behind one answer. */
  public WorkerProcess.Table rows(Question question, String sql, int rowsMax)
      throws QuestionFailed {
    WorkerProcess.Table table =
        question.ask(new WorkerMessage.Ask(sql, rowsMax, memory.traceBytes(), false));
    if (table.truncated()) {
      throw new QuestionFailed("failed", "too much is behind this answer: narrow the question");
    }
    return table;
  }

  /** As {@link #add}, for the halves that ordinary questions never get. */
  public boolean addRestricted(Question question, List<SealedFile.Pair> pairs, SpiffeId caller)
      throws QuestionFailed {
    List<SealedFile> halves =
        pairs.stream().map(SealedFile.Pair::restricted).flatMap(Optional::stream).toList();
    return question.add(Tables.RESTRICTED, halves, caller);
  }

  @Override
  public void close() {
    workers.close();
    open.close();
  }
}
