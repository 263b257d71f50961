package io.telltale.device;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a broken handshake meant, in words. The engines have no code for it, only a text. */
final class TlsAlerts {
  // BoringSSL's names of the alerts of RFC 8446, section 6.2.
  private static final Pattern ALERT = Pattern.compile("(?:TLSV1|SSLV3|TLSV13)_ALERT_([A-Z_]+)");

  private TlsAlerts() {}

  static String describe(Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    Matcher alert = ALERT.matcher(text);
    return alert.find()
        ? "the server refused the handshake with the TLS alert "
            + alert.group(1).toLowerCase(Locale.ROOT)
        : text;
  }
}
