package io.telltale.lake;

import java.time.Instant;
import java.util.List;

/**
 * Every aggregate that the tables have of one scope in a span of time.
 *
 * @param from the first minute of it
 * @param to the first minute behind it
 * @param rows the newest revision of each, with the contributors of all and without offsets
 */
public record MinuteSpan(Instant from, Instant to, List<MinuteRow> rows) {
  public MinuteSpan {
    rows = List.copyOf(rows);
  }
}
