package io.telltale.lake;

import java.time.Duration;

/** What one question may cost. More rows or bytes than allowed cut the answer, and it says so. */
public record QueryLimits(int rowsMax, long bytesMax, Duration time, int memoryMegabytes) {
  public static final QueryLimits DEFAULT =
      new QueryLimits(10_000, 16L << 20, Duration.ofSeconds(30), 1_024);

  /** The same with other bounds of rows and time. */
  public QueryLimits with(int rows, Duration atMost) {
    return new QueryLimits(rows, bytesMax, atMost, memoryMegabytes);
  }

  public QueryLimits {
    if (rowsMax < 1 || bytesMax < 1 || memoryMegabytes < 32 || !time.isPositive()) {
      throw new IllegalArgumentException("query limits must be positive, memory at least 32 MB");
    }
  }
}
