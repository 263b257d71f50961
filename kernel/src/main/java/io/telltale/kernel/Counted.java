package io.telltale.kernel;

/** How many of something, as a person says it. */
public final class Counted {
  private Counted() {}

  /** {@code 1 row}, {@code 2 rows}, {@code 1,024 rows}. */
  public static String of(long count, String one) {
    return of(count, one, one + "s");
  }

  public static String of(long count, String one, String more) {
    return count == 1 ? "1 " + one : "%,d %s".formatted(count, more);
  }
}
