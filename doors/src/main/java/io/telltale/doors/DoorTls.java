package io.telltale.doors;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.telltale.doors.tls.IdentityTrustManager;
import io.telltale.kernel.Bytes;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;

/**
 * A listener's TLS: its certificate and key, and what it asks of its peers. TLS 1.3, or 1.2 with
 * forward secrecy and AEAD; hybrid post-quantum key exchange first; no early data.
 */
public final class DoorTls {
  private static final System.Logger LOG = System.getLogger(DoorTls.class.getName());
  private static final String[] GROUPS = {"X25519MLKEM768", "X25519", "P-256"};
  private static final List<String> SUITES =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");

  // A handshake takes the one of its moment and keeps it: a renewal ends no session.
  private volatile Shown shown;
  private final ClientCertificate wanted;
  private final PeerCheck check;

  /** A certificate, and what an OCSP responder says of it; that may be nothing yet. */
  private record Shown(SslContext context, Bytes staple) {
    static Shown of(SslContext context) {
      return new Shown(context, Bytes.EMPTY);
    }
  }

  private DoorTls(SslContext context, ClientCertificate wanted, PeerCheck check) {
    this.shown = Shown.of(context);
    this.wanted = wanted;
    this.check = check;
  }

  /**
   * @param chain leaf first, down to the issuing CA
   * @param check decides about every certificate that a peer shows
   */
  public static DoorTls of(
      List<X509Certificate> chain, PrivateKey key, ClientCertificate wanted, PeerCheck check) {
    if (!OpenSsl.isAvailable()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "tls.fallback provider=jdk why=\"no BoringSSL for this platform: no post-quantum key"
              + " exchange, and about three times the cost of a handshake\"");
    }
    return new DoorTls(build(chain, key, wanted, check), wanted, check);
  }

  /** From now on handshakes show this certificate; what is connected stays. */
  public synchronized void renew(List<X509Certificate> chain, PrivateKey key) {
    shown = Shown.of(build(chain, key, wanted, check));
  }

  /**
   * From now on whoever asks in its handshake (RFC 6066 section 8) is given this OCSP response as
   * DER, about the certificate that is shown; empty takes it back.
   */
  public synchronized void staple(Bytes response) {
    shown = new Shown(shown.context(), response);
  }

  /** For one connection. */
  public SslHandler handler(ByteBufAllocator buffers) {
    Shown now = shown;
    SslHandler handler = now.context().newHandler(buffers);
    if (now.staple().size() > 0
        && handler.engine() instanceof ReferenceCountedOpenSslEngine engine) {
      engine.setOcspResponse(now.staple().borrow());
    }
    return handler;
  }

  private static SslContext build(
      List<X509Certificate> chain, PrivateKey key, ClientCertificate wanted, PeerCheck check) {
    boolean boring = OpenSsl.isAvailable();
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(key, chain.toArray(X509Certificate[]::new))
              .sslProvider(boring ? SslProvider.OPENSSL : SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .ciphers(SUITES, SupportedCipherSuiteFilter.INSTANCE)
              .clientAuth(clientAuth(wanted))
              .trustManager(new IdentityTrustManager(check))
              .sessionCacheSize(1)
              .sessionTimeout(1);
      if (boring) {
        builder.option(OpenSslContextOption.GROUPS, GROUPS).enableOcsp(true);
      }
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalStateException("a door's own key and certificate do not fit", e);
    }
  }

  private static ClientAuth clientAuth(ClientCertificate wanted) {
    return switch (wanted) {
      case NONE -> ClientAuth.NONE;
      case OPTIONAL -> ClientAuth.OPTIONAL;
      case REQUIRED -> ClientAuth.REQUIRE;
    };
  }

  public ClientCertificate wanted() {
    return wanted;
  }

  public PeerCheck check() {
    return check;
  }
}
