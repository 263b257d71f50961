package io.telltale.bench;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The peer's certificates: same curve, same chain length as ours. */
final class BenchAuthority {
  static final SpiffeId SERVER_ID =
      new SpiffeId("bench.local", TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "broker");

  private final SecureRandom random = new SecureRandom();
  private final Instant now = Instant.now();
  private final X509Certificate root;
  private final CertificateIssuer issuing;

  /** A certificate with its key; the chain leads to, but leaves out, the root. */
  record Issued(PrivateKey key, List<X509Certificate> chain) {
    Issued {
      chain = List.copyOf(chain);
    }
  }

  BenchAuthority() {
    KeyPair rootKey = EcdsaP256.generate();
    root =
        CertificateIssuer.selfSigned(
            authority("bench root"), rootKey.getPublic(), rootKey.getPrivate());
    KeyPair issuingKey = EcdsaP256.generate();
    X509Certificate issuingCertificate =
        new CertificateIssuer(root, rootKey.getPrivate())
            .issueAuthority(authority("bench issuing"), issuingKey.getPublic());
    issuing = new CertificateIssuer(issuingCertificate, issuingKey.getPrivate());
  }

  private CertificateIssuer.Authority authority(String name) {
    return new CertificateIssuer.Authority(
        name, serial(), now.minus(Duration.ofHours(1)), now.plus(Duration.ofDays(2)));
  }

  private BigInteger serial() {
    return new BigInteger(127, random).setBit(120);
  }

  X509Certificate root() {
    return root;
  }

  Issued server() {
    return issue(
        "localhost",
        List.of(SubjectName.uri(SERVER_ID.uri()), SubjectName.dns("localhost")),
        Usage.SERVER);
  }

  Issued device(String id) {
    var name = new SpiffeId("bench.local", TenantId.DEFAULT, SpiffeId.Kind.DEVICE, id);
    return issue(id, List.of(SubjectName.uri(name.uri())), Usage.CLIENT);
  }

  List<LoadClient> clients(int count) {
    var clients = new ArrayList<LoadClient>(count);
    for (int i = 0; i < count; i++) {
      String id = "bench-" + i;
      Issued issued = device(id);
      clients.add(new LoadClient(id, issued.key(), issued.chain(), LoadClient.topic(id)));
    }
    return clients;
  }

  private Issued issue(String commonName, List<SubjectName> names, Usage usage) {
    KeyPair key = EcdsaP256.generate();
    X509Certificate leaf =
        issuing.issue(
            new CertificateTemplate(
                commonName,
                key.getPublic(),
                serial(),
                now.minus(Duration.ofMinutes(5)),
                now.plus(Duration.ofDays(1)),
                names,
                Set.of(usage),
                Optional.empty()));
    return new Issued(key.getPrivate(), List.of(leaf, issuing.certificate()));
  }
}
