package io.telltale.server;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pem;
import io.telltale.identity.CertificateAuthority;
import io.telltale.identity.ServiceIdentity;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.UnavailableException;
import io.telltale.registry.Identity;
import io.telltale.registry.IdentityView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The operator's own identity, made at the first start and again before it runs out. */
final class Operator {
  private static final Duration RENEW_BEFORE = Duration.ofDays(7);

  private final DataFolder folder;

  Operator(DataFolder folder) {
    this.folder = folder;
  }

  Path chainFile() {
    return folder.part("operator").resolve("operator.crt.pem");
  }

  private Path keyFile() {
    return folder.part("operator").resolve("operator.key.pem");
  }

  /** Makes a certificate for {@code id} unless a good one is there. */
  void ensure(SpiffeId id, CertificateAuthority authority, IdentityView view) {
    Instant soon = Instant.now().plus(RENEW_BEFORE);
    if (current().flatMap(view::byCredential).filter(known -> good(known, id, soon)).isPresent()) {
      return;
    }
    ServiceIdentity identity = ServiceIdentity.person(authority, id);
    folder.write(
        keyFile(), Bytes.utf8(Pem.encode("PRIVATE KEY", identity.key().getEncoded())).borrow());
    folder.write(chainFile(), Bytes.utf8(Pem.certificates(identity.chain())).borrow());
  }

  private static boolean good(Identity known, SpiffeId id, Instant soon) {
    return known.id().equals(id) && known.mayConnect(soon);
  }

  private Optional<io.telltale.kernel.Fingerprint> current() {
    if (!Files.exists(chainFile()) || !Files.exists(keyFile())) {
      return Optional.empty();
    }
    try {
      Optional<List<X509Certificate>> chain = Pem.readCertificates(Files.readString(chainFile()));
      return chain
          .filter(found -> !found.isEmpty())
          .map(found -> Certificates.fingerprint(found.getFirst()));
    } catch (IOException e) {
      throw new UnavailableException("reading " + chainFile(), e);
    }
  }
}
