package io.telltale.testkit;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Checks a property on many random cases.
 *
 * <p>Every case has a seed of its own; a failure names it, and {@code -Dcases.seed=<seed>} runs
 * that one case again. {@code -Dcases.factor=100} multiplies the number of cases for a long run.
 */
public final class Cases {
  /** What must hold in each case; everything random in it comes from {@code random}. */
  @FunctionalInterface
  public interface Property {
    /** Throws, as assertions do, where the property does not hold. */
    void holds(RandomGenerator random) throws Exception;
  }

  private Cases() {}

  /** Checks {@code property} on {@code count} cases, different ones in each run. */
  public static void check(int count, Property property) {
    check(count, Long.getLong("cases.seed"), property);
  }

  static void check(int count, @Nullable Long repeat, Property property) {
    if (repeat != null) {
      run(repeat, property);
      return;
    }
    long cases = Math.multiplyExact((long) count, Long.getLong("cases.factor", 1));
    seeds(cases).forEach(seed -> run(seed, property));
  }

  private static LongStream seeds(long count) {
    return new SplittableRandom().longs(count);
  }

  // An assertion error is as likely as an exception, and both must carry the seed.
  private static void run(long seed, Property property) {
    try {
      property.holds(new SplittableRandom(seed));
    } catch (Exception | AssertionError failure) {
      throw new AssertionError(
          "a random case failed; repeat it with -Dcases.seed=%d: %s"
              .formatted(seed, failure.getMessage()),
          failure);
    }
  }
}
