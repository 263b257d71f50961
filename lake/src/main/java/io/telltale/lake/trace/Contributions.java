package io.telltale.lake.trace;

import io.telltale.engine.QuestionFailed;
import io.telltale.kernel.Bytes;
import io.telltale.lake.OffsetRange;
import io.telltale.lake.TraceReport;
import io.telltale.lake.write.RowSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.roaringbitmap.RoaringBitmap;

/**
 * The rows behind a number, summed up where those rows are.
 *
 * @param devices their numbers
 */
public record Contributions(
    long rows,
    long records,
    List<OffsetRange> ranges,
    List<TraceReport.Source> sources,
    RoaringBitmap devices) {
  private static final String SOURCES =
      """
      SELECT device, device_number, credential, issuer, gateway_chain, firmware_claimed,
        attestation, assurance, "schema", door, steps, suspect, count(*),
        epoch_us(min(event_time)), epoch_us(max(event_time))
      FROM ($rows) GROUP BY ALL ORDER BY device_number, 14\
      """;

  /** Offsets as bits of blocks: a quarter of what sorting them costs. */
  private static final String BLOCKS =
      """
      SELECT "partition", record_offset // 32 AS block,
        bit_or(1::BIGINT << (record_offset % 32)::INTEGER)
      FROM ($rows) GROUP BY ALL ORDER BY 1, 2\
      """;

  /** Of text that is sent to a worker; the most that one message may have is more. */
  private static final int STAGED_MAX = 24 << 20;

  /** Texts of fields as rows of lists: for names in hexadecimal and numbers alone. */
  static final String LINES =
      """
      SELECT string_split(line, ',') AS f
      FROM (SELECT unnest(string_split('%s', ';')) AS line) WHERE line <> ''\
      """;

  /** {@code rowsSql} selects readings and is our own or has passed the gate. */
  public static Contributions of(RowSource source, String rowsSql) throws QuestionFailed {
    var sources = new ArrayList<TraceReport.Source>();
    var devices = new RoaringBitmap();
    long rows = 0;
    for (RowSource.Row row : source.rows(SOURCES.replace("$rows", rowsSql))) {
      TraceReport.Source found = source(row);
      sources.add(found);
      devices.add(found.deviceNumber());
      rows += found.rows();
    }
    var ranges = new RangeBuilder();
    for (RowSource.Row row : source.rows(BLOCKS.replace("$rows", rowsSql))) {
      ranges.addBlock(row.small(0), row.whole(1) * Integer.SIZE, row.whole(2));
    }
    return new Contributions(rows, ranges.records(), ranges.build(), sources, devices);
  }

  private static TraceReport.Source source(RowSource.Row row) {
    return new TraceReport.Source(
        row.text(0),
        row.small(1),
        row.text(2),
        row.text(3),
        row.text(4),
        row.text(5),
        row.text(6),
        row.text(7),
        row.text(8),
        row.text(9),
        row.text(10),
        row.flag(11),
        row.whole(12),
        instant(row.whole(13)),
        instant(row.whole(14)));
  }

  Optional<Instant> from() {
    return sources.stream().map(TraceReport.Source::from).min(Instant::compareTo);
  }

  Optional<Instant> to() {
    return sources.stream().map(TraceReport.Source::to).max(Instant::compareTo);
  }

  /** What a worker runs before it is locked, to join {@code matched} by {@link #OF_MINUTES}. */
  public static List<String> staging(List<MatchedMinute> matched) throws QuestionFailed {
    var names = new LinkedHashMap<List<String>, Integer>();
    var ranges = new StringBuilder();
    for (MatchedMinute minute : matched) {
      MatchedMinute.Name of = minute.name();
      List<String> name = List.of(of.scope(), of.site(), of.deviceType(), of.metric(), of.unit());
      int key = names.computeIfAbsent(name, _ -> names.size());
      for (OffsetRange range : minute.ranges()) {
        ranges.append(key).append(',').append(of.micros()).append(',');
        ranges.append(range.partition()).append(',').append(range.from()).append(',');
        ranges.append(range.to()).append(';');
      }
      bounded(ranges.length());
    }
    var texts = new StringBuilder();
    names.forEach(
        (name, key) -> {
          texts.append(key);
          // In hexadecimal: what devices and owners call things is no SQL.
          name.forEach(text -> texts.append(',').append(Bytes.utf8(text).hex()));
          texts.append(';');
        });
    bounded(ranges.length() + texts.length());
    return List.of(
        """
        CREATE TABLE matched_names AS SELECT f[1]::INTEGER AS key, decode(unhex(f[2])) AS scope,
          decode(unhex(f[3])) AS site, decode(unhex(f[4])) AS device_type,
          decode(unhex(f[5])) AS metric, decode(unhex(f[6])) AS unit FROM (%s)\
        """
            .formatted(LINES.formatted(texts)),
        """
        CREATE TABLE matched AS SELECT n.*, f[2]::BIGINT AS minute_us, f[3]::INTEGER AS "partition",
          f[4]::BIGINT AS least, f[5]::BIGINT AS most
        FROM (%s) JOIN matched_names n ON n.key = f[1]::INTEGER\
        """
            .formatted(LINES.formatted(ranges)));
  }

  private static void bounded(int staged) throws QuestionFailed {
    if (staged > STAGED_MAX) {
      throw new QuestionFailed("failed", "too much is behind this answer: narrow the question");
    }
  }

  /** The readings that the staged minutes are made of. */
  public static final String OF_MINUTES =
      """
      SELECT r.* FROM readings r SEMI JOIN matched m ON r.scope = m.scope AND r.site = m.site
        AND r.device_type = m.device_type AND r.metric = m.metric AND r.unit = m.unit
        AND epoch_us(date_trunc('minute', r.event_time)) = m.minute_us
        AND r."partition" = m."partition" AND r.record_offset >= m.least
        AND r.record_offset <= m.most
      WHERE r.value IS NOT NULL\
      """;

  private static Instant instant(long micros) {
    return Instant.EPOCH.plusNanos(Math.multiplyExact(micros, 1_000L));
  }
}
