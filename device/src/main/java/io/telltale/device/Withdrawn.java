package io.telltale.device;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a server does not let a device in: what that means, and what a person can do. */
final class Withdrawn {
  /** RFC 8446 section 6.2, as our doors use them; MQTT 5 sections 3.2.2.2 and 3.14.2.1. */
  private static final Map<String, String> MEANING =
      Map.of(
          "certificate_revoked",
          "its certificate was revoked",
          "certificate_expired",
          "its certificate has ended",
          "certificate_unknown",
          "its certificate is not registered, or the device is not active",
          "unknown_ca",
          "its certificate is of another authority",
          "bad_certificate",
          "its certificate is not valid now (is the time right here and there?)",
          "0x87",
          "it is not authorized",
          "0x8a",
          "it is banned",
          "0x98",
          "it was quarantined, disabled, revoked or retired");

  /** With these it may also be quarantined, and its certificate as good as before. */
  private static final Set<String> MAYBE_QUARANTINED =
      Set.of("certificate_unknown", "0x87", "0x98");

  private static final Pattern SAID =
      Pattern.compile(
          "the TLS alert (\\w+)$|^(?:refused:|server disconnected, code) (0x[0-9a-f]{2})\\b");

  private Withdrawn() {}

  /** What gives {@code device} a certificate again. */
  static String enrollAnew(String device) {
    return ("enroll it anew: the server's operator types './telltale enroll-token create --device"
            + " %s --out %s.json', you start with --token-file %s.json")
        .formatted(device, device, device);
  }

  /**
   * By why a connection ended, as {@link MqttConnection} says it; empty for what can pass. Which of
   * the causes it was the server alone knows.
   */
  static Optional<String> advice(String why, String device) {
    Matcher said = SAID.matcher(why);
    if (!said.find()) {
      return Optional.empty();
    }
    String code = said.group(1) == null ? said.group(2) : said.group(1);
    return Optional.ofNullable(MEANING.get(code))
        .map(
            what ->
                ("%s. Ask who runs the server%s; where it was revoked or disabled, './telltale"
                        + " device readmit %s --reason \"found again\"' comes first; then %s."
                        + " Where it was retired it stays out")
                    .formatted(what, release(code, device), device, enrollAnew(device)));
  }

  private static String release(String code, String device) {
    return MAYBE_QUARANTINED.contains(code)
        ? ": where it is quarantined, './telltale device release %s --reason \"checked\"' is enough"
            .formatted(device)
        : "";
  }
}
