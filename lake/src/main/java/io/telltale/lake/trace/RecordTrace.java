package io.telltale.lake.trace;

import io.telltale.crypto.Hmac;
import io.telltale.engine.QuestionFailed;
import io.telltale.engine.ResultColumn;
import io.telltale.engine.WorkerProcess;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.lake.Analyst;
import io.telltale.lake.OffsetRange;
import io.telltale.lake.ProvenRecord;
import io.telltale.lake.QueryLimits;
import io.telltale.lake.RecordStory;
import io.telltale.lake.query.LakeFiles;
import io.telltale.lake.query.Question;
import io.telltale.lake.query.Views;
import io.telltale.lake.seal.SealedFile;
import io.telltale.lake.table.ReadingColumn;
import io.telltale.lake.table.Snapshot;
import io.telltale.lake.table.Tables;
import io.telltale.lake.write.Lineage;
import io.telltale.lake.write.RecordRun;
import io.telltale.lake.write.RowSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.jspecify.annotations.Nullable;

/** Single records: their story, and the sealed halves that prove them; read in workers. */
final class RecordTrace {
  private static final int ROWS_MAX = 10_000;
  private static final int MINUTES_MAX = 100_000;
  private static final String STORED_IN = "stored in";

  /** What the record's place, its readings or its scope say already. */
  private static final Set<String> NO_FACTS =
      Set.of(
          "firmware_number",
          "metric",
          "partition",
          "record_offset",
          "sensitivity",
          "unit",
          "unit_sent",
          "value");

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

  /** Two workers after each other: which minutes it went into is known when it is read. */
  Optional<RecordStory> story(Snapshot snapshot, Analyst who, int partition, long offset)
      throws QuestionFailed {
    List<Map<String, String>> rows = rows(snapshot, who, partition, offset);
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    Map<String, String> facts = facts(rows.getFirst());
    facts.put("storage", rows.getFirst().getOrDefault(STORED_IN, "unknown: moved"));
    List<RecordStory.Fed> fed =
        fed(snapshot, who, rows, new OffsetRange(partition, offset, offset));
    facts.put(
        "enriched", rows.getFirst().getOrDefault("steps", "").contains("enrich") ? "yes" : "no");
    facts.put("aggregated", fed.isEmpty() ? "not yet" : "in " + fed.size() + " minute aggregates");
    facts.put("sampled", "no: every admitted record is stored");
    facts.put("joined", "no: nothing joins records");
    return Optional.of(
        new RecordStory(
            partition, offset, facts, rows.stream().map(RecordTrace::reading).toList(), fed));
  }

  private List<Map<String, String>> rows(Snapshot snapshot, Analyst who, int partition, long offset)
      throws QuestionFailed {
    Expression here =
        Expressions.and(
            Expressions.equal("partition", partition), Expressions.equal("record_offset", offset));
    List<SealedFile.Pair> candidates = snapshot.files(Tables.READINGS, here);
    if (candidates.isEmpty()) {
      return List.of();
    }
    WorkerProcess.Table table;
    try (Question question = files.question(QueryLimits.DEFAULT)) {
      granted(files.add(question, Tables.READINGS, candidates, who.id()));
      question.lock(List.of(Views.numbered(question.files(Tables.READINGS))));
      table =
          files.rows(
              question,
              """
              SELECT *, epoch_us(event_time) AS event_us FROM %s
              WHERE "partition" = %d AND record_offset = %d ORDER BY metric\
              """
                  .formatted(Views.NUMBERED, partition, offset),
              ROWS_MAX);
    }
    var rows = new ArrayList<Map<String, String>>();
    for (List<@Nullable Object> values : table.rows()) {
      Map<String, String> row = named(table.columns(), values);
      int file = Integer.parseInt(row.getOrDefault("file", "-1"));
      if (file >= 0 && file < candidates.size()) {
        row.put(STORED_IN, candidates.get(file).main().object());
      }
      rows.add(row);
    }
    return rows;
  }

  private static Map<String, String> named(
      List<ResultColumn> columns, List<@Nullable Object> values) {
    var row = new HashMap<String, String>();
    for (int i = 0; i < columns.size(); i++) {
      String text = java.util.Objects.toString(values.get(i), "");
      if (!text.isEmpty()) {
        row.put(columns.get(i).name(), text);
      }
    }
    return row;
  }

  private static Map<String, String> facts(Map<String, String> row) {
    var facts = new LinkedHashMap<String, String>();
    for (ReadingColumn column : ReadingColumn.ALL) {
      String name = column.name();
      if (!NO_FACTS.contains(name)) {
        String why = WHY_UNKNOWN.getOrDefault(name, "unknown: not recorded");
        facts.put(name, row.getOrDefault(name, why));
      }
    }
    return facts;
  }

  private static RecordStory.StoredReading reading(Map<String, String> row) {
    String value = row.get("value");
    return new RecordStory.StoredReading(
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
      throws QuestionFailed {
    Map<String, String> row = rows.getFirst();
    long micros = ReadingColumn.micros(eventTime(row));
    // Down, before 1970 too.
    long minute = micros - Math.floorMod(micros, 60_000_000L);
    List<SealedFile.Pair> candidates =
        snapshot.files(Tables.MINUTES, Expressions.equal("minute", minute));
    if (candidates.isEmpty()) {
      return List.of();
    }
    List<RowSource.Row> found;
    try (Question question = files.question(QueryLimits.DEFAULT)) {
      granted(files.add(question, Tables.MINUTES, candidates, who.id()));
      question.lock(false);
      String sql =
          """
          SELECT metric, unit, site, epoch_us("minute"), revision, "final", "count", offsets
          FROM minute_revisions WHERE scope = %s AND site = %s
            AND device_type = %s AND epoch_us("minute") = %d ORDER BY metric, unit, revision\
          """
              .formatted(
                  literal(row, "scope"), literal(row, "site"), literal(row, "device_type"), minute);
      found =
          files.rows(question, sql, MINUTES_MAX).rows().stream().map(RowSource.Row::new).toList();
    }
    List<String> metrics = rows.stream().map(each -> each.getOrDefault("metric", "")).toList();
    return fed(found, record).stream().filter(fed -> metrics.contains(fed.metric())).toList();
  }

  // Behind a revision are the records of those before it as well.
  private static List<RecordStory.Fed> fed(List<RowSource.Row> revisions, OffsetRange record) {
    var fed = new ArrayList<RecordStory.Fed>();
    var holders = new HashSet<List<String>>();
    for (RowSource.Row row : revisions) {
      List<String> aggregate = List.of(row.text(0), row.text(1));
      if (holders.contains(aggregate) || holds(row.text(7), record)) {
        holders.add(aggregate);
        fed.add(
            new RecordStory.Fed(
                row.text(0),
                row.text(2),
                Instant.EPOCH.plusSeconds(row.whole(3) / 1_000_000),
                row.small(4),
                row.flag(5),
                row.whole(6)));
      }
    }
    return fed;
  }

  private static boolean holds(String offsets, OffsetRange record) {
    return Lineage.ranges(Lineage.Offsets.of(offsets).ranges()).stream()
        .anyMatch(
            range ->
                range.partition() == record.partition()
                    && range.from() <= record.from()
                    && record.to() <= range.to());
  }

  // In hexadecimal: what devices and owners call things is no SQL.
  private static String literal(Map<String, String> row, String name) {
    return "decode(unhex('%s'))".formatted(Bytes.utf8(row.getOrDefault(name, "")).hex());
  }

  /** What is kept of it stays within what may be behind one answer. */
  List<ProvenRecord> sealed(Snapshot snapshot, Analyst who, List<OffsetRange> ranges)
      throws QuestionFailed {
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
    if (candidates.isEmpty()) {
      return List.of();
    }
    var kept = new Kept(ranges, files.traceBytes());
    try (Question question = files.question(QueryLimits.DEFAULT)) {
      granted(files.addRestricted(question, candidates, who.id()));
      question.lock(List.of(OffsetRanges.staging(ranges)));
      question.each(OffsetRanges.SEALED, row -> kept.take(new RowSource.Row(row)));
    }
    return kept.sorted();
  }

  /** The wanted ones of the records that come in runs. */
  private static final class Kept {
    private final Hmac hmac = new Hmac();
    private final Map<Integer, NavigableMap<Long, Long>> spans = new HashMap<>();
    private final List<ProvenRecord> records = new ArrayList<>();
    private final List<OffsetRange> ranges;
    private final long bytesMax;
    private long bytes;

    Kept(List<OffsetRange> ranges, long bytesMax) {
      this.ranges = ranges;
      this.bytesMax = bytesMax;
    }

    void take(RowSource.Row run) throws QuestionFailed {
      int partition = run.small(0);
      NavigableMap<Long, Long> wanted =
          spans.computeIfAbsent(partition, number -> OffsetRanges.of(ranges, number));
      RecordRun.read(
          run.bytes(1),
          (offset, half) -> {
            if (OffsetRanges.hold(wanted, offset)) {
              records.add(proven(hmac, partition, offset, half));
              bytes += half.origin().size() + half.payload().size();
            }
          });
      if (bytes > bytesMax) {
        throw new QuestionFailed("failed", "these records are too large together: ask for fewer");
      }
    }

    List<ProvenRecord> sorted() {
      records.sort(
          Comparator.comparingInt(ProvenRecord::partition).thenComparingLong(ProvenRecord::offset));
      return records;
    }
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
