package io.telltale.lake;

import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.util.List;
import java.util.Optional;

/** The way from a table to readable files in memory. */
final class LakeFiles implements AutoCloseable {
  private static final long IDLE_BYTES_MAX = 256L << 20;

  private final LakeParts parts;
  private final TableStore tables;
  private final FileVault vault;
  private final OpenFiles open;
  private final WorkerPool workers = WorkerPool.open();

  LakeFiles(LakeParts parts, TableStore tables, FileVault vault) {
    this.parts = parts;
    this.tables = tables;
    this.vault = vault;
    this.open = new OpenFiles(vault, IDLE_BYTES_MAX);
  }

  Snapshot snapshot(TenantId tenant) {
    return Snapshot.take(parts, tables, tenant);
  }

  Question question(QueryLimits limits) {
    return new Question(workers, open, vault, limits);
  }

  /** False when the asker may not read one of them now. */
  boolean add(Question question, String table, List<SealedFile.Pair> pairs, SpiffeId caller)
      throws QuestionFailed {
    return question.add(table, pairs.stream().map(SealedFile.Pair::main).toList(), caller);
  }

  void warmUp() {
    workers.warmUp();
  }

  Sandbox sandbox(int memoryMegabytes) {
    return Sandbox.open(open, memoryMegabytes);
  }

  /** False when {@code caller} may not read one of them now. */
  boolean add(Sandbox sandbox, String table, List<SealedFile.Pair> pairs, SpiffeId caller) {
    List<SealedFile> mains = pairs.stream().map(SealedFile.Pair::main).toList();
    return sandbox.add(table, mains, vault, caller);
  }

  /** As {@link #add}, for the halves that ordinary questions never get. */
  boolean addRestricted(Sandbox sandbox, List<SealedFile.Pair> pairs, SpiffeId caller) {
    List<SealedFile> halves =
        pairs.stream().map(SealedFile.Pair::restricted).flatMap(Optional::stream).toList();
    return sandbox.add(Tables.RESTRICTED, halves, vault, caller);
  }

  @Override
  public void close() {
    workers.close();
    open.close();
  }
}
