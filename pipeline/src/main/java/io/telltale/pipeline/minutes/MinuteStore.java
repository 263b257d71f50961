package io.telltale.pipeline.minutes;

import java.util.List;
import java.util.Optional;

/** What is stored of aggregates. */
public interface MinuteStore {
  /** No final minute before this one is sure to be kept; the least of all when none was let go. */
  long letGo();

  Optional<MinuteState> minute(MinuteKey key);

  /** Those that are not final. */
  List<MinuteState> openMinutes();
}
