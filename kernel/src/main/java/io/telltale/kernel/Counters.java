package io.telltale.kernel;

/**
 * Where the parts count what happens. Names and causes are constants of the code, never input, so
 * that their number is bounded and nothing secret can get in.
 */
public interface Counters {
  /** Adds {@code amount} to the counter {@code name} under {@code cause}; cheap and never fails. */
  void add(String name, String cause, long amount);

  default void count(String name, String cause) {
    add(name, cause, 1);
  }

  /** Forgets everything: for tests and tools. */
  static Counters none() {
    return (name, cause, amount) -> {};
  }
}
