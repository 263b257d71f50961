package io.telltale.lake.table;

import io.telltale.kernel.Scope;
import io.telltale.lake.Asset;
import io.telltale.lake.RawRow;
import io.telltale.record.Origin;
import java.util.Comparator;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Everything about a reading that many readings of a batch share. It is stored once and joined, so
 * that a row costs its few own numbers and not forty texts.
 *
 * @param origin without what differs from record to record
 */
public record ReadingContext(
    Origin origin, String metric, String unit, String unitSent, Asset asset, String steps)
    implements Comparable<ReadingContext> {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})\\.(\\d{1,6})");

  public static ReadingContext of(RawRow row) {
    return new ReadingContext(
        row.origin().shared(), row.metric(), row.unit(), row.unitSent(), row.asset(), row.steps());
  }

  /** Whether two rows surely have the same: by reference, without making it. */
  @SuppressWarnings("ReferenceEquality")
  public static boolean isSame(RawRow one, RawRow other) {
    return one.origin().isLike(other.origin())
        && one.asset() == other.asset()
        && one.steps() == other.steps()
        && one.metric().equals(other.metric())
        && one.unit().equals(other.unit())
        && one.unitSent().equals(other.unitSent());
  }

  // What a device may choose freely: a map that has many of one hash goes by it.
  private static final Comparator<ReadingContext> ORDER =
      Comparator.comparing(ReadingContext::metric)
          .thenComparing(ReadingContext::unit)
          .thenComparing(ReadingContext::unitSent)
          .thenComparing(context -> context.origin().firmwareClaimed())
          .thenComparingInt(context -> context.origin().deviceNumber());

  /** Few of the parts tell contexts apart, and this is asked for every row. */
  @Override
  public int hashCode() {
    int hash = 31 * origin.deviceNumber() + metric.hashCode();
    return 31 * (31 * hash + unitSent.hashCode()) + origin.firmwareClaimed().hashCode();
  }

  /** By some of the parts only: 0 does not say that two are the same. */
  @Override
  public int compareTo(ReadingContext other) {
    return ORDER.compare(this, other);
  }

  Scope scope() {
    return origin.scope();
  }

  /** Ordered like the versions: 1.2.3 is 1000002000003, so that "older than" is a comparison. */
  OptionalLong firmwareNumber() {
    Matcher version = VERSION.matcher(origin.firmwareClaimed());
    if (!version.matches()) {
      return OptionalLong.empty();
    }
    long number = 0;
    for (int part = 1; part <= 3; part++) {
      number = number * 1_000_000 + Long.parseLong(version.group(part));
    }
    return OptionalLong.of(number);
  }
}
