package io.telltale.lake;

import io.telltale.kernel.UnavailableException;
import io.telltale.record.Origin;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.transforms.Transforms;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.SerializableFunction;
import org.duckdb.DuckDBAppender;

/** Raw rows on their way into files: numbers by the row, the rest once by its context. */
final class ReadingStage {
  static final List<String> CONTEXT_TEXTS =
      List.of(
          "tenant",
          "scope",
          "device",
          "credential",
          "issuer",
          "provisioning",
          "gateway_chain",
          "firmware_claimed",
          "attestation",
          "assurance",
          "schema",
          "message_type",
          "door",
          "endpoint",
          "metric",
          "unit",
          "unit_sent",
          "environment",
          "region",
          "product_line",
          "sensitivity",
          "site",
          "device_type",
          "owner_team",
          "labels",
          "steps");
  private static final List<String> CONTEXT_NUMBERS =
      List.of("device_number", "firmware_number", "policy_version", "suspect");
  private static final SerializableFunction<Integer, Integer> BUCKET =
      Transforms.<Integer>bucket(Tables.BUCKETS)
              .bind(Types.IntegerType.get())
              .andThen(java.util.Objects::requireNonNull)
          ::apply;

  private final DuckSession session;

  ReadingStage(DuckSession session) {
    this.session = session;
    var contexts = new StringJoiner(", ", "CREATE TABLE contexts (id INTEGER, ", ")");
    CONTEXT_TEXTS.forEach(name -> contexts.add(name + " VARCHAR"));
    contexts.add("device_number INTEGER").add("firmware_number BIGINT");
    contexts.add("policy_version INTEGER").add("suspect BOOLEAN");
    session.run(contexts.toString());
    session.run(
        """
        CREATE TABLE facts (grp INTEGER, context INTEGER, "partition" INTEGER,
          record_offset BIGINT, sequence BIGINT, feed_position BIGINT, value DOUBLE,
          sent BIGINT, received BIGINT, event_time BIGINT, source_time BIGINT)\
        """);
    session.run(
        """
        CREATE TABLE records (grp INTEGER, "partition" INTEGER, record_offset BIGINT,
          origin BLOB, origin_salt BLOB, payload BLOB, payload_salt BLOB)\
        """);
  }

  /** Takes the rows in; what was there before must have been {@link #clear}ed. */
  List<FileGroup> add(List<RawRow> rows) {
    var groups = new HashMap<FileGroup.Key, FileGroup>();
    var contexts = new HashMap<ReadingContext, Integer>();
    try (DuckDBAppender facts = session.connection().createAppender("facts");
        DuckDBAppender records = session.connection().createAppender("records")) {
      int lastPartition = -1;
      long lastOffset = -1;
      for (RawRow row : rows) {
        FileGroup group =
            groups.computeIfAbsent(keyOf(row), key -> new FileGroup(key, groups.size()));
        int context = contexts.computeIfAbsent(ReadingContext.of(row), _ -> contexts.size());
        addFact(facts, row, group, context);
        if (row.partition() != lastPartition || row.offset() != lastOffset) {
          addRecord(records, row, group.number());
          lastPartition = row.partition();
          lastOffset = row.offset();
        }
      }
    } catch (SQLException e) {
      throw new UnavailableException("staging readings", e);
    }
    addContexts(contexts);
    return List.copyOf(groups.values());
  }

  void clear() {
    session.run("DELETE FROM facts");
    session.run("DELETE FROM records");
    session.run("DELETE FROM contexts");
  }

  /** The rows of one group as the table's columns. */
  String select(FileGroup group) {
    Map<String, String> expressions = new HashMap<>();
    CONTEXT_TEXTS.forEach(name -> expressions.put(name, "c." + name));
    CONTEXT_NUMBERS.forEach(name -> expressions.put(name, "c." + name));
    for (String time : List.of("sent", "received", "event_time", "source_time")) {
      expressions.put(time, "make_timestamptz(f." + time + ") AS " + time);
    }
    var list = new StringJoiner(", ", "SELECT ", "");
    Tables.READINGS_SCHEMA
        .columns()
        .forEach(
            field ->
                list.add(expressions.getOrDefault(field.name(), "f.\"" + field.name() + "\"")));
    return list
        + " FROM facts f JOIN contexts c ON f.context = c.id WHERE f.grp = "
        + group.number();
  }

  /** The halves of the records that no ordinary question may see. */
  String selectRestricted(FileGroup group) {
    return "SELECT \"partition\", record_offset, origin, origin_salt, payload, payload_salt"
        + " FROM records WHERE grp = "
        + group.number();
  }

  private static FileGroup.Key keyOf(RawRow row) {
    long day = Math.floorDiv(row.eventTime().getEpochSecond(), TimeUnit.DAYS.toSeconds(1));
    Origin origin = row.origin();
    return new FileGroup.Key(origin.scope(), day, BUCKET.apply(origin.deviceNumber()));
  }

  private static void addFact(DuckDBAppender facts, RawRow row, FileGroup group, int context)
      throws SQLException {
    Origin origin = row.origin();
    long eventTime = micros(row.eventTime());
    facts.beginRow().append(group.number()).append(context).append(row.partition());
    facts.append(row.offset());
    if (origin.sequence().isPresent()) {
      facts.append(origin.sequence().getAsLong());
    } else {
      facts.appendNull();
    }
    facts.append(origin.feedPosition());
    if (row.value().isPresent()) {
      facts.append(row.value().getAsDouble());
    } else {
      facts.appendNull();
    }
    facts.append(micros(origin.sent())).append(micros(origin.received())).append(eventTime);
    if (row.sourceTime().isPresent()) {
      facts.append(micros(row.sourceTime().get()));
    } else {
      facts.appendNull();
    }
    facts.endRow();
    group.seeReading(eventTime, row);
  }

  private static void addRecord(DuckDBAppender records, RawRow row, int group) throws SQLException {
    records
        .beginRow()
        .append(group)
        .append(row.partition())
        .append(row.offset())
        .append(row.originBytes().borrow())
        .append(row.originSalt().borrow())
        .append(row.payload().borrow())
        .append(row.payloadSalt().borrow())
        .endRow();
  }

  private void addContexts(Map<ReadingContext, Integer> contexts) {
    try (DuckDBAppender out = session.connection().createAppender("contexts")) {
      for (Map.Entry<ReadingContext, Integer> entry : contexts.entrySet()) {
        ReadingContext context = entry.getKey();
        out.beginRow().append(entry.getValue().intValue());
        for (String text : context.texts()) {
          out.append(text);
        }
        out.append(context.deviceNumber());
        if (context.firmwareNumber().isPresent()) {
          out.append(context.firmwareNumber().getAsLong());
        } else {
          out.appendNull();
        }
        out.append(context.policyVersion()).append(context.suspect()).endRow();
      }
    } catch (SQLException e) {
      throw new UnavailableException("staging contexts of readings", e);
    }
  }

  static long micros(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
  }
}
