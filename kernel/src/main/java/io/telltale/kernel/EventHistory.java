package io.telltale.kernel;

import java.util.Optional;

/** The events that were recorded for good, for whoever holds what it stored against them. */
public interface EventHistory {
  /**
   * The newest event of {@code type} about {@code subject}; empty when there never was one. Throws
   * {@link CorruptException} when it is there and does not open.
   */
  Optional<Event> newest(String type, String subject);
}
