package io.telltale.pipeline.letters;

import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.leases.RecordOpener.Opened;
import io.telltale.pipeline.Place;
import io.telltale.pipeline.StoredLetter;
import io.telltale.pipeline.WantedLetters;
import io.telltale.record.Origin;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The table of dead letters. */
public final class LetterTables {
  public static final String TABLE =
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

  // By which shares are counted, and the oldest of one found, without reading a letter.
  public static final String HELD =
      "CREATE INDEX pipeline_letters_held"
          + " ON pipeline_letters (tenant, (file <> ''), number, length(sealed))";

  private static final String COLUMNS =
      "SELECT number, tenant, device, partition, record_offset, reason, time, file, again";

  private LetterTables() {}

  /**
   * A letter and what is in it.
   *
   * @param file which key opens it
   */
  public record Content(StoredLetter letter, String file, Bytes sealed) {}

  /** How many there are, and how many of them are on their way through the pipeline. */
  public record Counts(int all, int again) {}

  /** A letter that is to go through the pipeline again. */
  public record Due(long number, Place place, String reason, String file, Bytes sealed) {}

  /** A letter that is one still, and why. */
  public record Kept(long number, String reason) {}

  /** What a tenant has, or loses, of one kind. */
  record Share(TenantId tenant, boolean replayable, long letters, long bytes) {}

  /** Up to {@code limit} below {@code before}, newest first. */
  public static List<StoredLetter> list(
      Connection connection, WantedLetters wanted, long before, int limit) throws SQLException {
    return Sql.list(
        connection,
        COLUMNS
            + " FROM pipeline_letters WHERE "
            + where(wanted)
            + " AND number < ? ORDER BY number DESC LIMIT ?",
        LetterTables::letter,
        parameters(wanted, before, limit));
  }

  private static String where(WantedLetters wanted) {
    return "tenant = ?"
        + (wanted.device().isPresent() ? " AND device = ?" : "")
        + (wanted.reason().isEmpty() ? "" : " AND reason = ?")
        + (wanted.number().isPresent() ? " AND number = ?" : "");
  }

  private static List<Object> parameters(WantedLetters wanted, Object... more) {
    var all = new ArrayList<Object>();
    all.add(wanted.tenant().name());
    wanted.device().ifPresent(all::add);
    if (!wanted.reason().isEmpty()) {
      all.add(wanted.reason());
    }
    wanted.number().ifPresent(all::add);
    all.addAll(List.of(more));
    return all;
  }

  private static StoredLetter letter(ResultSet row) throws SQLException {
    int device = row.getInt(3);
    return new StoredLetter(
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
  public static Optional<StoredLetter> at(
      Connection connection, TenantId tenant, int partition, long offset) throws SQLException {
    return Sql.first(
        connection,
        COLUMNS
            + " FROM pipeline_letters WHERE partition = ? AND record_offset = ?"
            + " AND tenant = ? ORDER BY number DESC LIMIT 1",
        LetterTables::letter,
        partition,
        offset,
        tenant.name());
  }

  public static long count(Connection connection, WantedLetters wanted) throws SQLException {
    return Sql.first(
            connection,
            "SELECT count(*) FROM pipeline_letters WHERE " + where(wanted),
            row -> row.getLong(1),
            parameters(wanted))
        .orElseThrow();
  }

  public static Counts counts(Connection connection, WantedLetters wanted) throws SQLException {
    return Sql.first(
            connection,
            "SELECT count(*), coalesce(sum(again), 0) FROM pipeline_letters WHERE " + where(wanted),
            row -> new Counts(row.getInt(1), row.getInt(2)),
            parameters(wanted))
        .orElseThrow();
  }

  public static Optional<Content> content(Connection connection, TenantId tenant, long number)
      throws SQLException {
    return Sql.first(
        connection,
        COLUMNS + ", sealed FROM pipeline_letters WHERE tenant = ? AND number = ?",
        row -> new Content(letter(row), row.getString(8), Bytes.adopt(row.getBytes(10))),
        tenant.name(),
        number);
  }

  /** Marks up to {@code max} of those that can be opened, oldest first; how many. */
  public static int again(Connection transaction, WantedLetters wanted, int max)
      throws SQLException {
    return Sql.update(
        transaction,
        "UPDATE pipeline_letters SET again = 1 WHERE number IN"
            + " (SELECT number FROM pipeline_letters WHERE "
            + where(wanted)
            + " AND again = 0 AND file <> '' ORDER BY number LIMIT ?)",
        parameters(wanted, max));
  }

  /** The first {@code max} of those that are marked. */
  public static List<Due> due(Connection connection, int max) throws SQLException {
    return Sql.list(
        connection,
        "SELECT number, partition, record_offset, reason, file, sealed"
            + " FROM pipeline_letters WHERE again = 1 ORDER BY number LIMIT ?",
        row ->
            new Due(
                row.getLong(1),
                new Place(row.getInt(2), row.getLong(3)),
                row.getString(4),
                row.getString(5),
                Bytes.adopt(row.getBytes(6))),
        max);
  }

  /** They went through. */
  public static void remove(Connection transaction, List<Long> numbers) throws SQLException {
    Sql.updateEach(transaction, "DELETE FROM pipeline_letters WHERE number = ?", numbers, List::of);
  }

  /** They went through the pipeline in vain. */
  public static void keep(Connection transaction, List<Kept> letters) throws SQLException {
    Sql.updateEach(
        transaction,
        "UPDATE pipeline_letters SET again = 0, reason = ? WHERE number = ?",
        letters,
        letter -> List.of(letter.reason(), letter.number()));
  }

  /**
   * @param otherwise whose a letter is that does not tell
   */
  public static void add(
      Connection transaction, TenantId otherwise, List<LetterSeal.Sealed> letters)
      throws SQLException {
    Sql.updateEach(
        transaction,
        "INSERT INTO pipeline_letters (tenant, device, partition, record_offset, reason,"
            + " time, file, again, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)",
        letters,
        one -> {
          DeadLetter letter = one.letter();
          Optional<Origin> origin = letter.record().map(Opened.Authentic::origin);
          return List.of(
              origin.map(from -> from.device().tenant()).orElse(otherwise).name(),
              origin.map(Origin::deviceNumber).orElse(0),
              letter.partition(),
              letter.offset(),
              letter.reason(),
              letter.millis(),
              one.file(),
              one.bytes());
        });
  }

  static List<Share> shares(Connection transaction) throws SQLException {
    return Sql.list(
        transaction,
        "SELECT tenant, file <> '', count(*), sum(length(sealed)) FROM pipeline_letters"
            + " GROUP BY tenant, file <> ''",
        row ->
            new Share(
                new TenantId(row.getString(1)), row.getBoolean(2), row.getLong(3), row.getLong(4)));
  }

  /** Drops the oldest of {@code share} until no more than so much is left; what was dropped. */
  static Share drop(Connection transaction, Share share, long lettersLeft, long bytesLeft)
      throws SQLException {
    Dropped dropped =
        Sql.read(
            transaction,
            "SELECT number, length(sealed) FROM pipeline_letters"
                + " WHERE tenant = ? AND (file <> '') = ? ORDER BY number",
            rows -> oldest(rows, share.letters() - lettersLeft, share.bytes() - bytesLeft),
            share.tenant().name(),
            share.replayable());
    Sql.update(
        transaction,
        "DELETE FROM pipeline_letters WHERE tenant = ? AND (file <> '') = ? AND number <= ?",
        share.tenant().name(),
        share.replayable(),
        dropped.last());
    return new Share(share.tenant(), share.replayable(), dropped.letters(), dropped.bytes());
  }

  private record Dropped(long letters, long bytes, long last) {}

  // One at least, and no more than need be.
  private static Dropped oldest(ResultSet rows, long lettersOver, long bytesOver)
      throws SQLException {
    long letters = 0;
    long bytes = 0;
    long last = 0;
    boolean more = true;
    while (more && rows.next()) {
      letters++;
      bytes += rows.getLong(2);
      last = rows.getLong(1);
      more = letters < lettersOver || bytes < bytesOver;
    }
    return new Dropped(letters, bytes, last);
  }
}
