package io.telltale.pipeline;

import io.telltale.db.Database;
import io.telltale.db.OutboxTable;
import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.leases.FileKeys;
import io.telltale.log.RecordLog;
import io.telltale.pipeline.letters.LetterSeal;
import io.telltale.pipeline.letters.LetterTables;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.record.Origin;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * What could not be processed: listed, shown to whoever may open its scope, and sent through the
 * pipeline again. Thread-safe.
 */
public final class DeadLetters {
  /** So many are sent through again at one request. */
  public static final int AGAIN_MAX = 10_000;

  private final Database database;
  private final Function<SpiffeId, FileKeys> keys;

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
    record Whole(StoredLetter letter, Origin origin, Bytes payload) implements Shown {}

    /** Not to this caller, or not now, or to nobody ever: {@code why} says which. */
    record Closed(StoredLetter letter, String why) implements Shown {}

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
  public List<StoredLetter> list(WantedLetters wanted, long before, int limit) {
    return database.read(connection -> LetterTables.list(connection, wanted, before, limit));
  }

  /** The letter that lies in the place of a record. */
  public Optional<StoredLetter> at(TenantId tenant, int partition, long offset) {
    return database.read(connection -> LetterTables.at(connection, tenant, partition, offset));
  }

  /** What waits in the place of a record, if its scope is of the tenant. */
  public Optional<WaitingRecord> waiting(TenantId tenant, int partition, long offset) {
    return database.read(connection -> SetAside.find(connection, tenant, partition, offset));
  }

  /** Whether the pipeline has not come to that place of the log yet. */
  public boolean isAhead(int partition, long offset) {
    return partition < RecordLog.PARTITIONS
        && offset >= database.read(connection -> next(connection, partition));
  }

  private static long next(Connection connection, int partition) throws SQLException {
    return Sql.first(
            connection,
            "SELECT next FROM pipeline_partitions WHERE partition = ?",
            row -> row.getLong(1),
            partition)
        .orElse(0L);
  }

  public long count(WantedLetters wanted) {
    return database.read(connection -> LetterTables.count(connection, wanted));
  }

  /** Opens a letter on {@code who}'s own grants. */
  public Shown show(SpiffeId who, long number) {
    Optional<LetterTables.Content> found =
        database.read(connection -> LetterTables.content(connection, who.tenant(), number));
    if (found.isEmpty()) {
      return new Shown.Unknown();
    }
    LetterTables.Content content = found.get();
    StoredLetter letter = content.letter();
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

  /**
   * Sends up to {@value #AGAIN_MAX} letters through the pipeline again, oldest first, judged by the
   * policy that is in force then. Those that cannot be opened stay as they are.
   *
   * @param asked of how many, at least one, the event that says who asked: it is on its way to the
   *     ledger when they go, and only then
   */
  public Again again(WantedLetters wanted, IntFunction<Event> asked) {
    return database.write(
        connection -> {
          int count = LetterTables.again(connection, wanted, AGAIN_MAX);
          if (count == 0) {
            return whyNone(LetterTables.counts(connection, wanted));
          }
          // Not to the ledger itself, which may be waiting for this very thread.
          OutboxTable.add(connection, PipelineTables.OUTBOX, asked.apply(count));
          return new Again.Sent(count);
        });
  }

  private static Again whyNone(LetterTables.Counts counts) {
    if (counts.all() == 0) {
      return new Again.None();
    }
    return counts.again() > 0
        ? new Again.OnTheirWay(counts.again())
        : new Again.NotKept(counts.all());
  }
}
