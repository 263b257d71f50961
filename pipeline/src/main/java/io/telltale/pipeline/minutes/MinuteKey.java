package io.telltale.pipeline.minutes;

import io.telltale.kernel.Scope;

/**
 * What one minute aggregate is over.
 *
 * @param minute number of the minute since 1970, UTC
 */
public record MinuteKey(
    Scope scope, String site, String deviceType, String metric, String unit, long minute) {
  static final long MILLIS = 60_000;

  /** Few of the parts tell keys apart, and this is asked for every reading. */
  @Override
  public int hashCode() {
    return 31 * (31 * Long.hashCode(minute) + metric.hashCode()) + site.hashCode();
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
