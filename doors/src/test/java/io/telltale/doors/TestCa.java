package io.telltale.doors;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.OneKey;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.Usage;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A small CA for one test, and the credentials it issues. */
final class TestCa {
  private static final SecureRandom RANDOM = new SecureRandom();
  static final char[] PASSWORD = "test".toCharArray();

  private final CertificateIssuer issuer;
  private final KeyPair keys;
  final X509Certificate certificate;

  TestCa(String name) {
    keys = EcdsaP256.generate();
    Instant now = Instant.now();
    certificate =
        CertificateIssuer.selfSigned(
            new CertificateIssuer.Authority(
                name, serial(), now.minusSeconds(3_600), now.plus(Duration.ofDays(3650))),
            keys.getPublic(),
            keys.getPrivate());
    issuer = new CertificateIssuer(certificate, keys.getPrivate());
  }

  /** A certificate, its chain and its key. */
  record Credential(KeyPair keys, List<X509Certificate> chain) {
    X509Certificate leaf() {
      return chain.getFirst();
    }
  }

  /** What may be asked of a certificate. */
  record Wish(List<SubjectName> names, Set<Usage> usages, Duration from, Duration until) {
    static Wish device(String name) {
      return of("spiffe://telltale.local/default/device/" + name);
    }

    static Wish of(String uri) {
      return new Wish(
          List.of(SubjectName.uri(uri)),
          Set.of(Usage.CLIENT),
          Duration.ofHours(-1),
          Duration.ofDays(30));
    }

    Wish valid(Duration from, Duration until) {
      return new Wish(names, usages, from, until);
    }

    Wish usages(Set<Usage> usages) {
      return new Wish(names, usages, from, until);
    }
  }

  Credential issue(Wish wish) {
    return issue(wish, "");
  }

  Credential issue(Wish wish, String commonName) {
    KeyPair leafKeys = EcdsaP256.generate();
    Instant now = Instant.ofEpochSecond(Instant.now().getEpochSecond());
    X509Certificate leaf =
        issuer.issue(
            new CertificateTemplate(
                commonName,
                leafKeys.getPublic(),
                serial(),
                now.plus(wish.from()),
                now.plus(wish.until()),
                wish.names(),
                wish.usages(),
                Optional.empty()));
    return new Credential(leafKeys, List.of(leaf, certificate));
  }

  Credential server() {
    return issue(
        new Wish(
            List.of(
                SubjectName.uri("spiffe://telltale.local/default/service/door"),
                SubjectName.dns("localhost"),
                SubjectName.ip("127.0.0.1")),
            Set.of(Usage.SERVER),
            Duration.ofHours(-1),
            Duration.ofDays(30)));
  }

  /** The CA's own, for an impostor. */
  KeyPair keys() {
    return keys;
  }

  /** A client's context that trusts this CA, with {@code credential} to show, or none. */
  SSLContext client(@Nullable Credential credential) {
    return client(credential, "TLS");
  }

  SSLContext client(@Nullable Credential credential, String version) {
    try {
      var context = SSLContext.getInstance(version);
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(credential == null ? empty() : store(credential), PASSWORD);
      context.init(factory.getKeyManagers(), trust(), null);
      return context;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Shows {@code credential} whatever authorities the server names. */
  SSLContext stubbornClient(Credential credential) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {new OneKey(credential.keys().getPrivate(), credential.chain())},
          trust(),
          null);
      return context;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private TrustManager[] trust() throws Exception {
    KeyStore roots = empty();
    roots.setCertificateEntry("ca", certificate);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(roots);
    return trust.getTrustManagers();
  }

  private static KeyStore store(Credential credential) throws Exception {
    KeyStore store = empty();
    store.setKeyEntry(
        "key",
        credential.keys().getPrivate(),
        PASSWORD,
        credential.chain().toArray(Certificate[]::new));
    return store;
  }

  private static KeyStore empty() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    return store;
  }

  private static BigInteger serial() {
    return new BigInteger(120, RANDOM).add(BigInteger.ONE);
  }
}
