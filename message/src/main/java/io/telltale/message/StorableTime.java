package io.telltale.message;

/**
 * The times that every part of storage can hold: those of the years 1 to 9999. Microseconds in 64
 * bits reach further, but SQL and what reads its answers do not.
 */
public final class StorableTime {
  public static final long MILLIS_MIN = -62_135_596_800_000L;
  public static final long MILLIS_MAX = 253_402_300_799_999L;

  private StorableTime() {}

  /**
   * @param millis since 1970, UTC
   */
  public static boolean holds(long millis) {
    return millis >= MILLIS_MIN && millis <= MILLIS_MAX;
  }
}
