package io.telltale.ledger;

import io.telltale.kernel.Event;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** What the ledger takes for an event that breaks its bounds: a mistake of whoever made it. */
final class UnfitEvent {
  static final String TYPE = "event.unfit";

  private static final int TEXT_MAX = 1_024;
  private static final int DETAILS_MAX = 64;
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59Z");

  private UnfitEvent() {}

  /** Whose, when and about what as it was, its type and details as far as there is room. */
  static Event instead(Event event) {
    var details = new TreeMap<String, String>();
    event.details().entrySet().stream()
        .limit(DETAILS_MAX)
        .forEach(detail -> details.put(cut(detail.getKey()), cut(detail.getValue())));
    details.put("type", cut(event.type()));
    return Event.of(
        TYPE,
        bounded(event.time()),
        event.tenant(),
        cut(event.actor()),
        cut(event.subject()),
        Map.copyOf(details));
  }

  private static Instant bounded(Instant time) {
    if (time.isBefore(Instant.EPOCH)) {
      return Instant.EPOCH;
    }
    return time.isAfter(LAST) ? LAST : time;
  }

  // What is no text, such as half of a pair of surrogates, becomes question marks.
  private static String cut(String text) {
    String part = text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
    return new String(part.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }
}
