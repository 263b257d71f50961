package io.telltale.fakes;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.OneKey;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.Usage;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
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

/** A small CA of the tests, which issues whatever it is asked for. */
public final class TestCa {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final char[] PASSWORD = "test".toCharArray();
  private static final int SERIAL_BITS = 120;

  private final CertificateIssuer issuer;
  private final PrivateKey key;
  public final X509Certificate certificate;

  /** A root, good for some days already. */
  public TestCa(String name) {
    KeyPair keys = EcdsaP256.generate();
    Instant now = Instant.now();
    this(
        CertificateIssuer.selfSigned(
            new CertificateIssuer.Authority(
                name, serial(), now.minus(Duration.ofDays(9)), now.plus(Duration.ofDays(3_650))),
            keys.getPublic(),
            keys.getPrivate()),
        keys.getPrivate());
  }

  /** One that is there, and whose key was stolen. */
  public TestCa(X509Certificate certificate, PrivateKey key) {
    this.certificate = certificate;
    this.key = key;
    this.issuer = new CertificateIssuer(certificate, key);
  }

  /** What to show at a handshake: a key, and its certificate with those above it. */
  public record Credential(PrivateKey key, List<X509Certificate> chain) {
    public X509Certificate leaf() {
      return chain.getFirst();
    }
  }

  /** What may be asked of a certificate. */
  public record Wish(List<SubjectName> names, Set<Usage> usages, Duration from, Duration until) {
    public static Wish device(String name) {
      return of("spiffe://telltale.local/default/device/" + name);
    }

    /** A server at this machine's own address. */
    public static Wish server(String uri) {
      return new Wish(
          List.of(SubjectName.uri(uri), SubjectName.dns("localhost"), SubjectName.ip("127.0.0.1")),
          Set.of(Usage.SERVER),
          Duration.ofHours(-1),
          Duration.ofDays(30));
    }

    public static Wish of(String uri) {
      return new Wish(
          List.of(SubjectName.uri(uri)),
          Set.of(Usage.CLIENT),
          Duration.ofHours(-1),
          Duration.ofDays(30));
    }

    public Wish valid(Duration from, Duration until) {
      return new Wish(names, usages, from, until);
    }

    public Wish usages(Set<Usage> usages) {
      return new Wish(names, usages, from, until);
    }
  }

  public Credential issue(Wish wish) {
    return issue(wish, "");
  }

  public Credential issue(Wish wish, String commonName) {
    return issue(wish, commonName, EcdsaP256.generate());
  }

  /** For a key of any kind. */
  public Credential issue(Wish wish, String commonName, KeyPair leafKeys) {
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
    return new Credential(leafKeys.getPrivate(), List.of(leaf, certificate));
  }

  public Credential server() {
    return issue(Wish.server("spiffe://telltale.local/default/service/door"));
  }

  /** The CA's own certificate, for an impostor. */
  public Credential itself() {
    return new Credential(key, List.of(certificate));
  }

  /** A client's context that trusts this CA, with {@code credential} to show, or none. */
  public SSLContext client(@Nullable Credential credential) {
    return client(credential, "TLS");
  }

  public SSLContext client(@Nullable Credential credential, String version) {
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
  public SSLContext stubbornClient(Credential credential) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {new OneKey(credential.key(), credential.chain())}, trust(), null);
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
        "key", credential.key(), PASSWORD, credential.chain().toArray(Certificate[]::new));
    return store;
  }

  private static KeyStore empty() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, PASSWORD);
    return store;
  }

  private static BigInteger serial() {
    return new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS);
  }
}
