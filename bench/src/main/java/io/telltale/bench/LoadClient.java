package io.telltale.bench;

import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;

/** One publisher: who it is, how it authenticates and where it publishes. */
record LoadClient(String id, PrivateKey key, List<X509Certificate> chain, String topic) {
  static final String CLASSICAL = "X25519";
  static final String HYBRID = "X25519MLKEM768";

  LoadClient {
    chain = List.copyOf(chain);
  }

  static String topic(String device) {
    return "t/default/d/" + device + "/telemetry";
  }

  /**
   * TLS 1.3 with this one key exchange. The generator does not check the server, to have its core
   * for the load; nothing that the server does depends on it.
   */
  SslContext tls(String group) {
    try {
      return SslContextBuilder.forClient()
          .sslProvider(SslProvider.OPENSSL)
          .keyManager(key, chain.toArray(X509Certificate[]::new))
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm("")
          .option(OpenSslContextOption.GROUPS, new String[] {group})
          .protocols("TLSv1.3")
          .build();
    } catch (SSLException e) {
      throw new IllegalStateException("the key and certificate of " + id + " do not fit", e);
    }
  }
}
