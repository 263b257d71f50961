package io.telltale.sqlite;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Holds a store's rows against their seals, on one state of the database. */
final class SealCheck {
  private static final int NAMED_MAX = 5;

  private final Connection connection;
  private final StoreSeal seal;
  private final SealKeys keys;
  private final List<String> findings = new ArrayList<>();

  SealCheck(Connection connection, StoreSeal seal, SealKeys keys) {
    this.connection = connection;
    this.seal = seal;
    this.keys = keys;
  }

  /** What is wrong, or nothing; without {@code all} what must be right before anything is read. */
  List<String> run(boolean all) throws SQLException {
    switch (SealHead.read(connection, keys)) {
      case SealHead.Stored.Missing() -> findings.add("the seal of the whole is missing");
      case SealHead.Stored.Damaged() -> findings.add("the seal of the whole was edited");
      case SealHead.Stored.OfAnotherKey() ->
          findings.add("it was sealed under another root key, so it is another data folder's");
      case SealHead.Stored.Is(SealHead head, Bytes tag) -> check(head, all);
    }
    return findings;
  }

  private void check(SealHead head, boolean all) throws SQLException {
    if (!SealSchema.hash(connection).equals(head.schema())) {
      findings.add("its schema (a table, index, view or trigger) was edited");
      return;
    }
    if (!SealSchema.sequences(connection).equals(head.sequences())) {
      findings.add("a counter in sqlite_sequence was edited");
    }
    for (SealHead.Total total : head.totals()) {
      if (all || !seal.later().contains(total.table())) {
        checkTable(SealedTable.read(connection, total.number(), total.table()), total.sum());
      }
    }
    if (all) {
      checkChain(head);
    }
  }

  private void checkTable(SealedTable table, Sum expected) throws SQLException {
    int before = findings.size();
    try (var tags = new RowTags(table.name(), seal, keys)) {
      try (PreparedStatement select = connection.prepareStatement(table.withSeals());
          ResultSet row = select.executeQuery()) {
        while (row.next()) {
          tags.add(row(row, table));
        }
      }
      tags.finish();
      tags.findings().forEach(finding -> name(before, finding));
      if (sealed(table) != tags.count()) {
        nameRemoved(table, before);
      }
      if (findings.size() == before && !total(tags.buckets()).equals(expected)) {
        nameOlder(table, tags.buckets());
      }
    }
  }

  private static RowTags.Row row(ResultSet row, SealedTable table) throws SQLException {
    byte[] tag = row.getBytes(3);
    Object key = row.getObject(1);
    return new RowTags.Row(
        key,
        SealedValues.one(key),
        row.getLong(2),
        SealedValues.columns(row, 4, table.columns().size()),
        tag == null ? Bytes.EMPTY : Bytes.adopt(tag));
  }

  private void name(int before, String finding) {
    if (findings.size() - before < NAMED_MAX) {
      findings.add(finding);
    }
  }

  private static Sum total(Sum[] buckets) {
    return Arrays.stream(buckets).reduce(Sum.ZERO, Sum::plus);
  }

  private long sealed(SealedTable table) throws SQLException {
    return SealSchema.number(
        connection, "SELECT count(*) FROM seal_row WHERE tab = " + table.number());
  }

  private void nameRemoved(SealedTable table, int before) throws SQLException {
    Set<Bytes> there = new HashSet<>();
    try (PreparedStatement select = connection.prepareStatement(table.withSeals());
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        there.add(SealedValues.one(row.getObject(1)));
      }
    }
    try (PreparedStatement select =
        connection.prepareStatement("SELECT key FROM seal_row WHERE tab = ?")) {
      select.setInt(1, table.number());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          @Nullable Object key = row.getObject(1);
          if (key != null && !there.contains(SealedValues.one(key))) {
            name(before, Damage.row(table.name(), key, Damage.REMOVED));
          }
        }
      }
    }
  }

  // Each row is one that we wrote, but together they are not what we had: some are from before, or
  // went with their seals. The sums of the buckets tell where.
  private void nameOlder(SealedTable table, Sum[] buckets) throws SQLException {
    Set<String> suspects = new TreeSet<>();
    Set<Integer> wrong = new TreeSet<>();
    var statements = new SealStatements(connection);
    for (int bucket = 0; bucket < buckets.length; bucket++) {
      if (!statements.bucket(keys, table.number(), bucket).equals(buckets[bucket])) {
        wrong.add(bucket);
      }
    }
    try (PreparedStatement select = connection.prepareStatement(table.withSeals());
        ResultSet row = select.executeQuery()) {
      while (row.next() && suspects.size() < NAMED_MAX) {
        if (wrong.contains(SealedTable.bucket(SealedValues.one(row.getObject(1))))) {
          suspects.add(SealedValues.shown(row.getObject(1)));
        }
      }
    }
    findings.add(
        "table %s has older rows than it had, or has lost some together with their seals%s"
            .formatted(
                table.name(),
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
          findings.add("change %d of its log of changes was edited".formatted(change));
          return;
        }
        last = change;
        reached = chain;
      }
    }
    if (last != head.change() || !reached.equals(head.chain())) {
      findings.add("its log of changes does not lead to where it stands");
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
