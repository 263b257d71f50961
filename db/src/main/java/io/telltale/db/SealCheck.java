package io.telltale.db;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Holds a store's rows against their seals, on one state of the database. */
final class SealCheck {
  private final StoreDriver driver;
  private final Connection connection;
  private final StoreSeal seal;
  private final SealKeys keys;
  private final List<Wrong> findings = new ArrayList<>();

  SealCheck(StoreDriver driver, Connection connection, StoreSeal seal, SealKeys keys) {
    this.driver = driver;
    this.connection = connection;
    this.seal = seal;
    this.keys = keys;
  }

  /**
   * Something that is wrong.
   *
   * @param kind the same each time that one looks, with its place
   * @param detail continues that; may be another the next time, or empty
   */
  record Wrong(String kind, String detail) {
    Wrong(String kind) {
      this(kind, "");
    }

    String text() {
      return kind + detail;
    }
  }

  /** What is wrong, or nothing; without {@code all} what must be right before anything is read. */
  List<Wrong> run(boolean all, RowDriver.Breaks breaks) throws SQLException {
    switch (SealHead.read(connection, keys)) {
      case SealHead.Stored.Missing() -> wrong("the seal of the whole is missing");
      case SealHead.Stored.Damaged() -> wrong("the seal of the whole was edited");
      case SealHead.Stored.OfAnotherKey() ->
          wrong("it was sealed under another root key, so it is another data folder's");
      case SealHead.Stored.Is(SealHead head, Bytes tag) -> check(head, all, breaks);
    }
    return findings;
  }

  private void wrong(String kind) {
    findings.add(new Wrong(kind));
  }

  private void check(SealHead head, boolean all, RowDriver.Breaks breaks) throws SQLException {
    if (!SealSchema.hash(connection, driver).equals(head.schema())) {
      wrong("its schema (a table, index, view or trigger) was edited");
      return;
    }
    if (!SealSchema.sequences(connection, driver).equals(head.sequences())) {
      wrong("a counter of row numbers (AUTOINCREMENT) was edited");
    }
    for (SealHead.Total total : head.totals()) {
      if (all || !seal.later().contains(total.table())) {
        checkTable(
            driver.rows().table(connection, total.number(), total.table()), total.sum(), breaks);
      }
    }
    if (all) {
      checkChain(head);
    }
  }

  private void checkTable(SealedTable table, Sum expected, RowDriver.Breaks breaks)
      throws SQLException {
    var wrong = new RowTags.Named();
    try (var tags = new RowTags(table.name(), seal, keys, wrong)) {
      try (PreparedStatement select = connection.prepareStatement(driver.rows().withSeals(table));
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          tags.add(row(row, table));
          breaks.afterRow();
        }
      }
      tags.finish();
      if (sealed(table) != tags.count()) {
        nameRemoved(table, wrong);
      }
      wrong.first().forEach(this::wrong);
      if (wrong.count() > wrong.first().size()) {
        findings.add(
            new Wrong(
                "more rows of table %s were edited, added or removed".formatted(table.name()),
                ": %,d".formatted(wrong.count() - wrong.first().size())));
      }
      if (wrong.count() == 0 && !total(tags.buckets()).equals(expected)) {
        nameOlder(table, tags.buckets());
      }
    }
  }

  private RowTags.Row row(ResultSet row, SealedTable table) throws SQLException {
    byte[] tag = row.getBytes(3);
    RowKey key = driver.rows().key(table, row);
    return new RowTags.Row(
        key.shown(),
        key.encoded(),
        row.getLong(2),
        SealedValues.columns(row, 4, table.columns().size()),
        tag == null ? Bytes.EMPTY : Bytes.adopt(tag));
  }

  private static Sum total(Sum[] buckets) {
    return Arrays.stream(buckets).reduce(Sum.ZERO, Sum::plus);
  }

  private long sealed(SealedTable table) throws SQLException {
    return SealSchema.number(
        connection, "SELECT count(*) FROM seal_row WHERE tab = " + table.number());
  }

  // The database looks each sealed key up: a set of all keys would take the memory of who serves.
  private void nameRemoved(SealedTable table, RowTags.Named wrong) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(driver.rows().removed(table));
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        if (row.getObject(1) != null) {
          RowKey key = driver.rows().key(table, row);
          wrong.add(Damage.row(table.name(), key.shown(), Damage.REMOVED));
        }
      }
    }
  }

  // Each row is one that we wrote, but together they are not what we had: some are from before, or
  // went with their seals. The sums of the buckets tell where.
  private void nameOlder(SealedTable table, Sum[] buckets) throws SQLException {
    Set<String> suspects = new TreeSet<>();
    Set<Integer> wrong = new TreeSet<>();
    try (var statements = new SealStatements(connection, driver.rows())) {
      for (int bucket = 0; bucket < buckets.length; bucket++) {
        if (!statements.bucket(keys, table.number(), bucket).equals(buckets[bucket])) {
          wrong.add(bucket);
        }
      }
    }
    try (PreparedStatement select = connection.prepareStatement(driver.rows().withSeals(table));
        ResultSet row = select.executeQuery()) {
      while (row.next() && suspects.size() < RowTags.Named.MAX) {
        RowKey key = driver.rows().key(table, row);
        if (wrong.contains(SealedTable.bucket(key.encoded()))) {
          suspects.add(SealedValues.shown(key.shown()));
        }
      }
    }
    findings.add(
        new Wrong(
            "table %s has older rows than it had, or has lost some together with their seals"
                .formatted(table.name()),
            suspects.isEmpty() ? "" : " (look at " + String.join(", ", suspects) + ")"));
  }

  private void checkChain(SealHead head) throws SQLException {
    Hash reached = SealHead.NO_CHAIN;
    long last = 0;
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT change, delta, chain FROM seal_change ORDER BY change");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long change = row.getLong(1);
        Hash chain = Hashes.of(row.getBytes(3));
        boolean follows =
            last == 0
                || (change == last + 1
                    && keys.link(change, reached, Hashes.of(row.getBytes(2))).equals(chain));
        if (!follows) {
          wrong("change %d of its log of changes was edited".formatted(change));
          return;
        }
        last = change;
        reached = chain;
      }
    }
    if (last != head.change() || !reached.equals(head.chain())) {
      wrong("its log of changes does not lead to where it stands");
    }
  }

  /** Hashes as stored; what is none is one that nothing equals. */
  private static final class Hashes {
    static Hash of(byte @Nullable [] stored) {
      return stored != null && stored.length == Hash.SIZE
          ? new Hash(Bytes.adopt(stored))
          : SealHead.NO_CHAIN;
    }
  }
}
