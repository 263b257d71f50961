package io.telltale.lake;

import io.telltale.kernel.EventHistory;
import io.telltale.kernel.Outbox;
import io.telltale.kernel.StoreCheck;
import io.telltale.lake.query.GovernedQuery;
import io.telltale.lake.query.LakeFiles;
import io.telltale.lake.query.SqlGate;
import io.telltale.lake.seal.FileVault;
import io.telltale.lake.seal.MetadataIo;
import io.telltale.lake.table.PointerGuard;
import io.telltale.lake.table.Readers;
import io.telltale.lake.table.RecordedMoves;
import io.telltale.lake.table.TableStore;
import io.telltale.lake.table.Tables;
import io.telltale.lake.table.Unnamed;
import io.telltale.lake.trace.Tracer;
import io.telltale.lake.upkeep.LakeCheck;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The encrypted tables {@code readings} and {@code minutes}: one writer, many readers. */
public final class Lake implements AutoCloseable {
  private final TableStore tables;
  private final SealingWriter writer;
  private final SqlGate gate = new SqlGate();
  private final LakeFiles files;
  private final GovernedQuery query;
  private final Tracer trace;
  private final LakeCheck check;

  private Lake(LakeParts parts, LakeMemory memory) {
    tables = new TableStore(parts);
    var guard = new PointerGuard(tables, parts.history());
    guard.check();
    var vault = new FileVault(parts);
    var readers = new Readers();
    writer = new SealingWriter(parts, tables, vault, guard, readers, memory.writerMegabytes());
    files = new LakeFiles(parts, tables, vault, guard, readers, memory);
    query = new GovernedQuery(parts, gate, files);
    trace = new Tracer(parts, gate, files, query);
    check = new LakeCheck(parts, tables, guard, readers);
  }

  /** SQL that the pipeline's database must have applied, in order; only ever appended to. */
  public static List<String> migrations() {
    return List.of(
        """
        CREATE TABLE lake_tables (
          name TEXT PRIMARY KEY,
          pointer TEXT NOT NULL,
          version INTEGER NOT NULL,
          hash BLOB NOT NULL
        ) WITHOUT ROWID, STRICT;
        """,
        Unnamed.TABLE);
  }

  /** Whether objects of the lake may lie in the folder of that name, below the two at the top. */
  public static boolean isFolder(String name) {
    return MetadataIo.isKeyFolder(name);
  }

  /** What {@code ledger} knows of the tables' moves, once it has what waits in {@code outbox}. */
  public static TableHistory history(EventHistory ledger, Outbox outbox) {
    return new RecordedMoves(ledger, outbox);
  }

  /**
   * Opens the tables, making them when there are none. Throws {@link
   * io.telltale.kernel.CorruptException} that says what to do when a table is not where the ledger
   * last saw it.
   */
  public static Lake open(LakeParts parts, LakeMemory memory) {
    return new Lake(parts, memory);
  }

  /** The one writer; one thread at a time. */
  public LakeWriter writer() {
    return writer;
  }

  /** Gets ready, in the background, for the first question. */
  public void warmUp() {
    files.warmUp();
  }

  public LakeQuery query() {
    return query;
  }

  public LakeTrace trace() {
    return trace;
  }

  /** Reads every data and metadata object again. */
  public StoreCheck check() {
    return check;
  }

  /** Where each table stands, to be compared with the ledger's last {@code table.moved}. */
  public List<TablePointer> pointers() {
    return Stream.of(Tables.READINGS, Tables.MINUTES)
        .map(tables::pointer)
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public void close() {
    writer.close();
    files.close();
  }
}
