package io.telltale.pipeline.minutes;

import io.telltale.kernel.Scope;
import java.util.Comparator;

/**
 * What one minute aggregate is over. Most parts are words that a device may choose: where it finds
 * many of one hash, a map finds its way among them by their order.
 *
 * @param minute number of the minute since 1970, UTC
 */
public record MinuteKey(
    Scope scope, String site, String deviceType, String metric, String unit, long minute)
    implements Comparable<MinuteKey> {
  static final long MILLIS = 60_000;

  private static final Comparator<MinuteKey> ORDER =
      Comparator.comparingLong(MinuteKey::minute)
          .thenComparing(MinuteKey::metric)
          .thenComparing(MinuteKey::unit)
          .thenComparing(MinuteKey::site)
          .thenComparing(MinuteKey::deviceType)
          .thenComparing(key -> key.scope().path());

  /** Asked for every reading: each text keeps its own. */
  @Override
  public int hashCode() {
    int hash = 31 * Long.hashCode(minute) + metric.hashCode();
    hash = 31 * (31 * hash + unit.hashCode()) + site.hashCode();
    return 31 * (31 * hash + deviceType.hashCode()) + scope.hashCode();
  }

  @Override
  public int compareTo(MinuteKey other) {
    return ORDER.compare(this, other);
  }

  public static long minuteOf(long millis) {
    return Math.floorDiv(millis, MILLIS);
  }

  long endMillis() {
    return (minute + 1) * MILLIS;
  }

  /** Unique: the parts that are free text come with their lengths. */
  public String text() {
    return String.join(
        "\n",
        scope.path(),
        Long.toString(minute),
        Integer.toString(metric.length()),
        Integer.toString(unit.length()),
        Integer.toString(site.length()),
        metric,
        unit,
        site,
        deviceType);
  }
}
