package io.telltale.device;

import java.security.cert.CertificateException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a broken connection meant, in words. The engines have no code for it, only a text. */
final class TlsAlerts {
  // BoringSSL's names of the alerts of RFC 8446, section 6.2.
  private static final Pattern ALERT =
      Pattern.compile(
          "(?:TLSV1|SSLV3|TLSV13)_ALERT_([A-Z_]+)|Received fatal alert: ([a-z_]+)"); // the JDK's
  // As Linux and Netty's own transport say it, with numbers, and as the JDK's engine does.
  private static final Pattern BROKEN_OFF =
      Pattern.compile("Connection reset|Broken pipe|Remote host terminated the handshake");
  // A failure that wraps another begins with that one's class.
  private static final Pattern CLASS =
      Pattern.compile("^(?:(?:[a-z]\\w*\\.)+[A-Z][\\w$]*(?::\\s*|$))+");
  private static final int CAUSES_MAX = 10;

  private TlsAlerts() {}

  static String describe(Throwable failure) {
    List<Throwable> all =
        Stream.<Throwable>iterate(failure, Objects::nonNull, Throwable::getCause)
            .limit(CAUSES_MAX)
            .toList();
    for (Throwable one : all) {
      Matcher alert = ALERT.matcher(text(one));
      if (alert.find()) {
        return "the server refused the handshake with the TLS alert "
            + (alert.group(1) == null ? alert.group(2) : alert.group(1)).toLowerCase(Locale.ROOT);
      }
      if (BROKEN_OFF.matcher(text(one)).find()) {
        return "the connection broke off";
      }
    }
    // What we ourselves say of a server's certificate; the engine has words of its own around it.
    return all.stream()
        .filter(CertificateException.class::isInstance)
        .findFirst()
        .or(() -> all.stream().filter(one -> !text(one).isEmpty()).reduce((_, last) -> last))
        .map(TlsAlerts::text)
        .filter(text -> !text.isEmpty())
        .orElse("the connection failed");
  }

  private static String text(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? "" : CLASS.matcher(message).replaceFirst("").strip();
  }
}
