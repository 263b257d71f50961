package io.telltale.db;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Seals each work's rows and moves the head with them. Owned by the writer's thread but for what is
 * volatile. The head in the file must be the one that this writer last wrote: nobody else writes.
 */
final class SealWriter implements RowSealing {
  /** So many changes may wait for an anchor before the oldest cannot be shown any more. */
  private static final int CHANGES_KEPT = 65_536;

  private final StoreDriver driver;
  private final StoreSeal seal;
  private final SealKeys keys;
  private final TouchedRows touched = new TouchedRows();
  private final Map<Integer, SealedTable> tables = new TreeMap<>();
  private @Nullable SealStatements statements;
  private RowDriver.Touches touches = () -> {};
  private long schemaVersion;
  private Standing at;
  private Standing before;
  private @Nullable Standing attempted;
  private boolean landed;
  private volatile Standing committed;
  private volatile long anchored;

  /** A head and the tag under which it is stored. */
  record Standing(SealHead head, Bytes tag) {}

  SealWriter(StoreDriver driver, StoreSeal seal, SealKeys keys, Standing standing) {
    this.driver = driver;
    this.seal = seal;
    this.keys = keys;
    this.at = standing;
    this.before = standing;
    this.committed = standing;
  }

  SealHead head() {
    return committed.head();
  }

  /** Changes before this one need not be kept to show that the store follows from an anchor. */
  void anchored(long change) {
    anchored = change;
  }

  @Override
  public void install(Connection connection) throws SQLException {
    RowDriver rows = driver.rows();
    var prepared = new SealStatements(connection, rows);
    statements = prepared;
    resume(prepared);
    tables.clear();
    for (SealHead.Total total : at.head().totals()) {
      tables.put(total.number(), rows.table(connection, total.number(), total.table()));
    }
    touches = rows.watch(connection, List.copyOf(tables.values()), touched::touch);
    schemaVersion = prepared.schemaVersion();
  }

  // A commit that failed may have landed all the same.
  private void resume(SealStatements prepared) throws SQLException {
    Bytes stored = prepared.headTag();
    Standing maybe = attempted;
    landed = maybe != null && stored.equals(maybe.tag());
    if (maybe != null && landed) {
      committed = maybe;
    } else if (!stored.equals(committed.tag())) {
      throw replaced();
    }
    attempted = null;
    at = committed;
    before = committed;
  }

  private CorruptException replaced() {
    return Damage.of(driver, List.of("it was written to by something else while we had it open"));
  }

  @Override
  public void begin() {
    touched.clear();
    before = at;
  }

  @Override
  public void seal(Connection connection) throws SQLException {
    SealStatements prepared = statements;
    touches.report();
    if (touched.rows().isEmpty() || prepared == null) {
      return;
    }
    requireUntouched(connection, prepared);
    var change = new SealChange(prepared, keys, nonce(), at.head());
    var findings = new ArrayList<String>();
    for (TouchedRows.Touched row : touched.rows()) {
      SealedTable table = tables.get(row.table);
      if (table == null) {
        throw new IllegalStateException("no table " + row.table);
      }
      change.add(table, row, seal.quiet().contains(table.name())).ifPresent(findings::add);
    }
    if (!findings.isEmpty()) {
      throw Damage.of(driver, findings);
    }
    if (!change.isEmpty()) {
      Hash sequences = SealSchema.sequences(connection, driver);
      SealHead head = change.finish(at.head().schema(), sequences);
      at = new Standing(head, head.store(prepared, keys, nonce()));
      prepared.trim(Math.max(anchored, head.change() - CHANGES_KEPT));
    }
    touched.clear();
  }

  private Bytes nonce() {
    return seal.entropy().bytes(SealKeys.NONCE_SIZE);
  }

  private void requireUntouched(Connection connection, SealStatements prepared)
      throws SQLException {
    if (!prepared.headTag().equals(at.tag())) {
      throw replaced();
    }
    // A trigger that somebody added would otherwise write in our name.
    long version = prepared.schemaVersion();
    if (version != schemaVersion) {
      if (!SealSchema.hash(connection, driver).equals(at.head().schema())) {
        throw Damage.of(driver, List.of("its schema was edited while we had it open"));
      }
      schemaVersion = version;
    }
  }

  @Override
  public void undo() {
    touched.clear();
    at = before;
  }

  @Override
  public void committed() {
    committed = at;
  }

  @Override
  public void failed() {
    touched.clear();
    // A second failure, of a connection on which nothing was done, does not tell about the first.
    if (!at.equals(committed)) {
      attempted = at;
    }
    at = committed;
  }

  @Override
  public boolean landed() {
    return landed;
  }
}
