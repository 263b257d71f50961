package io.telltale.identity;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.kernel.Fingerprint;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A root or an issuing CA, for people.
 *
 * @param above of an issuing CA its root, of a root the one that it followed, empty for the first
 * @param scope of an issuing CA: for whose devices it signs
 * @param since when it came to its state
 * @param certificate its newest
 * @param names the fingerprints of all that it had: what it issued names one of them
 * @param isKeyThere whether its key is in the data folder, or what leads to it
 * @param listEnds until when a root's list is good; empty of an issuing CA
 */
public record CaFacts(
    String id,
    boolean isRoot,
    String above,
    CaScope scope,
    CaState state,
    Instant since,
    X509Certificate certificate,
    Set<Fingerprint> names,
    boolean isKeyThere,
    Optional<Instant> listEnds) {
  public CaFacts {
    names = Set.copyOf(names);
  }

  /** All of them, roots first, oldest first. */
  static List<CaFacts> all(CertificateAuthority authority) {
    Cas cas = authority.cas();
    var facts = new ArrayList<CaFacts>();
    for (RootCa root : cas.roots()) {
      facts.add(
          new CaFacts(
              root.id(),
              true,
              root.predecessor().orElse(""),
              CaScope.ALL,
              root.stage().state(),
              root.stage().since(),
              root.certificate(),
              Set.of(Certificates.fingerprint(root.certificate())),
              authority.files().keyFile(root.id()).isPresent(),
              ListFacts.of(root.crl()).map(ListFacts::nextUpdate)));
    }
    for (IssuingCa one : cas.issuing()) {
      facts.add(
          new CaFacts(
              one.id(),
              false,
              one.root(),
              one.scope(),
              one.stage().state(),
              one.stage().since(),
              one.certificate(),
              one.fingerprints(),
              true,
              Optional.empty()));
    }
    return List.copyOf(facts);
  }
}
