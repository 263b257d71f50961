package io.telltale.lake;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * One record, back to its device and forward to what it fed (AU-1, AU-3).
 *
 * @param facts every field of AU-1 in order, by name; a value that is not known starts with {@code
 *     unknown: } and says why
 * @param readings the values it carried
 * @param fed minute aggregates that hold it, all revisions
 */
public record RecordStory(
    int partition,
    long offset,
    Map<String, String> facts,
    List<StoredReading> readings,
    List<Fed> fed) {
  public RecordStory {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    readings = List.copyOf(readings);
    fed = List.copyOf(fed);
  }

  /** One value as it was normalised. */
  public record StoredReading(
      String metric, OptionalDouble value, String unit, String unitSent, Instant eventTime) {}

  /** A minute aggregate that holds the record. */
  public record Fed(
      String metric, String site, Instant minute, int revision, boolean isFinal, long count) {}
}
