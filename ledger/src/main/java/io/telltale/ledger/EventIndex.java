package io.telltale.ledger;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Hmac;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.AuthenticStore;
import io.telltale.db.Database;
import io.telltale.db.StoreDriver;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.proof.BatchedOffsets;
import io.telltale.proof.EventBody;
import io.telltale.proof.LedgerLeaf;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code index.db}: every leaf, its sealed body, and what it can be found by. Names are in it as
 * keyed hashes only. Its commit is what makes an event durable; the tiles follow.
 */
final class EventIndex implements AutoCloseable {
  private static final int NAME_HASH_SIZE = 16;
  private static final List<String> MIGRATIONS =
      List.of(
          """
          CREATE TABLE entry(
            number INTEGER PRIMARY KEY,
            leaf BLOB NOT NULL,
            type TEXT NOT NULL,
            time INTEGER NOT NULL,
            tenant TEXT NOT NULL,
            subject BLOB NOT NULL,
            actor BLOB NOT NULL,
            body BLOB NOT NULL
          ) STRICT;
          CREATE INDEX entry_type ON entry(type, number);
          CREATE INDEX entry_subject ON entry(subject, number);
          CREATE INDEX entry_actor ON entry(actor, number);
          CREATE INDEX entry_time ON entry(time, number);
          CREATE TABLE source(name TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
          CREATE TABLE published(one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL)
            STRICT;
          INSERT INTO published VALUES (1, 0);
          """,
          // Which batch has an entry of the log, from the first event on that is indexed so.
          """
          CREATE TABLE batch(
            partition INTEGER NOT NULL,
            first INTEGER NOT NULL,
            number INTEGER NOT NULL,
            PRIMARY KEY (partition, first)
          ) WITHOUT ROWID, STRICT;
          CREATE TABLE batches_from(one INTEGER PRIMARY KEY CHECK (one = 1),
            number INTEGER NOT NULL) STRICT;
          INSERT INTO batches_from SELECT 1, coalesce(max(number) + 1, 0) FROM entry;
          """,
          // Batches of what had been set aside, which lie across those, in pieces.
          """
          CREATE TABLE late_batch(
            partition INTEGER NOT NULL,
            first INTEGER NOT NULL,
            number INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (partition, first, number)
          ) WITHOUT ROWID, STRICT;
          """);

  /** What an index row of a late batch spans at most, so that few are looked at. */
  private static final long LATE_PIECE = 1_024;

  private final Database database;
  private final SecretBytes nameKey;

  /** A leaf, its sealed body and whom it concerns. */
  record Row(long number, Bytes leaf, String tenant, Bytes body) {}

  /** A row with what it is found by, as stored. */
  record Found(Row row, String type, long time, Bytes subject, Bytes actor) {}

  /** A row to add, with what it is to be found by. */
  record NewRow(Row row, LedgerLeaf leaf, EventBody body) {
    static NewRow of(long number, EventSealing.Prepared event) {
      String tenant = event.body().tenant().name();
      var row = new Row(number, event.leafBytes(), tenant, event.sealed());
      return new NewRow(row, event.leaf(), event.body());
    }
  }

  EventIndex(StoreDriver driver, StoreSeal seal, SecretBytes nameKey) {
    this.database = Database.open(driver, MIGRATIONS, seal);
    this.nameKey = nameKey;
  }

  /** Adds {@code rows} and moves each source's number, all or nothing, durable on return. */
  void add(List<NewRow> rows) {
    database.write(
        connection -> {
          insert(connection, rows);
          insertBatches(connection, rows);
          moveSources(connection, rows);
          return rows.size();
        });
  }

  private void insert(Connection connection, List<NewRow> rows) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)")) {
      for (NewRow added : rows) {
        insert.setLong(1, added.row().number());
        insert.setBytes(2, added.row().leaf().borrow());
        insert.setString(3, added.leaf().type());
        insert.setLong(4, added.leaf().time().toEpochMilli());
        insert.setString(5, added.row().tenant());
        insert.setBytes(6, nameHash("subject", added.body().subject()));
        insert.setBytes(7, nameHash("actor", added.body().actor()));
        insert.setBytes(8, added.row().body().borrow());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private static void insertBatches(Connection connection, List<NewRow> rows) throws SQLException {
    try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO batch VALUES (?,?,?) ON CONFLICT (partition, first)"
                    + " DO UPDATE SET number = excluded.number");
        PreparedStatement insertLate =
            connection.prepareStatement("INSERT INTO late_batch VALUES (?,?,?,?)")) {
      for (NewRow added : rows) {
        Optional<BatchedOffsets> offsets = BatchedOffsets.of(added.body().event(added.leaf()));
        if (offsets.isPresent()) {
          for (BatchedOffsets.Span span : offsets.get().spans()) {
            if (offsets.get().late()) {
              addLate(insertLate, span, added.row().number());
            } else {
              insert.setInt(1, span.partition());
              insert.setLong(2, span.first());
              insert.setLong(3, added.row().number());
              insert.addBatch();
            }
          }
        }
      }
      insert.executeBatch();
      insertLate.executeBatch();
    }
  }

  private static void addLate(PreparedStatement insert, BatchedOffsets.Span span, long number)
      throws SQLException {
    for (long first = span.first(); first <= span.last(); first += LATE_PIECE) {
      insert.setInt(1, span.partition());
      insert.setLong(2, first);
      insert.setLong(3, number);
      insert.setLong(4, Math.min(span.last(), first + LATE_PIECE - 1));
      insert.addBatch();
    }
  }

  private static void moveSources(Connection connection, List<NewRow> rows) throws SQLException {
    try (PreparedStatement move =
        connection.prepareStatement(
            "INSERT INTO source VALUES (?,?) ON CONFLICT(name)"
                + " DO UPDATE SET number=excluded.number")) {
      for (NewRow added : rows) {
        if (added.body().number() > 0) {
          move.setString(1, added.body().source());
          move.setLong(2, added.body().number());
          move.executeUpdate();
        }
      }
    }
  }

  /** How many events there are, by the last one's number: nothing is counted. */
  long size() {
    return number("SELECT coalesce(max(number) + 1, 0) FROM entry");
  }

  private long number(String query) {
    return database.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(query);
              ResultSet row = select.executeQuery()) {
            return row.next() ? row.getLong(1) : 0;
          }
        });
  }

  /**
   * The event of the newest batch that has the entry, if any has; its event says whether it does.
   */
  OptionalLong batch(int partition, long offset) {
    return database.read(
        connection -> {
          OptionalLong late =
              batch(
                  connection,
                  "SELECT number FROM late_batch WHERE partition=? AND first<=? AND first>?"
                      + " AND last>=? ORDER BY number DESC LIMIT 1",
                  partition,
                  offset,
                  offset - LATE_PIECE,
                  offset);
          return late.isPresent()
              ? late
              : batch(
                  connection,
                  "SELECT number FROM batch WHERE partition=? AND first<=?"
                      + " ORDER BY first DESC LIMIT 1",
                  partition,
                  offset);
        });
  }

  private static OptionalLong batch(Connection connection, String sql, long... values)
      throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        query.setLong(i + 1, values[i]);
      }
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
      }
    }
  }

  /**
   * What the index says of the entries from {@code first} on: the event of the batch they are in.
   */
  record BatchRow(int partition, long first, long number) {}

  /** Up to {@code limit} rows after that one, in order; none of late batches. */
  List<BatchRow> batchesAfter(int partition, long first, int limit) {
    return database.read(
        connection -> {
          var rows = new ArrayList<BatchRow>();
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT partition, first, number FROM batch WHERE (partition, first) > (?, ?)"
                      + " ORDER BY partition, first LIMIT ?")) {
            query.setInt(1, partition);
            query.setLong(2, first);
            query.setInt(3, limit);
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                rows.add(new BatchRow(row.getInt(1), row.getLong(2), row.getLong(3)));
              }
            }
          }
          return rows;
        });
  }

  /**
   * Whether the entries that a batch's event names are found by it, or by a newer one that names
   * them, too.
   */
  boolean areFoundBy(long number, BatchedOffsets offsets) {
    return offsets.late()
        || database.read(
            connection -> {
              try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT 1 FROM batch WHERE partition=? AND first=? AND number>=?")) {
                for (BatchedOffsets.Span span : offsets.spans()) {
                  query.setInt(1, span.partition());
                  query.setLong(2, span.first());
                  query.setLong(3, number);
                  try (ResultSet row = query.executeQuery()) {
                    if (!row.next()) {
                      return false;
                    }
                  }
                }
              }
              return true;
            });
  }

  /** Batches of events below this one are not in the index: they are older than it. */
  long batchesFrom() {
    return number("SELECT number FROM batches_from");
  }

  /** The last number taken from each source. */
  Map<String, Long> sources() {
    return database.read(
        connection -> {
          var sources = new HashMap<String, Long>();
          try (PreparedStatement query =
                  connection.prepareStatement("SELECT name, number FROM source");
              ResultSet row = query.executeQuery()) {
            while (row.next()) {
              sources.put(row.getString(1), row.getLong(2));
            }
          }
          return sources;
        });
  }

  /** The size of the last checkpoint that is known to be published. */
  long published() {
    return number("SELECT size FROM published");
  }

  void published(long size) {
    database.write(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement("UPDATE published SET size=?")) {
            update.setLong(1, size);
            return update.executeUpdate();
          }
        });
  }

  Optional<Row> row(long number) {
    return rows(number, 1).stream().filter(row -> row.number() == number).findFirst();
  }

  /** The leaves of up to {@code limit} events from {@code number} on: no body is read. */
  List<Bytes> leaves(long number, int limit) {
    return database.read(
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT number, leaf FROM entry WHERE number>=? ORDER BY number LIMIT ?")) {
            query.setLong(1, number);
            query.setInt(2, limit);
            return readLeaves(query, number);
          }
        });
  }

  private static List<Bytes> readLeaves(PreparedStatement query, long from) throws SQLException {
    var leaves = new ArrayList<Bytes>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        long expected = from + leaves.size();
        if (row.getLong(1) != expected) {
          throw new CorruptException(
              "the ledger's index has event %d where %d must follow"
                  .formatted(row.getLong(1), expected));
        }
        leaves.add(Bytes.adopt(row.getBytes(2)));
      }
    }
    return leaves;
  }

  /** Up to {@code limit} rows from {@code number} on, in order. */
  List<Row> rows(long number, int limit) {
    return database.read(
        connection -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT number, leaf, tenant, body FROM entry WHERE number>=?"
                      + " ORDER BY number LIMIT ?")) {
            query.setLong(1, number);
            query.setInt(2, limit);
            return read(query);
          }
        });
  }

  /** The newest matches first. */
  List<Row> search(LedgerQuery wanted) {
    var where = new StringBuilder("number<?");
    var values = new ArrayList<Object>();
    values.add(wanted.before().orElse(Long.MAX_VALUE));
    wanted.tenant().ifPresent(tenant -> add(where, values, "tenant=?", tenant.name()));
    // One index leads, the narrowest; what is computed keeps the database from taking another.
    boolean named = wanted.subject().isPresent() || wanted.actor().isPresent();
    wanted.subject().ifPresent(name -> add(where, values, "subject=?", nameHash("subject", name)));
    String actor = wanted.subject().isPresent() ? "coalesce(actor, actor)=?" : "actor=?";
    wanted.actor().ifPresent(name -> add(where, values, actor, nameHash("actor", name)));
    String typed = named ? "coalesce(type, type)" : "type";
    wanted.type().ifPresent(type -> addType(where, values, typed, type));
    String time = named || wanted.type().isPresent() ? "coalesce(time, time)" : "time";
    wanted.since().ifPresent(since -> add(where, values, time + ">=?", millis(since)));
    wanted.until().ifPresent(until -> add(where, values, time + "<?", millis(until)));
    String sql =
        "SELECT number, leaf, tenant, body FROM entry WHERE "
            + where
            + " ORDER BY number DESC LIMIT ?";
    values.add(wanted.limit());
    return database.read(
        connection -> {
          try (PreparedStatement query = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.size(); i++) {
              query.setObject(i + 1, values.get(i));
            }
            return read(query);
          }
        });
  }

  // A type that ends in a dot stands for all that begin with it; '/' is the character after '.'.
  private static void addType(
      StringBuilder where, List<Object> values, String column, String type) {
    if (type.endsWith(".")) {
      add(where, values, column + ">=?", type);
      add(where, values, column + "<?", type.substring(0, type.length() - 1) + "/");
    } else {
      add(where, values, column + "=?", type);
    }
  }

  private static void add(StringBuilder where, List<Object> values, String what, Object value) {
    where.append(" AND ").append(what);
    values.add(value);
  }

  private static long millis(Instant time) {
    return time.toEpochMilli();
  }

  private static List<Row> read(PreparedStatement query) throws SQLException {
    var rows = new ArrayList<Row>();
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        rows.add(row(row));
      }
    }
    return rows;
  }

  /** As {@link #rows}, with what each is found by. */
  List<Found> found(long number, int limit) {
    return database.read(
        connection -> {
          var rows = new ArrayList<Found>();
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT number, leaf, tenant, body, type, time, subject, actor FROM entry"
                      + " WHERE number>=? ORDER BY number LIMIT ?")) {
            query.setLong(1, number);
            query.setInt(2, limit);
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                rows.add(
                    new Found(
                        row(row),
                        row.getString(5),
                        row.getLong(6),
                        Bytes.adopt(row.getBytes(7)),
                        Bytes.adopt(row.getBytes(8))));
              }
            }
          }
          return rows;
        });
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getLong(1),
        Bytes.adopt(row.getBytes(2)),
        row.getString(3),
        Bytes.adopt(row.getBytes(4)));
  }

  /** Whether an event is found by what it says. */
  boolean isFoundBy(Found found, LedgerLeaf leaf, EventBody body) {
    return found.type().equals(leaf.type())
        && found.time() == leaf.time().toEpochMilli()
        && found.subject().equals(Bytes.adopt(nameHash("subject", body.subject())))
        && found.actor().equals(Bytes.adopt(nameHash("actor", body.actor())));
  }

  AuthenticStore store() {
    return database.store();
  }

  private byte[] nameHash(String column, String name) {
    Bytes named = new CborWriter(64).array(2).text(column).text(name).toBytes();
    Hash hash = new Hmac().tag(nameKey, named);
    return hash.value().slice(0, NAME_HASH_SIZE).toArray();
  }

  @Override
  public void close() {
    database.close();
    nameKey.close();
  }
}
