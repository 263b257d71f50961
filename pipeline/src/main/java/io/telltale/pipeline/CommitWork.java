package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.DeviceId;
import io.telltale.kernel.Event;
import io.telltale.lake.LakeWriter;
import io.telltale.sqlite.Database;
import io.telltale.sqlite.OutboxTable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Everything that one transaction stores: all of it or nothing. */
final class CommitWork implements Database.Work<Integer> {
  private final Content content;
  private final LakeWriter.Prepared prepared;
  private final Optional<LeafArrays.Stored> leaves;

  /** A partition's new position. */
  record Moved(int partition, StateStore.Position position) {}

  /** An entry that is not stored in a table. */
  record DeadLetter(
      int partition,
      long offset,
      String reason,
      Optional<DeviceId> device,
      long millis,
      Bytes sealed) {
    RecordSteps.Place place() {
      return new RecordSteps.Place(partition, offset);
    }
  }

  /** A changed aggregate, sealed. */
  record SealedMinute(Bytes id, long minute, boolean isFinal, Bytes sealed) {}

  /**
   * @param minutesBefore final aggregates of minutes before this one are let go
   */
  record Content(
      long generation,
      List<Moved> moved,
      WindowTables.Stored windows,
      List<SealedMinute> minutes,
      List<Bytes> forgotten,
      List<DeadLetter> deadLetters,
      List<SetAside.Entry> setAside,
      List<SetAside.Resumed> resumed,
      List<Event> events,
      long minutesBefore,
      int deadLettersMax) {
    /** For the lake's own changes, which have nothing of the pipeline's beside them. */
    static Content nothing(long generation) {
      return new Content(
          generation,
          List.of(),
          WindowTables.Stored.NOTHING,
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          0,
          Integer.MAX_VALUE);
    }
  }

  CommitWork(Content content, LakeWriter.Prepared prepared, Optional<LeafArrays.Stored> leaves) {
    this.content = content;
    this.prepared = prepared;
    this.leaves = leaves;
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
    WindowTables.store(connection, content.windows());
    storeMinutes(connection);
    storeDeadLetters(connection);
    SetAside.store(connection, content.setAside());
    SetAside.remove(connection, content.resumed());
    storeEvents(connection, events);
    return events.size();
  }

  private void requireGeneration(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement("SELECT generation FROM pipeline_generation");
        ResultSet row = select.executeQuery()) {
      if (!row.next() || row.getLong(1) != content.generation()) {
        throw new FencedException();
      }
    }
  }

  /** Another worker has taken the pipeline over. */
  static final class FencedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FencedException() {
      super("another pipeline has taken over");
    }
  }

  private void storePositions(Connection connection) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT OR REPLACE INTO pipeline_partitions (partition, next, received, opener)"
                + " VALUES (?, ?, ?, ?)")) {
      for (Moved moved : content.moved()) {
        upsert.setInt(1, moved.partition());
        upsert.setLong(2, moved.position().next());
        upsert.setLong(3, moved.position().receivedMillis());
        upsert.setBytes(4, moved.position().openerState().borrow());
        upsert.executeUpdate();
      }
    }
  }

  private void storeMinutes(Connection connection) throws SQLException {
    try (PreparedStatement upsert =
            connection.prepareStatement(
                "INSERT OR REPLACE INTO pipeline_minutes (id, minute, final, sealed)"
                    + " VALUES (?, ?, ?, ?)");
        PreparedStatement delete =
            connection.prepareStatement("DELETE FROM pipeline_minutes WHERE id = ?");
        PreparedStatement expire =
            connection.prepareStatement(
                "DELETE FROM pipeline_minutes WHERE final = 1 AND minute < ?")) {
      for (SealedMinute minute : content.minutes()) {
        upsert.setBytes(1, minute.id().borrow());
        upsert.setLong(2, minute.minute());
        upsert.setInt(3, minute.isFinal() ? 1 : 0);
        upsert.setBytes(4, minute.sealed().borrow());
        upsert.executeUpdate();
      }
      for (Bytes id : content.forgotten()) {
        delete.setBytes(1, id.borrow());
        delete.executeUpdate();
      }
      if (content.minutesBefore() > 0) {
        expire.setLong(1, content.minutesBefore());
        expire.executeUpdate();
      }
    }
  }

  private void storeDeadLetters(Connection connection) throws SQLException {
    if (content.deadLetters().isEmpty()) {
      return;
    }
    try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO pipeline_dead_letters"
                    + " (partition, record_offset, reason, time, sealed) VALUES (?, ?, ?, ?, ?)");
        PreparedStatement trim =
            connection.prepareStatement(
                "DELETE FROM pipeline_dead_letters WHERE number <="
                    + " (SELECT max(number) FROM pipeline_dead_letters) - ?")) {
      for (DeadLetter letter : content.deadLetters()) {
        insert.setInt(1, letter.partition());
        insert.setLong(2, letter.offset());
        insert.setString(3, letter.reason());
        insert.setLong(4, letter.millis());
        insert.setBytes(5, letter.sealed().borrow());
        insert.executeUpdate();
      }
      trim.setInt(1, content.deadLettersMax());
      trim.executeUpdate();
    }
  }

  private static void storeEvents(Connection connection, List<Event> events) throws SQLException {
    for (Event event : events) {
      OutboxTable.add(connection, PipelineTables.OUTBOX, event);
    }
  }
}
