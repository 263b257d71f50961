package io.telltale.pipeline;

import io.telltale.db.Database;
import io.telltale.db.OutboxTable;
import io.telltale.db.Sql;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.TenantId;
import io.telltale.lake.LakeWriter;
import io.telltale.leases.LeaseMemory;
import io.telltale.pipeline.intake.LettersAgain;
import io.telltale.pipeline.intake.Moved;
import io.telltale.pipeline.leaves.StoredLeaves;
import io.telltale.pipeline.letters.LetterSeal;
import io.telltale.pipeline.letters.LetterTables;
import io.telltale.pipeline.letters.LettersTrim;
import io.telltale.pipeline.letters.SetAside;
import io.telltale.pipeline.windows.WindowTables;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;

/** Everything that one transaction stores: all of it or nothing. */
final class CommitWork implements Database.Work<Integer> {
  /** Before which minute final aggregates may have been let go; see {@link Expiry}. */
  static final String LET_GO = "minutes-let-go";

  static final LakeWriter.Prepared NO_FILES =
      new LakeWriter.Prepared() {
        @Override
        public List<Event> commit(Connection transaction) {
          return List.of();
        }

        @Override
        public void abandon() {}
      };

  // Nothing is stored in its name.
  private static final TenantId NOBODY = TenantId.DEFAULT;

  private final Content content;
  private final LakeWriter.Prepared prepared;
  private final Optional<StoredLeaves> leaves;

  /**
   * Final aggregates to let go: of minutes before {@code minute}, and stored last at an age before
   * {@code age}.
   */
  record Expiry(long minute, long age) {}

  private record KeptLease(int partition, LeaseMemory.Row row) {}

  /** A changed aggregate, sealed. */
  record SealedMinute(Bytes id, long minute, int standing, Bytes sealed) {}

  /**
   * @param age for how many minutes pipelines have run here
   * @param expiry which final aggregates are let go
   * @param tenant whose a dead letter is that does not tell
   * @param trim keeps dead letters within their bounds; there is none where none is added
   */
  record Content(
      long generation,
      List<Moved> moved,
      WindowTables.Stored windows,
      List<SealedMinute> minutes,
      List<Bytes> forgotten,
      TenantId tenant,
      List<LetterSeal.Sealed> deadLetters,
      List<LettersAgain.Taken> again,
      List<SetAside.Entry> setAside,
      List<SetAside.Resumed> resumed,
      List<Event> events,
      Optional<Bytes> doors,
      long age,
      Optional<Expiry> expiry,
      Optional<LettersTrim> trim) {
    /** For the lake's own changes, which have nothing of the pipeline's beside them. */
    static Content nothing(long generation) {
      return new Content(
          generation,
          List.of(),
          WindowTables.Stored.NOTHING,
          List.of(),
          List.of(),
          NOBODY,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          Optional.empty(),
          0,
          Optional.empty(),
          Optional.empty());
    }
  }

  CommitWork(Content content, LakeWriter.Prepared prepared, Optional<StoredLeaves> leaves) {
    this.content = content;
    this.prepared = prepared;
    this.leaves = leaves;
  }

  /** Stores it, and waits for that. */
  void write(Database database) {
    try {
      database.writeLater(this).join();
      content.trim().ifPresent(LettersTrim::committed);
    } catch (CompletionException e) {
      throw switch (e.getCause()) {
        case RuntimeException cause -> cause;
        case Error cause -> throw cause;
        case null, default -> new IllegalStateException("committing", e.getCause());
      };
    }
  }

  @Override
  public Integer run(Connection connection) throws SQLException {
    requireGeneration(connection);
    var events = new ArrayList<Event>(prepared.commit(connection));
    events.addAll(content.events());
    if (leaves.isPresent()) {
      LeafArrays.add(connection, leaves.get());
    }
    storePositions(connection);
    storeLeases(connection);
    storeDoors(connection);
    storeAge(connection);
    WindowTables.store(connection, content.windows());
    storeMinutes(connection);
    LetterTables.add(connection, content.tenant(), content.deadLetters());
    LettersAgain.store(connection, content.again());
    if (content.trim().isPresent()) {
      events.addAll(content.trim().get().trim(connection));
    }
    SetAside.store(connection, content.setAside());
    SetAside.remove(connection, content.resumed());
    storeEvents(connection, events);
    return events.size();
  }

  private void requireGeneration(Connection connection) throws SQLException {
    Optional<Long> generation =
        Sql.first(connection, "SELECT generation FROM pipeline_generation", row -> row.getLong(1));
    if (generation.isEmpty() || generation.get() != content.generation()) {
      throw new FencedException();
    }
  }

  private void storePositions(Connection connection) throws SQLException {
    Sql.updateEach(
        connection,
        "INSERT INTO pipeline_partitions (partition, next, received, opener) VALUES (?, ?, ?,"
            + " ?) ON CONFLICT (partition) DO UPDATE SET next = excluded.next, received ="
            + " excluded.received, opener = excluded.opener",
        content.moved(),
        moved ->
            List.of(
                moved.partition(), moved.next(), moved.receivedMillis(), moved.opener().state()));
  }

  private void storeLeases(Connection connection) throws SQLException {
    for (Moved moved : content.moved()) {
      forgetLeases(connection, moved.partition(), moved.opener().forgotten());
      if (moved.opener().only().isPresent()) {
        keepLeases(connection, moved.partition(), moved.opener().only().get());
      }
    }
    var kept = new ArrayList<KeptLease>();
    for (Moved moved : content.moved()) {
      moved.opener().leases().forEach(row -> kept.add(new KeptLease(moved.partition(), row)));
    }
    Sql.updateEach(
        connection,
        "INSERT INTO pipeline_leases (partition, slot, lease, sealed, waiting) VALUES (?, ?, ?,"
            + " ?, ?) ON CONFLICT (partition, slot) DO UPDATE SET lease = excluded.lease,"
            + " sealed = excluded.sealed, waiting = excluded.waiting",
        kept,
        one ->
            List.of(
                one.partition(),
                one.row().slot(),
                one.row().lease(),
                one.row().sealed(),
                one.row().waiting()));
  }

  private static void forgetLeases(Connection connection, int partition, List<Bytes> slots)
      throws SQLException {
    if (slots.isEmpty()) {
      return;
    }
    Sql.updateEach(
        connection,
        "DELETE FROM pipeline_leases WHERE partition = ? AND slot = ?",
        slots,
        slot -> List.of(partition, slot));
  }

  private static void keepLeases(Connection connection, int partition, List<Bytes> instances)
      throws SQLException {
    String marks = String.join(", ", Collections.nCopies(instances.size(), "?"));
    String others = instances.isEmpty() ? "" : " AND substr(slot, 1, 8) NOT IN (" + marks + ")";
    var parameters = new ArrayList<Object>(List.of(partition));
    parameters.addAll(instances);
    Sql.update(
        connection,
        "DELETE FROM pipeline_leases WHERE partition = ? AND waiting = 0" + others,
        parameters);
  }

  private void storeAge(Connection connection) throws SQLException {
    Sql.update(
        connection,
        "INSERT INTO pipeline_age AS age (one, minutes) VALUES (1, ?) ON CONFLICT (one) DO"
            + " UPDATE SET minutes = excluded.minutes WHERE age.minutes < excluded.minutes",
        content.age());
  }

  private void storeDoors(Connection connection) throws SQLException {
    if (content.doors().isEmpty()) {
      return;
    }
    Sql.update(
        connection,
        "INSERT INTO pipeline_doors (one, sealed) VALUES (1, ?) ON CONFLICT (one)"
            + " DO UPDATE SET sealed = excluded.sealed",
        content.doors().get());
  }

  private void storeMinutes(Connection connection) throws SQLException {
    Sql.updateEach(
        connection,
        "INSERT INTO pipeline_minutes (id, minute, final, sealed, stored)"
            + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            + " minute = excluded.minute, final = excluded.final,"
            + " sealed = excluded.sealed, stored = excluded.stored",
        content.minutes(),
        minute ->
            List.of(
                minute.id(), minute.minute(), minute.standing(), minute.sealed(), content.age()));
    Sql.updateEach(
        connection, "DELETE FROM pipeline_minutes WHERE id = ?", content.forgotten(), List::of);
    if (content.expiry().isPresent()) {
      Expiry expiry = content.expiry().get();
      storeLetGo(connection, expiry);
      Sql.update(
          connection,
          "DELETE FROM pipeline_minutes WHERE final = 1 AND minute < ? AND stored < ?",
          expiry.minute(),
          expiry.age());
    }
  }

  // The wall clock cannot tell later which those were: it may have been set back.
  private static void storeLetGo(Connection connection, Expiry expiry) throws SQLException {
    Optional<Long> last =
        Sql.first(
            connection,
            "SELECT minute FROM pipeline_minutes WHERE final = 1 AND minute < ? AND stored < ?"
                + " ORDER BY minute DESC LIMIT 1",
            row -> row.getLong(1),
            expiry.minute(),
            expiry.age());
    if (last.isPresent()) {
      long before = Math.max(0, last.get() + 1);
      Sql.update(
          connection,
          "INSERT INTO pipeline_settings AS known (name, value) VALUES (?, ?)"
              + " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
              + " WHERE known.value < excluded.value",
          LET_GO,
          ByteBuffer.allocate(Long.BYTES).putLong(before).array());
    }
  }

  private static void storeEvents(Connection connection, List<Event> events) throws SQLException {
    for (Event event : events) {
      OutboxTable.add(connection, PipelineTables.OUTBOX, event);
    }
  }
}
