package io.telltale.kernel;

/**
 * Told of everything that stands still or was left behind, by whoever notices it, and again once it
 * goes on. What is told is ours, never what somebody sent.
 */
@FunctionalInterface
public interface Halts {
  /** What can stand still; the text is its name in metrics and status. */
  enum Kind {
    LOG("log"),
    LOG_RETENTION("log-retention"),
    PIPELINE_STOPPED("pipeline-stopped"),
    PIPELINE_WAITS("pipeline-waits"),
    PARTITION_HALTED("partition-halted"),
    PARTITION_WAITS("partition-waits"),
    DOOR_FULL("door-full"),
    SCOPE_CLOSED("scope-closed"),
    AGGREGATES("aggregates"),
    MINUTES_MISSING("minutes-missing"),
    HOUSEKEEPING("housekeeping"),
    MERGES_LEFT("merges-left"),
    LEAVES_GONE("leaves-gone"),
    SWEEP("sweep"),
    LEDGER("ledger"),
    OUTBOX("outbox"),
    UPKEEP("upkeep"),
    DAMAGED("damaged");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  /**
   * Cheap; never fails.
   *
   * @param about which of several of the kind, or empty
   * @param count of what is left behind; 1 where it is one thing
   * @param why it stands still, or empty: it goes on
   */
  void tell(Kind kind, String about, long count, String why);

  /** It goes on, or never stood still. */
  default void goesOn(Kind kind, String about) {
    tell(kind, about, 0, "");
  }

  /** Forgets everything: for tests and tools. */
  static Halts none() {
    return (kind, about, count, why) -> {};
  }
}
