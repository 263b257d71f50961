package io.telltale.lake;

import io.telltale.crypto.Hmac;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/** Single records: their story, and the sealed halves that prove them. */
final class RecordTrace {
  private static final int MEMORY_MEGABYTES = 1_024;
  private static final List<String> FACTS =
      List.of(
          "tenant",
          "device",
          "device_number",
          "credential",
          "issuer",
          "provisioning",
          "gateway_chain",
          "firmware_claimed",
          "attestation",
          "assurance",
          "schema",
          "message_type",
          "sequence",
          "sent",
          "received",
          "event_time",
          "source_time",
          "door",
          "endpoint",
          "policy_version",
          "feed_position",
          "scope",
          "environment",
          "region",
          "product_line",
          "site",
          "device_type",
          "owner_team",
          "labels",
          "steps",
          "suspect");
  private static final Map<String, String> WHY_UNKNOWN =
      Map.of(
          "sequence", "unknown: the device sends no sequence numbers",
          "source_time", "unknown: not replayed from a file",
          "site", "unknown: the asset record has no site",
          "owner_team", "unknown: the asset record has no owner team",
          "device_type", "unknown: the asset record has no type",
          "firmware_claimed", "unknown: the device did not say");

  private final LakeFiles files;

  RecordTrace(LakeFiles files) {
    this.files = files;
  }

  Optional<RecordStory> story(Snapshot snapshot, Analyst who, int partition, long offset) {
    Expression here =
        Expressions.and(
            Expressions.equal("partition", partition), Expressions.equal("record_offset", offset));
    List<SealedFile.Pair> candidates = snapshot.files(Tables.READINGS, here);
    try (Sandbox sandbox = files.sandbox(MEMORY_MEGABYTES)) {
      granted(files.add(sandbox, Tables.READINGS, candidates, who.id()));
      List<Map<String, String>> rows = rows(sandbox.lock(true).connection(), partition, offset);
      if (rows.isEmpty()) {
        return Optional.empty();
      }
      Map<String, String> facts = facts(rows.getFirst());
      facts.put("storage", sandbox.objectOf(rows.getFirst().get("file_row_path")));
      List<RecordStory.Fed> fed =
          fed(snapshot, who, rows, new OffsetRange(partition, offset, offset));
      facts.put(
          "enriched", rows.getFirst().getOrDefault("steps", "").contains("enrich") ? "yes" : "no");
      facts.put(
          "aggregated", fed.isEmpty() ? "not yet" : "in " + fed.size() + " minute aggregates");
      facts.put("sampled", "no: every admitted record is stored");
      facts.put("joined", "no: nothing joins records");
      return Optional.of(
          new RecordStory(
              partition, offset, facts, rows.stream().map(RecordTrace::reading).toList(), fed));
    } catch (SQLException e) {
      throw Tracer.engine(e);
    }
  }

  private static List<Map<String, String>> rows(Connection connection, int partition, long offset)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT *, filename AS file_row_path, epoch_us(event_time) AS event_us FROM readings
            WHERE "partition" = ? AND record_offset = ? ORDER BY metric\
            """)) {
      select.setInt(1, partition);
      select.setLong(2, offset);
      try (ResultSet found = select.executeQuery()) {
        var rows = new ArrayList<Map<String, String>>();
        ResultSetMetaData about = found.getMetaData();
        while (found.next()) {
          var row = new HashMap<String, String>();
          for (int i = 1; i <= about.getColumnCount(); i++) {
            String text = text(found.getObject(i));
            if (!text.isEmpty()) {
              row.put(about.getColumnLabel(i), text);
            }
          }
          rows.add(row);
        }
        return rows;
      }
    }
  }

  private static String text(@org.jspecify.annotations.Nullable Object value) {
    return switch (value) {
      case null -> "";
      case java.time.OffsetDateTime time -> time.toInstant().toString();
      default -> value.toString();
    };
  }

  private static Map<String, String> facts(Map<String, String> row) {
    var facts = new LinkedHashMap<String, String>();
    for (String name : FACTS) {
      String why = WHY_UNKNOWN.getOrDefault(name, "unknown: not recorded");
      facts.put(name, row.getOrDefault(name, why));
    }
    return facts;
  }

  private static RecordStory.Reading reading(Map<String, String> row) {
    String value = row.get("value");
    return new RecordStory.Reading(
        row.getOrDefault("metric", ""),
        value == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(value)),
        row.getOrDefault("unit", ""),
        row.getOrDefault("unit_sent", ""),
        eventTime(row));
  }

  private static Instant eventTime(Map<String, String> row) {
    return Instant.EPOCH.plusNanos(Long.parseLong(row.getOrDefault("event_us", "0")) * 1_000L);
  }

  private List<RecordStory.Fed> fed(
      Snapshot snapshot, Analyst who, List<Map<String, String>> rows, OffsetRange record)
      throws SQLException {
    Map<String, String> row = rows.getFirst();
    long minute = ReadingColumns.micros(eventTime(row)) / 60_000_000 * 60_000_000;
    List<SealedFile.Pair> candidates =
        snapshot.files(Tables.MINUTES, Expressions.equal("minute", minute));
    try (Sandbox sandbox = files.sandbox(MEMORY_MEGABYTES)) {
      granted(files.add(sandbox, Tables.MINUTES, candidates, who.id()));
      try (PreparedStatement select =
          sandbox
              .lock()
              .connection()
              .prepareStatement(
                  """
                  SELECT %s FROM minute_revisions WHERE scope = ? AND site = ?
                    AND device_type = ? AND epoch_us("minute") = ?
                  ORDER BY metric, revision\
                  """
                      .formatted(MatchedMinute.COLUMNS))) {
        select.setString(1, row.getOrDefault("scope", ""));
        select.setString(2, row.getOrDefault("site", ""));
        select.setString(3, row.getOrDefault("device_type", ""));
        select.setLong(4, minute);
        try (ResultSet found = select.executeQuery()) {
          List<String> metrics =
              rows.stream().map(each -> each.getOrDefault("metric", "")).toList();
          return MatchedMinute.readAll(DuckSession.rows(found)).stream()
              .filter(matched -> metrics.contains(matched.metric()))
              .filter(matched -> matched.holds(record.partition(), record.from()))
              .map(RecordTrace::fed)
              .toList();
        }
      }
    }
  }

  private static RecordStory.Fed fed(MatchedMinute matched) {
    return new RecordStory.Fed(
        matched.metric(),
        matched.site(),
        matched.minute(),
        matched.revision(),
        matched.isFinal(),
        matched.count());
  }

  List<ProvenRecord> sealed(Snapshot snapshot, Analyst who, List<OffsetRange> ranges) {
    Expression anywhere = Expressions.alwaysFalse();
    for (OffsetRange range : spans(ranges)) {
      anywhere =
          Expressions.or(
              anywhere,
              Expressions.and(
                  Expressions.equal("partition", range.partition()),
                  Expressions.greaterThanOrEqual("record_offset", range.from()),
                  Expressions.lessThanOrEqual("record_offset", range.to())));
    }
    List<SealedFile.Pair> candidates = snapshot.files(Tables.READINGS, anywhere);
    try (Sandbox sandbox = files.sandbox(MEMORY_MEGABYTES)) {
      OffsetRanges.stage(sandbox.session(), ranges);
      granted(files.addRestricted(sandbox, candidates, who.id()));
      return sealed(sandbox.lock().connection(), ranges);
    } catch (SQLException e) {
      throw Tracer.engine(e);
    }
  }

  private static List<ProvenRecord> sealed(Connection connection, List<OffsetRange> ranges)
      throws SQLException {
    var hmac = new Hmac();
    var spans = new HashMap<Integer, NavigableMap<Long, Long>>();
    var records = new ArrayList<ProvenRecord>();
    try (PreparedStatement select = connection.prepareStatement(OffsetRanges.SEALED);
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        int partition = row.getInt(1);
        NavigableMap<Long, Long> wanted =
            spans.computeIfAbsent(partition, number -> OffsetRanges.of(ranges, number));
        RecordRun.read(
            Bytes.adopt(row.getBytes(2)),
            (offset, half) -> {
              if (OffsetRanges.hold(wanted, offset)) {
                records.add(proven(hmac, partition, offset, half));
              }
            });
      }
    }
    records.sort(
        Comparator.comparingInt(ProvenRecord::partition).thenComparingLong(ProvenRecord::offset));
    return records;
  }

  private static ProvenRecord proven(Hmac hmac, int partition, long offset, RecordRun.Half half) {
    return new ProvenRecord(
        partition,
        offset,
        half.origin(),
        half.originSalt(),
        hmac.tag(half.payloadSalt(), half.payload()).value(),
        half.payload(),
        half.payloadSalt());
  }

  // One span per partition keeps the expression small; the join is exact.
  private static List<OffsetRange> spans(List<OffsetRange> ranges) {
    var spans = new HashMap<Integer, OffsetRange>();
    for (OffsetRange range : ranges) {
      spans.merge(
          range.partition(),
          range,
          (a, b) ->
              new OffsetRange(
                  a.partition(), Math.min(a.from(), b.from()), Math.max(a.to(), b.to())));
    }
    return List.copyOf(spans.values());
  }

  private static void granted(boolean allowed) {
    if (!allowed) {
      throw new UnavailableException("opening records: no grant, or a key that is disabled");
    }
  }
}
