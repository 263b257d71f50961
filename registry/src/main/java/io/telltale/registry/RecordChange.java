package io.telltale.registry;

import java.util.List;

/** What came of changing what is known of a device. */
public sealed interface RecordChange {
  /** It is so now; every view that has reached {@code position} shows it. */
  record Changed(int revision, long position) implements RecordChange {}

  /** It was so already. */
  record Unchanged(int revision) implements RecordChange {}

  /** Somebody else has changed it meanwhile: {@code revision} is in force. */
  record Stale(int revision) implements RecordChange {}

  /** The record would not be one. */
  record Invalid(List<String> mistakes) implements RecordChange {
    public Invalid {
      mistakes = List.copyOf(mistakes);
    }
  }

  /** There is no such device. */
  record Unknown() implements RecordChange {}
}
