package io.telltale.lake;

import io.telltale.kernel.Scope;
import java.time.Instant;
import org.roaringbitmap.RoaringBitmap;

/**
 * One revision of a minute aggregate over one (scope, site, device type, metric, unit): the numbers
 * as they are now, and of the devices and records behind them what came after revision {@code
 * since}. All that are behind revision n are those of all revisions up to n.
 *
 * @param minute start of the window, UTC
 * @param revision from 1; a later one replaces the earlier ones
 * @param isFinal the window and its lateness have passed
 * @param devices how many are in it, in all
 * @param since a lower revision, or 0: then nothing of a lower one is needed
 * @param contributors numbers of the devices that came since, exactly
 * @param offsets the records that came since, as {@code partition:from-to[,from-to…];…}
 */
public record MinuteRow(
    Scope scope,
    String site,
    String deviceType,
    String metric,
    String unit,
    Instant minute,
    int revision,
    boolean isFinal,
    long count,
    double sum,
    double min,
    double max,
    int devices,
    int since,
    RoaringBitmap contributors,
    String offsets) {

  /** Bytes that contributors, and characters that offsets of one revision have at most. */
  public static final int LINEAGE_MAX = 256 << 10;

  public MinuteRow withLineage(int after, RoaringBitmap numbers, String records) {
    return new MinuteRow(
        scope,
        site,
        deviceType,
        metric,
        unit,
        minute,
        revision,
        isFinal,
        count,
        sum,
        min,
        max,
        devices,
        after,
        numbers,
        records);
  }

  public boolean isOfSameMinute(MinuteRow other) {
    return minute.equals(other.minute)
        && scope.equals(other.scope)
        && site.equals(other.site)
        && deviceType.equals(other.deviceType)
        && metric.equals(other.metric)
        && unit.equals(other.unit);
  }
}
