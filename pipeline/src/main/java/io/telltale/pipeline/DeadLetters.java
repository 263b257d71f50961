package io.telltale.pipeline;

import io.telltale.db.Database;
import io.telltale.db.OutboxTable;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Scope;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.leases.FileKeys;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.letters.DeadLetter;
import io.telltale.pipeline.letters.LetterSeal;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.record.Origin;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * What could not be processed: listed, shown to whoever may open its scope, and sent through the
 * pipeline again. Thread-safe.
 */
public final class DeadLetters {
  /** So many are sent through again at one request. */
  public static final int AGAIN_MAX = 10_000;

  static final String TABLE =
      """
      CREATE TABLE pipeline_letters (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant TEXT NOT NULL,
        device INTEGER NOT NULL,
        partition INTEGER NOT NULL,
        record_offset INTEGER NOT NULL,
        reason TEXT NOT NULL,
        time INTEGER NOT NULL,
        file TEXT NOT NULL,
        again INTEGER NOT NULL,
        sealed BLOB NOT NULL
      ) STRICT;
      CREATE INDEX pipeline_letters_devices ON pipeline_letters (tenant, device, number);
      CREATE INDEX pipeline_letters_places ON pipeline_letters (partition, record_offset);
      CREATE INDEX pipeline_letters_again ON pipeline_letters (number) WHERE again = 1;
      INSERT INTO pipeline_letters
        SELECT number, 'default', 0, partition, record_offset, reason, time, '', 0, sealed
        FROM pipeline_dead_letters;
      DROP TABLE pipeline_dead_letters;
      """;

  private static final String COLUMNS =
      "SELECT number, tenant, device, partition, record_offset, reason, time, file, again";

  private final Database database;
  private final Function<SpiffeId, FileKeys> keys;

  /**
   * A letter as anybody of its tenant may see it.
   *
   * @param device the device's number; empty where it could not be read
   * @param replayable whether it can be opened and sent through again: not if it never opened, and
   *     not if it is from before dead letters could be
   * @param again whether it is on its way through the pipeline
   */
  public record Letter(
      long number,
      TenantId tenant,
      OptionalInt device,
      int partition,
      long offset,
      String reason,
      Instant time,
      boolean replayable,
      boolean again) {}

  /**
   * Which letters.
   *
   * @param reason empty for any
   * @param number this one only
   */
  public record Wanted(TenantId tenant, OptionalInt device, String reason, OptionalLong number) {}

  /** What became of a request to send letters through again. */
  public sealed interface Again {
    record Sent(int count) implements Again {}

    /** So many were on their way before, and there is none else that could go. */
    record OnTheirWay(int count) implements Again {}

    /** None of these so many can ever be opened again. */
    record NotKept(int count) implements Again {}

    record None() implements Again {}
  }

  /** What there is to show. */
  public sealed interface Shown {
    record Whole(Letter letter, Origin origin, Bytes payload) implements Shown {}

    /** Not to this caller, or not now, or to nobody ever: {@code why} says which. */
    record Closed(Letter letter, String why) implements Shown {}

    /** There is none of that number. */
    record Unknown() implements Shown {}
  }

  /**
   * @param keys on whose grants a letter is opened: the asker's own
   */
  public DeadLetters(Database database, Function<SpiffeId, FileKeys> keys) {
    this.database = database;
    this.keys = keys;
  }

  /** Up to {@code limit} below {@code before}, newest first. */
  public List<Letter> list(Wanted wanted, long before, int limit) {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  COLUMNS
                      + " FROM pipeline_letters WHERE "
                      + where(wanted)
                      + " AND number < ? ORDER BY number DESC LIMIT ?")) {
            int next = bind(select, wanted, 1);
            select.setLong(next, before);
            select.setInt(next + 1, limit);
            return letters(select);
          }
        });
  }

  private static String where(Wanted wanted) {
    return "tenant = ?"
        + (wanted.device().isPresent() ? " AND device = ?" : "")
        + (wanted.reason().isEmpty() ? "" : " AND reason = ?")
        + (wanted.number().isPresent() ? " AND number = ?" : "");
  }

  private static int bind(PreparedStatement statement, Wanted wanted, int first)
      throws SQLException {
    int next = first;
    statement.setString(next++, wanted.tenant().name());
    if (wanted.device().isPresent()) {
      statement.setInt(next++, wanted.device().getAsInt());
    }
    if (!wanted.reason().isEmpty()) {
      statement.setString(next++, wanted.reason());
    }
    if (wanted.number().isPresent()) {
      statement.setLong(next++, wanted.number().getAsLong());
    }
    return next;
  }

  private static List<Letter> letters(PreparedStatement select) throws SQLException {
    var all = new ArrayList<Letter>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        all.add(letter(row));
      }
    }
    return all;
  }

  private static Letter letter(ResultSet row) throws SQLException {
    int device = row.getInt(3);
    return new Letter(
        row.getLong(1),
        new TenantId(row.getString(2)),
        device == 0 ? OptionalInt.empty() : OptionalInt.of(device),
        row.getInt(4),
        row.getLong(5),
        row.getString(6),
        Instant.ofEpochMilli(row.getLong(7)),
        !row.getString(8).isEmpty(),
        row.getInt(9) == 1);
  }

  /** The letter that lies in the place of a record. */
  public Optional<Letter> at(TenantId tenant, int partition, long offset) {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  COLUMNS
                      + " FROM pipeline_letters WHERE partition = ? AND record_offset = ?"
                      + " AND tenant = ? ORDER BY number DESC LIMIT 1")) {
            select.setInt(1, partition);
            select.setLong(2, offset);
            select.setString(3, tenant.name());
            return letters(select).stream().findFirst();
          }
        });
  }

  /** A record that waits, sealed as it came, until the key of its scope is enabled again. */
  public record Waiting(Scope scope, Instant since) {}

  /** What waits in the place of a record, if its scope is of the tenant. */
  public Optional<Waiting> waiting(TenantId tenant, int partition, long offset) {
    return database
        .read(connection -> SetAside.find(connection, tenant, partition, offset))
        .map(found -> new Waiting(found.scope(), found.since()));
  }

  /** Whether the pipeline has not come to that place of the log yet. */
  public boolean isAhead(int partition, long offset) {
    return partition < RecordLog.PARTITIONS
        && offset >= database.read(connection -> next(connection, partition));
  }

  private static long next(Connection connection, int partition) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT next FROM pipeline_partitions WHERE partition = ?")) {
      select.setInt(1, partition);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getLong(1) : 0;
      }
    }
  }

  public long count(Wanted wanted) {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT count(*) FROM pipeline_letters WHERE " + where(wanted))) {
            int bound = bind(select, wanted, 1);
            try (ResultSet row = select.executeQuery()) {
              return bound > 0 && row.next() ? row.getLong(1) : 0;
            }
          }
        });
  }

  private record Content(Letter letter, String file, Bytes sealed) {}

  /** Opens a letter on {@code who}'s own grants. */
  public Shown show(SpiffeId who, long number) {
    Optional<Content> found = content(who.tenant(), number);
    if (found.isEmpty()) {
      return new Shown.Unknown();
    }
    Content content = found.get();
    Letter letter = content.letter();
    if (!letter.replayable()) {
      return new Shown.Closed(letter, "not-kept-to-be-opened");
    }
    var place = new Place(letter.partition(), letter.offset());
    return switch (LetterSeal.open(keys.apply(who), content.file(), place, content.sealed())) {
      case LetterSeal.Opening.Done done ->
          new Shown.Whole(letter, done.record().origin(), done.record().payload());
      case LetterSeal.Opening.Closed closed -> new Shown.Closed(letter, closed.why());
    };
  }

  private Optional<Content> content(TenantId tenant, long number) {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  COLUMNS + ", sealed FROM pipeline_letters WHERE tenant = ? AND number = ?")) {
            select.setString(1, tenant.name());
            select.setLong(2, number);
            try (ResultSet row = select.executeQuery()) {
              return row.next()
                  ? Optional.of(
                      new Content(letter(row), row.getString(8), Bytes.adopt(row.getBytes(10))))
                  : Optional.empty();
            }
          }
        });
  }

  /**
   * Sends up to {@value #AGAIN_MAX} letters through the pipeline again, oldest first, judged by the
   * policy that is in force then. Those that cannot be opened stay as they are.
   *
   * @param asked of how many, at least one, the event that says who asked: it is on its way to the
   *     ledger when they go, and only then
   */
  public Again again(Wanted wanted, IntFunction<Event> asked) {
    return database.write(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE pipeline_letters SET again = 1 WHERE number IN"
                      + " (SELECT number FROM pipeline_letters WHERE "
                      + where(wanted)
                      + " AND again = 0 AND file <> '' ORDER BY number LIMIT ?)")) {
            update.setInt(bind(update, wanted, 1), AGAIN_MAX);
            int count = update.executeUpdate();
            if (count == 0) {
              return whyNone(connection, wanted);
            }
            // Not to the ledger itself, which may be waiting for this very thread.
            OutboxTable.add(connection, PipelineTables.OUTBOX, asked.apply(count));
            return new Again.Sent(count);
          }
        });
  }

  private static Again whyNone(Connection connection, Wanted wanted) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT count(*), coalesce(sum(again), 0) FROM pipeline_letters WHERE "
                + where(wanted))) {
      int bound = bind(select, wanted, 1);
      try (ResultSet row = select.executeQuery()) {
        int all = bound > 0 && row.next() ? row.getInt(1) : 0;
        if (all == 0) {
          return new Again.None();
        }
        int onTheirWay = row.getInt(2);
        return onTheirWay > 0 ? new Again.OnTheirWay(onTheirWay) : new Again.NotKept(all);
      }
    }
  }

  static void store(Connection transaction, TenantId otherwise, List<LetterSeal.Sealed> letters)
      throws SQLException {
    if (letters.isEmpty()) {
      return;
    }
    try (PreparedStatement insert =
        transaction.prepareStatement(
            "INSERT INTO pipeline_letters (tenant, device, partition, record_offset, reason,"
                + " time, file, again, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)")) {
      for (LetterSeal.Sealed one : letters) {
        DeadLetter letter = one.letter();
        Optional<Origin> origin = letter.record().map(Opened.Authentic::origin);
        insert.setString(1, origin.map(from -> from.device().tenant()).orElse(otherwise).name());
        insert.setInt(2, origin.map(Origin::deviceNumber).orElse(0));
        insert.setInt(3, letter.partition());
        insert.setLong(4, letter.offset());
        insert.setString(5, letter.reason());
        insert.setLong(6, letter.millis());
        insert.setString(7, one.file());
        insert.setBytes(8, one.bytes().borrow());
        insert.executeUpdate();
      }
    }
  }
}
