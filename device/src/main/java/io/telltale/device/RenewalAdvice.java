package io.telltale.device;

import io.telltale.json.JsonProfile;
import io.telltale.kernel.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * What a server says of when to renew (RFC 9773 section 4.2), within our own bounds.
 *
 * @param window empty where it says nothing of use
 * @param again when to ask again
 */
record RenewalAdvice(Optional<Window> window, Duration again) {
  /** More often is no server's to demand, and rarer nobody could call the fleet. */
  static final Duration AGAIN_MIN = Duration.ofMinutes(15);

  static final Duration AGAIN_MAX = Duration.ofDays(1);

  /** Of a server that was not reached. */
  static final RenewalAdvice UNREACHED = new RenewalAdvice(Optional.empty(), AGAIN_MIN);

  /** Of a server that answered nothing, or not in these words. */
  static final RenewalAdvice NONE = new RenewalAdvice(Optional.empty(), Duration.ofHours(6));

  private static final Duration WINDOW_MAX = Duration.ofDays(3_650);
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(4 * 1024, 4));

  record Window(Instant start, Instant end) {}

  static RenewalAdvice of(int status, Optional<String> retryAfter, String body) {
    Optional<Window> window =
        status == 200 ? PROFILE.read(Bytes.utf8(body)).flatMap(RenewalAdvice::window) : NONE.window;
    return new RenewalAdvice(window, again(retryAfter.orElse("")));
  }

  private static Duration again(String seconds) {
    if (!seconds.matches("[0-9]{1,9}")) {
      return NONE.again;
    }
    Duration told = Duration.ofSeconds(Long.parseLong(seconds));
    Duration least = told.compareTo(AGAIN_MIN) < 0 ? AGAIN_MIN : told;
    return least.compareTo(AGAIN_MAX) > 0 ? AGAIN_MAX : least;
  }

  private static Optional<Window> window(JsonNode answer) {
    JsonNode window = answer.path("suggestedWindow");
    return time(window.path("start"))
        .flatMap(start -> time(window.path("end")).map(end -> new Window(start, end)))
        .filter(found -> found.start().isBefore(found.end()))
        .filter(found -> Duration.between(found.start(), found.end()).compareTo(WINDOW_MAX) < 0);
  }

  private static Optional<Instant> time(JsonNode text) {
    try {
      return text.isString() ? Optional.of(Instant.parse(text.stringValue())) : Optional.empty();
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
