package io.telltale.identity;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SigningKey;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateIssuer.Revoked;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.identity.RootCa.Cross;
import io.telltale.identity.RootCa.Stage;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Hash;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a server asks of a root that is kept apart from it, and how it takes the answer. One request
 * waits at a time; another takes its place. Thread-safe.
 */
public final class CaCeremony {
  static final String PENDING = "request.json";

  private final CertificateAuthority authority;

  CaCeremony(CertificateAuthority authority) {
    this.authority = authority;
  }

  /** What came of asking. */
  public sealed interface Asked {
    /** The file to carry to the root. */
    record Request(Bytes file) implements Asked {}

    /** None, and why. */
    record Refused(String why) implements Asked {}
  }

  /** Asks for a next issuing CA: of the active root, or of one that follows it. */
  public Asked next(Optional<X509Certificate> newRoot) {
    synchronized (authority) {
      Optional<String> obstacle = CaRollover.obstacle(authority.cas(), false);
      if (obstacle.isPresent()) {
        return new Asked.Refused(obstacle.get());
      }
      RootCa active = authority.cas().activeRoot();
      boolean isFollowed = newRoot.filter(one -> !one.equals(active.certificate())).isPresent();
      if (isFollowed) {
        Optional<String> mistake = mistake(newRoot.orElseThrow(), active);
        if (mistake.isPresent()) {
          return new Asked.Refused(mistake.get());
        }
      }
      authority.settle();
      String id = CaStates.ISSUING + "-" + authority.files().nextNumber();
      KeyHome.Made pair = authority.files().make(id);
      authority.files().keep(id, pair);
      return asked(
          new RootRequest(
              authority.setup().trustDomain(),
              id,
              pair.publicKey(),
              Optional.empty(),
              newRoot.orElse(active.certificate()),
              isFollowed ? Optional.of(active.certificate()) : Optional.empty(),
              isFollowed ? BigInteger.TWO : number(active),
              isFollowed ? List.of() : authority.cas().revokedBelow(active),
              now()),
          pair.key());
    }
  }

  private Optional<String> mistake(X509Certificate root, RootCa active) {
    boolean isRoot =
        CertificateFacts.signedBy(root, root.getPublicKey())
            && CertificateFacts.of(root).filter(CertificateFacts::authority).isPresent()
            && EcdsaP256.isP256(root.getPublicKey())
            && root.getSubjectX500Principal()
                .equals(active.certificate().getSubjectX500Principal());
    if (!isRoot) {
      return Optional.of(
          "that is no root of this trust domain: ./telltale root create --trust-domain %s"
              .formatted(authority.setup().trustDomain()));
    }
    if (authority.cas().roots().stream().anyMatch(one -> one.certificate().equals(root))) {
      return Optional.of("that root was followed already");
    }
    return authority.files().key(active.id()).isPresent()
        ? Optional.empty()
        : Optional.of(
            "%s.key.sealed is not in %s: put it back, since the root of before certifies this one"
                .formatted(active.id(), authority.files().path()));
  }

  /** Asks for more time for the active issuing CA, and for its root's next list. */
  public Asked extension() {
    synchronized (authority) {
      IssuingCa active = authority.cas().active();
      RootCa root = authority.cas().activeRoot();
      return asked(
          new RootRequest(
              authority.setup().trustDomain(),
              active.id(),
              active.certificate().getPublicKey(),
              Optional.of(active.certificate().getNotBefore().toInstant()),
              root.certificate(),
              Optional.empty(),
              number(root),
              authority.cas().revokedBelow(root),
              now()),
          authority.files().key(active.id()).orElseThrow());
    }
  }

  private static BigInteger number(RootCa root) {
    return ListFacts.of(root.crl()).orElseThrow().number().add(BigInteger.ONE);
  }

  private Asked asked(RootRequest request, SigningKey key) {
    Bytes file = request.write(key);
    authority.files().write(PENDING, file.toArray());
    return new Asked.Request(file);
  }

  /** Takes the answer to the request that was made last. */
  public CaRollover.Outcome install(RootAnswer answer, CaAct.Because because) {
    synchronized (authority) {
      Optional<RootRequest.Read> asked =
          authority.files().read(PENDING).map(Bytes::adopt).flatMap(RootRequest::read);
      if (asked.isEmpty()) {
        return new CaRollover.Outcome.Refused("nothing was asked: ./telltale authority request");
      }
      if (!asked.get().hash().equals(answer.request())) {
        return new CaRollover.Outcome.Refused(
            "it answers the request %s, and %s was made last: make a request anew and have that"
                    .formatted(short16(answer.request()), short16(asked.get().hash()))
                + " signed");
      }
      RootRequest request = asked.get().request();
      Optional<String> mistake = mistake(request, answer);
      if (mistake.isPresent()) {
        return new CaRollover.Outcome.Refused(mistake.get());
      }
      return installed(request, answer, because);
    }
  }

  private CaRollover.Outcome installed(
      RootRequest request, RootAnswer answer, CaAct.Because because) {
    Cas cas = authority.cas();
    Optional<IssuingCa> known = cas.find(request.id());
    boolean isThere =
        known.filter(one -> one.certificates().contains(answer.issuing())).isPresent();
    // A stop came before the request was deleted.
    if (!isThere && request.begin().isPresent()) {
      extend(known.orElseThrow(), answer);
    } else if (!isThere) {
      Optional<RootCa> above =
          cas.roots().stream().filter(one -> one.certificate().equals(answer.root())).findFirst();
      Optional<String> obstacle =
          CaRollover.obstacle(cas, false).or(() -> isOfOtherTime(request, above));
      if (obstacle.isPresent()) {
        return new CaRollover.Outcome.Refused(obstacle.get());
      }
      make(request, answer, above, because);
    }
    authority.files().delete(PENDING);
    CaFacts facts = authority.rollover().facts(request.id());
    return isThere ? new CaRollover.Outcome.Unchanged(facts) : new CaRollover.Outcome.Done(facts);
  }

  // Another root took over since, or this one was followed or revoked.
  private Optional<String> isOfOtherTime(RootRequest request, Optional<RootCa> above) {
    X509Certificate active = authority.cas().activeRoot().certificate();
    boolean isStillSo =
        above
            .map(root -> root.stage().state() == CaState.ACTIVE)
            .orElseGet(() -> request.before().filter(active::equals).isPresent());
    return isStillSo
        ? Optional.empty()
        : Optional.of("another root is active by now: make a request anew");
  }

  private static String short16(Hash hash) {
    return hash.hex().substring(0, 16);
  }

  // Whoever carried it may have changed it: nothing in it is believed but what the root signed.
  private Optional<String> mistake(RootRequest request, RootAnswer answer) {
    PublicKey root = request.root().getPublicKey();
    X509Certificate issuing = answer.issuing();
    Instant now = now();
    boolean isAsked =
        answer.root().equals(request.root())
            && CertificateFacts.signedBy(issuing, root)
            && issuing.getPublicKey().equals(request.key())
            && issuing
                .getSubjectX500Principal()
                .getName()
                .equals("CN=" + CaFounding.issuingName(request.id(), request.trustDomain()))
            && isIssuingCa(issuing)
            && answer.oldWithNew().isPresent() == request.before().isPresent()
            && answer.oldWithNew().stream()
                .allMatch(
                    cross ->
                        CertificateFacts.signedBy(cross, root)
                            && cross
                                .getPublicKey()
                                .equals(request.before().orElseThrow().getPublicKey()))
            && ListFacts.signedBy(answer.list(), root)
            && ListFacts.of(answer.list())
                .filter(list -> list.number().compareTo(request.listNumber()) >= 0)
                .isPresent()
            && ListFacts.revoked(answer.list())
                .containsAll(request.revoked().stream().map(Revoked::serial).toList());
    if (!isAsked) {
      return Optional.of("it is not what was asked: have the request signed again");
    }
    boolean isOfThisTime =
        !now.isBefore(issuing.getNotBefore().toInstant())
            && now.isBefore(issuing.getNotAfter().toInstant())
            && now.isBefore(ListFacts.of(answer.list()).orElseThrow().nextUpdate());
    return isOfThisTime
        ? Optional.empty()
        : Optional.of(
            "its certificate is good from %s to %s: one of the two machines has a wrong clock"
                .formatted(issuing.getNotBefore().toInstant(), issuing.getNotAfter().toInstant()));
  }

  private static boolean isIssuingCa(X509Certificate certificate) {
    return certificate.getBasicConstraints() == 0
        && CertificateFacts.of(certificate)
            .filter(CertificateFacts::authority)
            .filter(
                facts ->
                    facts.keyUsage()
                        == (CertificateFacts.KEY_CERT_SIGN | CertificateFacts.CRL_SIGN))
            .isPresent();
  }

  private void extend(IssuingCa old, RootAnswer answer) {
    var all = new ArrayList<X509Certificate>();
    all.add(answer.issuing());
    all.addAll(old.certificates());
    CaFolder files = authority.files();
    files.write(old.root() + CaFolder.LIST, answer.list().toArray());
    files.certificates(old.id(), all);
    SigningKey key = files.key(old.id()).orElseThrow();
    authority.become(
        authority
            .cas()
            .withRoot(old.root(), root -> root.with(answer.list()))
            .withIssuing(
                one ->
                    one.id().equals(old.id())
                        ? IssuingCa.of(one.id(), one.root(), key, all, one.stage())
                        : one),
        List.of());
  }

  private void make(
      RootRequest request, RootAnswer answer, Optional<RootCa> known, CaAct.Because because) {
    Cas cas = authority.cas();
    CaFolder files = authority.files();
    var stage = new Stage(CaState.PREPARED, now());
    var acts = new ArrayList<CaAct>();
    var roots = new ArrayList<>(cas.roots());
    RootCa above = known.orElseGet(() -> next(request, answer, cas.activeRoot(), stage));
    if (known.isPresent()) {
      files.write(above.id() + CaFolder.LIST, answer.list().toArray());
      roots.replaceAll(one -> one.id().equals(above.id()) ? one.with(answer.list()) : one);
    } else {
      roots.add(above);
      acts.add(CaRollover.act(stage, above.id(), above.certificate(), because));
    }
    files.certificates(request.id(), List.of(answer.issuing()));
    SigningKey key = files.key(request.id()).orElseThrow();
    var issuing = new ArrayList<>(cas.issuing());
    issuing.add(IssuingCa.of(request.id(), above.id(), key, List.of(answer.issuing()), stage));
    acts.add(CaRollover.act(stage, request.id(), answer.issuing(), because));
    authority.become(new Cas(roots, issuing), acts);
  }

  private RootCa next(RootRequest request, RootAnswer answer, RootCa active, Stage stage) {
    CaFolder files = authority.files();
    String id = CaStates.ROOT + "-" + request.id().substring(request.id().lastIndexOf('-') + 1);
    X509Certificate root = answer.root();
    SigningKey before = files.key(active.id()).orElseThrow();
    X509Certificate newWithOld =
        new CertificateIssuer(active.certificate(), before)
            .crossCertify(
                CertificateAuthority.serial(authority.setup().entropy()),
                now().minus(ProfileCheck.BACKDATED),
                CaRollover.earlier(active.certificate(), root),
                root.getPublicKey());
    var cross = new Cross(active.id(), newWithOld, answer.oldWithNew().orElseThrow());
    files.crosses(id, cross.both());
    files.write(id + CaFolder.LIST, answer.list().toArray());
    files.certificates(id, List.of(root));
    return new RootCa(id, root, List.of(cross), answer.list(), stage);
  }

  private Instant now() {
    return authority.setup().clock().instant().truncatedTo(ChronoUnit.SECONDS);
  }
}
