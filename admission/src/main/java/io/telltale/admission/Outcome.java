package io.telltale.admission;

import java.time.Duration;

/** What became of a submission; doors translate it into their protocol, in one table each. */
public sealed interface Outcome {
  /** Whether it is durable: only then it may be acknowledged. */
  default boolean isStored() {
    return this instanceof Admitted || this instanceof Duplicate;
  }

  /** Whether the very same message may be accepted later. */
  default boolean mayPass() {
    return this instanceof Throttled || this instanceof Unavailable;
  }

  /** Sealed and durable: may be acknowledged. */
  record Admitted(int partition, long offset) implements Outcome {}

  /** An honest retransmission of a record that is durable already: to be acknowledged again. */
  record Duplicate(int partition, long offset) implements Outcome {}

  /**
   * Will never be accepted as it is.
   *
   * @param place what is not kept to, in names of the policy and words of ours; empty where the
   *     reason says all
   */
  record Refused(RefusalReason why, String place) implements Outcome {
    public Refused(RefusalReason why) {
      this(why, "");
    }

    /** What to tell the device: no internals. */
    public String sentence() {
      return place.isEmpty() ? why.sentence() : place + ": " + why.sentence();
    }
  }

  /** Over a limit: the same message may come again after {@code retryAfter}. */
  record Throttled(Duration retryAfter) implements Outcome {}

  /** Cannot be made durable now; acknowledge nothing. {@code why} is a constant of the code. */
  record Unavailable(String why) implements Outcome {}
}
