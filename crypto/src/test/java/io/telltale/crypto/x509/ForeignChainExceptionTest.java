package io.telltale.crypto.x509;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;

class ForeignChainExceptionTest {
  @Test
  void is_found_however_deep_an_engine_hides_it() {
    var foreign = new ForeignChainException("of another authority");
    var handshake = new SSLHandshakeException("General OpenSslEngine problem");
    handshake.initCause(foreign);
    assertThat(ForeignChainException.isCauseOf(foreign)).isTrue();
    assertThat(ForeignChainException.isCauseOf(new IOException(handshake))).isTrue();
    var expired = new IOException(new CertificateException("expired"));
    assertThat(ForeignChainException.isCauseOf(expired)).isFalse();
  }
}
