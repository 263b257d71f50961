package io.telltale.lake;

import io.telltale.kernel.Scope;
import java.time.Instant;
import org.roaringbitmap.RoaringBitmap;

/**
 * One revision of a minute aggregate over one (scope, site, device type, metric, unit).
 *
 * @param minute start of the window, UTC
 * @param revision from 1; a later one replaces the earlier ones
 * @param isFinal the window and its lateness have passed
 * @param contributors numbers of the devices in it, exactly
 * @param offsets the records in it, as {@code partition:from-to[,from-to…];…}
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
    RoaringBitmap contributors,
    String offsets) {}
