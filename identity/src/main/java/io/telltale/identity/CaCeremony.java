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
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What a server asks of a root that is kept apart from it, and how it takes the answer. One request
 * waits at a time; another takes its place. Thread-safe.
 */
public final class CaCeremony {
  static final String PENDING = "request.json";

  /** What roots that are here say of the one that is asked, for as long as the request waits. */
  private static final String LINKS = "request.cross";

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
  public Asked next(Optional<X509Certificate> newRoot, CaScope scope) {
    synchronized (authority) {
      RootCa active = authority.cas().activeRoot();
      boolean isFollowed = newRoot.filter(one -> !one.equals(active.certificate())).isPresent();
      Optional<String> obstacle =
          CaRollover.obstacle(authority.cas(), isFollowed)
              .or(() -> CaRollover.scopeMistake(isFollowed, scope));
      if (obstacle.isPresent()) {
        return new Asked.Refused(obstacle.get());
      }
      if (isFollowed) {
        Optional<String> mistake = mistake(newRoot.orElseThrow(), active);
        if (mistake.isPresent()) {
          return new Asked.Refused(mistake.get());
        }
      }
      authority.settle();
      withdraw();
      String id = CaStates.ISSUING + "-" + authority.files().nextNumber();
      List<RootCa> before = isFollowed ? certifiers(active) : List.of();
      // Now, while their keys are here: a ceremony takes days.
      List<X509Certificate> links =
          before.stream().map(one -> newWithOld(one, newRoot.orElseThrow())).toList();
      KeyHome.Made pair = authority.files().make(id);
      authority.files().keep(id, pair);
      if (!links.isEmpty()) {
        authority.files().certificates(LINKS, links);
      }
      return asked(
          new RootRequest(
              authority.setup().trustDomain(),
              id,
              scope,
              pair.publicKey(),
              Optional.empty(),
              newRoot.orElse(active.certificate()),
              before.stream().map(RootCa::certificate).toList(),
              isFollowed ? BigInteger.TWO : number(active),
              isFollowed ? List.of() : authority.cas().revokedBelow(active),
              now()),
          pair.key());
    }
  }

  // The active one first, then each other that is trusted and whose key is here.
  private List<RootCa> certifiers(RootCa active) {
    var all = new ArrayList<RootCa>();
    all.add(active);
    authority.cas().roots().reversed().stream()
        .filter(one -> one.isTrusted() && !one.id().equals(active.id()))
        .filter(one -> authority.files().key(one.id()).isPresent())
        .forEach(all::add);
    return all;
  }

  private X509Certificate newWithOld(RootCa old, X509Certificate root) {
    return new CertificateIssuer(old.certificate(), authority.files().key(old.id()).orElseThrow())
        .crossCertify(
            CertificateAuthority.serial(authority.setup().entropy()),
            now().minus(ProfileCheck.BACKDATED),
            CaRollover.earlier(old.certificate(), root),
            root.getPublicKey());
  }

  // Of a request that another takes the place of: nobody is to sign with that key any more.
  private void withdraw() {
    pending()
        .map(RootRequest.Read::request)
        .map(RootRequest::id)
        .filter(id -> authority.cas().find(id).isEmpty())
        .ifPresent(authority.files()::withdraw);
    authority.files().delete(LINKS + ".crt.pem");
  }

  private Optional<RootRequest.Read> pending() {
    return authority.files().read(PENDING).map(Bytes::adopt).flatMap(RootRequest::read);
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
      if (authority.files().key(root.id()).isPresent()) {
        return new Asked.Refused(
            ("the key of %s is here, so that the server does this by itself: no root that is kept"
                    + " apart is active")
                .formatted(root.id()));
      }
      withdraw();
      return asked(
          new RootRequest(
              authority.setup().trustDomain(),
              active.id(),
              active.scope(),
              active.certificate().getPublicKey(),
              Optional.of(active.certificate()),
              root.certificate(),
              List.of(),
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
      Optional<RootRequest.Read> asked = pending();
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
    // A stop came before the request was deleted.
    boolean isThere =
        known.filter(one -> one.certificates().contains(answer.issuing())).isPresent()
            && known.filter(one -> cas.root(one.root()).crl().equals(answer.list())).isPresent();
    if (!isThere) {
      Optional<RootCa> above =
          cas.roots().stream().filter(one -> one.certificate().equals(answer.root())).findFirst();
      Optional<String> obstacle =
          request.extended().isPresent()
              ? cannotExtend(known, answer)
              : CaRollover.obstacle(cas, above.isEmpty())
                  .or(() -> isOfOtherTime(request, above))
                  .or(() -> keyIsAway(request))
                  .or(
                      () ->
                          above.isPresent() || areLinks(request)
                              ? Optional.empty()
                              : Optional.of(
                                  LINKS + ".crt.pem was lost or changed: make a request anew"));
      if (obstacle.isPresent()) {
        return new CaRollover.Outcome.Refused(obstacle.get());
      }
      if (request.extended().isPresent()) {
        extend(known.orElseThrow(), answer);
      } else {
        make(request, answer, above, because);
      }
    }
    authority.files().delete(PENDING);
    authority.files().delete(LINKS + ".crt.pem");
    CaFacts facts = authority.rollover().facts(request.id());
    if (isThere) {
      return new CaRollover.Outcome.Unchanged(facts);
    }
    return request.extended().isPresent()
        ? new CaRollover.Outcome.Extended(facts)
        : new CaRollover.Outcome.Done(facts);
  }

  private static Optional<String> cannotExtend(Optional<IssuingCa> known, RootAnswer answer) {
    if (known.filter(one -> one.stage().state().isTrusted()).isEmpty()) {
      return Optional.of("the CA that it extends is trusted no more: make a request anew");
    }
    // One that is here already would hide that the list is not taken, or the time not given.
    return known.filter(one -> one.certificates().contains(answer.issuing())).isPresent()
        ? Optional.of(
            "its certificate is none that was made for this request: have it signed again")
        : Optional.empty();
  }

  private Optional<String> keyIsAway(RootRequest request) {
    return authority
            .files()
            .key(request.id())
            .filter(key -> key.isPairOf(request.key()))
            .isPresent()
        ? Optional.empty()
        : Optional.of(
            "the key of %s is not in %s any more: make a request anew"
                .formatted(request.id(), authority.files().path()));
  }

  // Another root took over since, or this one was followed or revoked.
  private Optional<String> isOfOtherTime(RootRequest request, Optional<RootCa> above) {
    X509Certificate active = authority.cas().activeRoot().certificate();
    boolean isStillSo =
        above
            .map(root -> root.stage().state() == CaState.ACTIVE)
            .orElseGet(
                () -> request.before().stream().findFirst().filter(active::equals).isPresent());
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
            && answer.oldWithNew().stream().allMatch(one -> CertificateFacts.signedBy(one, root))
            && keys(answer.oldWithNew()).equals(keys(request.before()))
            && ListFacts.signedBy(answer.list(), root)
            && ListFacts.of(answer.list())
                .filter(list -> list.number().compareTo(request.listNumber()) >= 0)
                .isPresent()
            && ListFacts.revoked(answer.list())
                .containsAll(request.revoked().stream().map(Revoked::serial).toList());
    if (!isAsked) {
      return Optional.of("it is not what was asked: have the request signed again");
    }
    Set<BigInteger> listed = ListFacts.revoked(answer.list());
    Optional<IssuingCa> lost =
        authority.cas().issuing().stream()
            .filter(one -> one.stage().state().isTrusted())
            .filter(
                one ->
                    one.certificates().stream()
                        .map(X509Certificate::getSerialNumber)
                        .anyMatch(listed::contains))
            .findFirst();
    if (lost.isPresent()) {
      return Optional.of(
          ("the root has revoked %s before, which is trusted here: this data folder is older than"
                  + " that, or revoke it first (authority revoke)")
              .formatted(lost.get().id()));
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

  private static List<PublicKey> keys(List<X509Certificate> certificates) {
    return certificates.stream().map(X509Certificate::getPublicKey).toList();
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
    CaFolder files = authority.files();
    SigningKey key = files.key(old.id()).orElseThrow();
    IssuingCa extended = old.extended(answer.issuing(), key);
    files.write(old.root() + CaFolder.LIST, answer.list().toArray());
    files.certificates(old.id(), extended.certificates());
    authority.become(
        authority
            .cas()
            .withRoot(old.root(), root -> root.with(answer.list()))
            .withIssuing(one -> one.id().equals(old.id()) ? extended : one),
        List.of());
  }

  private void make(
      RootRequest request, RootAnswer answer, Optional<RootCa> known, CaAct.Because because) {
    Cas cas = authority.cas();
    CaFolder files = authority.files();
    var stage = new Stage(CaState.PREPARED, now());
    var acts = new ArrayList<CaAct>();
    var roots = new ArrayList<>(cas.roots());
    RootCa above = known.orElseGet(() -> next(request, answer, stage));
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
    var entry = new CaStates.Entry(request.id(), above.id(), request.scope(), stage);
    issuing.add(IssuingCa.of(entry, key, List.of(answer.issuing())));
    acts.add(CaRollover.act(stage, request.id(), answer.issuing(), because));
    authority.become(new Cas(roots, issuing), acts);
  }

  private RootCa next(RootRequest request, RootAnswer answer, Stage stage) {
    CaFolder files = authority.files();
    String id = CaStates.ROOT + "-" + request.id().substring(request.id().lastIndexOf('-') + 1);
    X509Certificate root = answer.root();
    List<X509Certificate> links = files.certificates(LINKS);
    var crosses = new ArrayList<Cross>();
    for (int at = 0; at < request.before().size(); at++) {
      X509Certificate old = request.before().get(at);
      String other =
          authority.cas().roots().stream()
              .filter(one -> one.certificate().equals(old))
              .findFirst()
              .orElseThrow()
              .id();
      crosses.add(new Cross(other, links.get(at), answer.oldWithNew().get(at)));
    }
    files.crosses(id, crosses.stream().flatMap(cross -> cross.both().stream()).toList());
    files.write(id + CaFolder.LIST, answer.list().toArray());
    files.certificates(id, List.of(root));
    return new RootCa(id, root, crosses, answer.list(), stage);
  }

  // They lie in our own folder, and somebody may have changed them.
  private boolean areLinks(RootRequest request) {
    List<X509Certificate> links = authority.files().certificates(LINKS);
    return links.size() == request.before().size()
        && IntStream.range(0, links.size())
            .allMatch(
                at ->
                    CertificateFacts.signedBy(
                            links.get(at), request.before().get(at).getPublicKey())
                        && links.get(at).getPublicKey().equals(request.root().getPublicKey()));
  }

  private Instant now() {
    return authority.setup().clock().instant().truncatedTo(ChronoUnit.SECONDS);
  }
}
