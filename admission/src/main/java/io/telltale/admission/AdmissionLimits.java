package io.telltale.admission;

import io.telltale.message.StrictJson;
import io.telltale.roster.Limits;
import java.time.Duration;

/**
 * The bounds of admission.
 *
 * @param sentWindow how far {@code sent} may be from the door's clock, either way
 * @param inFlightBytesMax bytes sealed and not yet durable, per event loop; above it the door does
 *     not read those who have more than their share of it, above one and a quarter times it nobody,
 *     above twice it admission refuses as unavailable
 * @param tenant what all devices of one tenant may send together
 */
public record AdmissionLimits(Duration sentWindow, long inFlightBytesMax, Limits tenant) {
  /** A record may carry this many bytes of payload. */
  public static final int PAYLOAD_BYTES_MAX = StrictJson.BYTES_MAX;

  public static AdmissionLimits standard() {
    return new AdmissionLimits(
        Duration.ofMinutes(5), 16L << 20, new Limits(500_000, 500_000, 512L << 20));
  }
}
