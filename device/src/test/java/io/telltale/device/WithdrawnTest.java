package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.DecoderException;
import java.io.IOException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Firm ground 24: what a server says of a device's access, and what helps then. */
class WithdrawnTest {
  // As BoringSSL writes the alerts of RFC 8446 section 6.2.
  @ParameterizedTest
  @CsvSource({
    "SSLV3_ALERT_CERTIFICATE_REVOKED, was revoked",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED, has ended",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN, not registered",
    "SSLV3_ALERT_BAD_CERTIFICATE, not valid now",
    "TLSV1_ALERT_UNKNOWN_CA, another authority"
  })
  void an_alert_about_the_certificate_tells_how_to_get_another(String alert, String meaning) {
    String why =
        TlsAlerts.describe(
            new SSLHandshakeException("error:10000414:SSL routines:OPENSSL_internal:" + alert));
    assertThat(why).startsWith("the server refused the handshake with the TLS alert ");
    assertThat(Withdrawn.advice(why, "press-7").orElseThrow())
        .contains(meaning, "Ask who runs the server", "--token-file press-7.json")
        .contains("'./telltale enroll-token create --device press-7 --out press-7.json'")
        .contains("'./telltale device readmit press-7 --reason ");
  }

  @ParameterizedTest
  @CsvSource({
    "'server disconnected, code 0x98 access was withdrawn', true",
    "'server disconnected, code 0x87 the certificate has expired', true",
    "'refused: 0x87 ', true",
    "'refused: 0x8a banned', true",
    "'server disconnected, code 0x8b shutting down', false",
    "'refused: 0x88 unavailable', false",
    "'the server refused the handshake with the TLS alert internal_error', false",
    "'the server closed the connection', false"
  })
  void what_can_pass_by_itself_asks_nobody_for_anything(String why, boolean withdrawn) {
    assertThat(Withdrawn.advice(why, "press-7").isPresent()).isEqualTo(withdrawn);
  }

  // It was javax.net.ssl.SSLHandshakeException: General OpenSslEngine problem.
  @Test
  void no_failure_names_a_class() {
    var engine = new SSLHandshakeException("General OpenSslEngine problem");
    assertThat(TlsAlerts.describe(new DecoderException(engine)))
        .isEqualTo("General OpenSslEngine problem");
    engine.initCause(new CertificateException("the server's certificate is not ours"));
    assertThat(TlsAlerts.describe(new DecoderException(engine)))
        .isEqualTo("the server's certificate is not ours");
    assertThat(TlsAlerts.describe(new IOException(new IOException())))
        .isEqualTo("the connection failed");
  }

  // It was: (certificate_required) Received fatal alert: certificate_required.
  @Test
  void what_the_jdks_engine_says_becomes_the_same_words() {
    assertThat(
            TlsAlerts.describe(
                new SSLHandshakeException(
                    "(certificate_revoked) Received fatal alert: certificate_revoked")))
        .isEqualTo("the server refused the handshake with the TLS alert certificate_revoked");
    assertThat(
            TlsAlerts.describe(new SSLHandshakeException("Remote host terminated the handshake")))
        .isEqualTo("the connection broke off");
  }

  // Readmitting is for those who were put out; this one waits for a word.
  @ParameterizedTest
  @CsvSource({
    "'the server refused the handshake with the TLS alert certificate_unknown', true",
    "'server disconnected, code 0x98 access was withdrawn', true",
    "'the server refused the handshake with the TLS alert certificate_revoked', false"
  })
  void where_it_may_be_quarantined_its_release_is_named_first(String why, boolean may) {
    String advice = Withdrawn.advice(why, "press-7").orElseThrow();
    assertThat(advice.contains("'./telltale device release press-7 --reason ")).isEqualTo(may);
    assertThat(advice).contains("readmit");
  }

  @Test
  void the_transports_numbers_are_no_words_for_people() {
    assertThat(
            TlsAlerts.describe(
                new IOException("read(..) failed with error(-104): Connection reset by peer")))
        .isEqualTo("the connection broke off");
  }
}
