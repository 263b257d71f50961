package io.telltale.pipeline.minutes;

import io.telltale.kernel.Scope;
import io.telltale.roster.AssetRecord;
import org.jspecify.annotations.Nullable;

/**
 * The keys that were made last, by device and metric: most readings fall into the minute of the one
 * before, and a key that is there already is found by reference. Not thread-safe.
 */
public final class RecentKeys {
  /** A power of two. */
  private static final int MAX = 2_048;

  private final @Nullable MinuteKey[] keys = new @Nullable MinuteKey[MAX];

  /** What a reading is aggregated by; {@code device} only says where to look. */
  public record Measured(int device, Scope scope, String metric, String unit, long minute) {}

  public MinuteKey of(Measured measured, AssetRecord asset) {
    int slot = (31 * measured.device() + measured.metric().hashCode()) & (MAX - 1);
    MinuteKey known = keys[slot];
    if (known != null && isOf(known, measured, asset)) {
      return known;
    }
    var key =
        new MinuteKey(
            measured.scope(),
            asset.site(),
            asset.type(),
            measured.metric(),
            measured.unit(),
            measured.minute());
    keys[slot] = key;
    return key;
  }

  private static boolean isOf(MinuteKey known, Measured measured, AssetRecord asset) {
    return known.minute() == measured.minute()
        && known.scope().equals(measured.scope())
        && known.metric().equals(measured.metric())
        && known.unit().equals(measured.unit())
        && known.site().equals(asset.site())
        && known.deviceType().equals(asset.type());
  }
}
