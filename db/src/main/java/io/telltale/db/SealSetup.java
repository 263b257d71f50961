package io.telltale.db;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Opens a store: looks at its seals, migrates it and seals what is new, all in one transaction, so
 * that no crash leaves rows or a schema without their seals.
 */
final class SealSetup {
  private final Path file;
  private final Connection connection;
  private final StoreSeal seal;
  private final SealKeys keys;

  SealSetup(Path file, Connection connection, StoreSeal seal) {
    this.file = file;
    this.connection = connection;
    this.seal = seal;
    this.keys = new SealKeys(seal);
  }

  SealWriter open(List<String> migrations) throws SQLException {
    TouchedRows.installKey(connection);
    Connections.execute(connection, "BEGIN IMMEDIATE");
    try {
      SealWriter.Standing standing = prepared(migrations);
      Connections.execute(connection, "COMMIT");
      var writer = new SealWriter(file, seal, keys, standing);
      writer.prepare(connection);
      return writer;
    } catch (SQLException | RuntimeException e) {
      Connections.rollback(connection, e);
      throw e;
    }
  }

  private SealWriter.Standing prepared(List<String> migrations) throws SQLException {
    boolean sealed = SealSchema.present(connection);
    boolean fresh = SealedTable.names(connection).isEmpty();
    boolean migrating = Connections.version(connection) < migrations.size();
    if (sealed) {
      List<String> findings =
          new SealCheck(connection, seal, keys)
              .run(migrating).stream().map(SealCheck.Wrong::text).toList();
      if (!findings.isEmpty()) {
        throw Damage.of(file, findings);
      }
    }
    if (!sealed && !fresh && !seal.adopts().getAsBoolean()) {
      throw Damage.of(file, List.of("its rows have no seals any more: somebody took them off"));
    }
    Connections.apply(file, connection, migrations);
    if (!sealed) {
      for (String table : SealSchema.TABLES) {
        Connections.execute(connection, table);
      }
    }
    Optional<SealWriter.Standing> standing = sealed ? standing() : Optional.empty();
    if (standing.isPresent() && !migrating && covers(standing.get().head())) {
      return standing.get();
    }
    return sealAll(standing.map(SealWriter.Standing::head).orElseGet(() -> first(!fresh)));
  }

  private static SealHead first(boolean adopted) {
    Hash none = SealHead.NO_CHAIN;
    return new SealHead(0, none, 0, adopted, none, none, List.of());
  }

  private Optional<SealWriter.Standing> standing() throws SQLException {
    return SealHead.read(connection, keys) instanceof SealHead.Stored.Is(SealHead head, Bytes tag)
        ? Optional.of(new SealWriter.Standing(head, tag))
        : Optional.empty();
  }

  private boolean covers(SealHead head) throws SQLException {
    return head.totals().stream().map(SealHead.Total::table).toList().equals(covered());
  }

  private List<String> covered() throws SQLException {
    return SealedTable.names(connection).stream()
        .filter(name -> !seal.uncovered().contains(name))
        .toList();
  }

  /** Gives every row a new seal; what had one was looked at just before. */
  private SealWriter.Standing sealAll(SealHead from) throws SQLException {
    Connections.execute(connection, "DELETE FROM seal_row");
    Connections.execute(connection, "DELETE FROM seal_bucket");
    var totals = new ArrayList<SealHead.Total>();
    for (String name : covered()) {
      totals.add(new SealHead.Total(totals.size() + 1, name, Sum.ZERO));
    }
    SealHead empty =
        new SealHead(
            from.change(),
            from.chain(),
            from.told(),
            from.adopted(),
            from.schema(),
            from.sequences(),
            totals);
    var statements = new SealStatements(connection);
    var change = new SealChange(statements, keys, nonce(), empty);
    for (SealHead.Total total : totals) {
      sealTable(change, SealedTable.read(connection, total.number(), total.table()));
    }
    SealHead head = change.finish(SealSchema.hash(connection), SealSchema.sequences(connection));
    return new SealWriter.Standing(head, head.store(statements, keys, nonce()));
  }

  private void sealTable(SealChange change, SealedTable table) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(table.withSeals());
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Bytes columns = SealedValues.columns(row, 4, table.columns().size());
        change.add(table, TouchedRows.found(table.number(), row.getObject(1), columns), false);
      }
    }
  }

  private Bytes nonce() {
    return seal.entropy().bytes(SealKeys.NONCE_SIZE);
  }
}
