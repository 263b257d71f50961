package io.telltale.ledger;

import io.telltale.crypto.CborWriter;
import io.telltale.crypto.Hmac;
import io.telltale.crypto.SecretBytes;
import io.telltale.db.AuthenticStore;
import io.telltale.db.Database;
import io.telltale.db.Sql;
import io.telltale.db.StoreDriver;
import io.telltale.db.StoreSeal;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.proof.BatchedOffsets;
import io.telltale.proof.EventBody;
import io.telltale.proof.LedgerLeaf;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

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
    Sql.batch(
        connection,
        "INSERT INTO entry VALUES (?,?,?,?,?,?,?,?)",
        rows,
        added ->
            List.of(
                added.row().number(),
                added.row().leaf(),
                added.leaf().type(),
                added.leaf().time(),
                added.row().tenant(),
                nameHash("subject", added.body().subject()),
                nameHash("actor", added.body().actor()),
                added.row().body()));
  }

  /** Entries of the log and the event that names them. */
  private record Piece(int partition, long first, long last, long number) {}

  private static void insertBatches(Connection connection, List<NewRow> rows) throws SQLException {
    var spans = new ArrayList<Piece>();
    var late = new ArrayList<Piece>();
    for (NewRow added : rows) {
      Optional<BatchedOffsets> offsets = BatchedOffsets.of(added.body().event(added.leaf()));
      if (offsets.isPresent()) {
        for (BatchedOffsets.Span span : offsets.get().spans()) {
          long number = added.row().number();
          if (offsets.get().late()) {
            addLate(late, span, number);
          } else {
            spans.add(new Piece(span.partition(), span.first(), span.last(), number));
          }
        }
      }
    }
    Sql.batch(
        connection,
        "INSERT INTO batch VALUES (?,?,?) ON CONFLICT (partition, first)"
            + " DO UPDATE SET number = excluded.number",
        spans,
        piece -> List.of(piece.partition(), piece.first(), piece.number()));
    Sql.batch(
        connection,
        "INSERT INTO late_batch VALUES (?,?,?,?)",
        late,
        piece -> List.of(piece.partition(), piece.first(), piece.number(), piece.last()));
  }

  private static void addLate(List<Piece> pieces, BatchedOffsets.Span span, long number) {
    for (long first = span.first(); first <= span.last(); first += LATE_PIECE) {
      long last = Math.min(span.last(), first + LATE_PIECE - 1);
      pieces.add(new Piece(span.partition(), first, last, number));
    }
  }

  private static void moveSources(Connection connection, List<NewRow> rows) throws SQLException {
    Sql.batch(
        connection,
        "INSERT INTO source VALUES (?,?) ON CONFLICT(name) DO UPDATE SET number=excluded.number",
        rows.stream().map(NewRow::body).filter(body -> body.number() > 0).toList(),
        body -> List.of(body.source(), body.number()));
  }

  /** How many events there are, by the last one's number: nothing is counted. */
  long size() {
    return number("SELECT coalesce(max(number) + 1, 0) FROM entry");
  }

  private long number(String query) {
    return database.read(connection -> number(connection, query).orElse(0));
  }

  private static OptionalLong number(Connection connection, String query, Object... values)
      throws SQLException {
    return Sql.first(connection, query, row -> row.getLong(1), values)
        .map(OptionalLong::of)
        .orElse(OptionalLong.empty());
  }

  /**
   * The event of the newest batch that has the entry, if any has; its event says whether it does.
   */
  OptionalLong batch(int partition, long offset) {
    return database.read(
        connection -> {
          OptionalLong late =
              number(
                  connection,
                  "SELECT number FROM late_batch WHERE partition=? AND first<=? AND first>?"
                      + " AND last>=? ORDER BY number DESC LIMIT 1",
                  partition,
                  offset,
                  offset - LATE_PIECE,
                  offset);
          return late.isPresent()
              ? late
              : number(
                  connection,
                  "SELECT number FROM batch WHERE partition=? AND first<=?"
                      + " ORDER BY first DESC LIMIT 1",
                  partition,
                  offset);
        });
  }

  /**
   * What the index says of the entries from {@code first} on: the event of the batch they are in.
   */
  record BatchRow(int partition, long first, long number) {}

  /** Up to {@code limit} rows after that one, in order; none of late batches. */
  List<BatchRow> batchesAfter(int partition, long first, int limit) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                "SELECT partition, first, number FROM batch WHERE (partition, first) > (?, ?)"
                    + " ORDER BY partition, first LIMIT ?",
                row -> new BatchRow(row.getInt(1), row.getLong(2), row.getLong(3)),
                partition,
                first,
                limit));
  }

  /**
   * Whether the entries that a batch's event names are found by it, or by a newer one that names
   * them, too.
   */
  boolean areFoundBy(long number, BatchedOffsets offsets) {
    return offsets.late()
        || database.read(
            connection -> {
              for (BatchedOffsets.Span span : offsets.spans()) {
                if (number(
                        connection,
                        "SELECT 1 FROM batch WHERE partition=? AND first=? AND number>=?",
                        span.partition(),
                        span.first(),
                        number)
                    .isEmpty()) {
                  return false;
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
        connection ->
            Sql.list(
                    connection,
                    "SELECT name, number FROM source",
                    row -> Map.entry(row.getString(1), row.getLong(2)))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }

  /** The size of the last checkpoint that is known to be published. */
  long published() {
    return number("SELECT size FROM published");
  }

  void published(long size) {
    database.write(connection -> Sql.update(connection, "UPDATE published SET size=?", size));
  }

  Optional<Row> row(long number) {
    return rows(number, 1).stream().filter(row -> row.number() == number).findFirst();
  }

  /** The leaves of up to {@code limit} events from {@code number} on: no body is read. */
  List<Bytes> leaves(long number, int limit) {
    record Leaf(long number, Bytes leaf) {}
    List<Leaf> found =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    "SELECT number, leaf FROM entry WHERE number>=? ORDER BY number LIMIT ?",
                    row -> new Leaf(row.getLong(1), Bytes.adopt(row.getBytes(2))),
                    number,
                    limit));
    long expected = number;
    for (Leaf one : found) {
      if (one.number() != expected) {
        throw new CorruptException(
            "the ledger's index has event %d where %d must follow"
                .formatted(one.number(), expected));
      }
      expected++;
    }
    return found.stream().map(Leaf::leaf).toList();
  }

  /** Up to {@code limit} rows from {@code number} on, in order. */
  List<Row> rows(long number, int limit) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                "SELECT number, leaf, tenant, body FROM entry WHERE number>=?"
                    + " ORDER BY number LIMIT ?",
                EventIndex::row,
                number,
                limit));
  }

  /** The newest matches first, however far back they are. */
  List<Row> search(LedgerQuery wanted) {
    return database.read(eventSearch(wanted)::newest);
  }

  /** The newest matches among the first {@code lookedAtMax} entries that may be some. */
  EventSearch.Page page(LedgerQuery wanted, int lookedAtMax) {
    EventSearch search = eventSearch(wanted);
    return database.read(connection -> search.page(connection, lookedAtMax));
  }

  private EventSearch eventSearch(LedgerQuery wanted) {
    return new EventSearch(
        wanted,
        wanted.subject().map(name -> Bytes.adopt(nameHash("subject", name))),
        wanted.actor().map(name -> Bytes.adopt(nameHash("actor", name))));
  }

  /** As {@link #rows}, with what each is found by. */
  List<Found> found(long number, int limit) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                "SELECT number, leaf, tenant, body, type, time, subject, actor FROM entry"
                    + " WHERE number>=? ORDER BY number LIMIT ?",
                row ->
                    new Found(
                        row(row),
                        row.getString(5),
                        row.getLong(6),
                        Bytes.adopt(row.getBytes(7)),
                        Bytes.adopt(row.getBytes(8))),
                number,
                limit));
  }

  static Row row(ResultSet row) throws SQLException {
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
