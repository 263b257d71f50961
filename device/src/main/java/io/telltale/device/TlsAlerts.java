package io.telltale.device;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a broken connection meant, in words. The engines have no code for it, only a text. */
final class TlsAlerts {
  // BoringSSL's names of the alerts of RFC 8446, section 6.2.
  private static final Pattern ALERT = Pattern.compile("(?:TLSV1|SSLV3|TLSV13)_ALERT_([A-Z_]+)");
  // As Linux and Netty's own transport say it, with numbers.
  private static final Pattern BROKEN_OFF = Pattern.compile("Connection reset|Broken pipe");

  private TlsAlerts() {}

  static String describe(Throwable failure) {
    String text = String.valueOf(failure.getMessage());
    Matcher alert = ALERT.matcher(text);
    if (alert.find()) {
      return "the server refused the handshake with the TLS alert "
          + alert.group(1).toLowerCase(Locale.ROOT);
    }
    return BROKEN_OFF.matcher(text).find() ? "the connection broke off" : text;
  }
}
