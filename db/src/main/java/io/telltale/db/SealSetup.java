package io.telltale.db;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
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
  private static final RowDriver.Breaks NO_BREAKS =
      new RowDriver.Breaks() {
        @Override
        public void afterRow() {
          // Who opens a store waits for it.
        }

        @Override
        public String why() {
          return "";
        }
      };

  private final StoreDriver driver;
  private final Connection connection;
  private final StoreSeal seal;
  private final SealKeys keys;

  SealSetup(StoreDriver driver, Connection connection, StoreSeal seal) {
    this.driver = driver;
    this.connection = connection;
    this.seal = seal;
    this.keys = new SealKeys(seal);
  }

  SealWriter open(List<String> migrations) throws SQLException {
    driver.beginLong(connection);
    try {
      SealWriter.Standing standing = prepared(migrations);
      driver.commit(connection);
      var writer = new SealWriter(driver, seal, keys, standing);
      writer.install(connection);
      return writer;
    } catch (SQLException | RuntimeException e) {
      Connections.rollback(driver, connection, e);
      throw e;
    }
  }

  private SealWriter.Standing prepared(List<String> migrations) throws SQLException {
    boolean sealed = driver.rows().hasSeals(connection);
    boolean fresh = driver.rows().tables(connection).isEmpty();
    boolean migrating = driver.version(connection) < migrations.size();
    if (sealed) {
      List<String> findings =
          new SealCheck(driver, connection, seal, keys)
              .run(migrating, NO_BREAKS).stream().map(SealCheck.Wrong::text).toList();
      if (!findings.isEmpty()) {
        throw Damage.of(driver, findings);
      }
    }
    if (!sealed && !fresh && !seal.adopts().getAsBoolean()) {
      throw Damage.of(driver, List.of("its rows have no seals any more: somebody took them off"));
    }
    Connections.apply(driver, connection, migrations);
    if (!sealed) {
      for (String table : SealSchema.TABLES) {
        driver.apply(connection, table);
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
    return driver.rows().tables(connection).stream()
        .filter(name -> !seal.uncovered().contains(name))
        .toList();
  }

  /** Gives every row a new seal; what had one was looked at just before. */
  private SealWriter.Standing sealAll(SealHead from) throws SQLException {
    Connections.execute(connection, "DELETE FROM seal_row");
    Connections.execute(connection, "DELETE FROM seal_bucket");
    var totals = new ArrayList<SealHead.Total>();
    List<String> covered = covered();
    driver.rows().prepare(connection, covered);
    for (String name : covered) {
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
    try (var statements = new SealStatements(connection, driver.rows())) {
      var change = new SealChange(statements, keys, nonce(), empty);
      for (SealHead.Total total : totals) {
        sealTable(change, driver.rows().table(connection, total.number(), total.table()));
      }
      SealHead head =
          change.finish(
              SealSchema.hash(connection, driver), SealSchema.sequences(connection, driver));
      return new SealWriter.Standing(head, head.store(statements, keys, nonce()));
    }
  }

  private void sealTable(SealChange change, SealedTable table) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(driver.rows().withSeals(table));
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Bytes columns = SealedValues.columns(row, 4, table.columns().size());
        change.add(
            table,
            TouchedRows.found(table.number(), driver.rows().key(table, row), columns),
            false);
      }
    }
  }

  private Bytes nonce() {
    return seal.entropy().bytes(SealKeys.NONCE_SIZE);
  }
}
