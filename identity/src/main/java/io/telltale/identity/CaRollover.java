package io.telltale.identity;

import io.telltale.crypto.SigningKey;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateIssuer.Authority;
import io.telltale.crypto.x509.Certificates;
import io.telltale.identity.CertificateAuthority.Setup;
import io.telltale.identity.CredentialRegister.Remaining;
import io.telltale.identity.KeyHome.Made;
import io.telltale.identity.RootCa.Cross;
import io.telltale.identity.RootCa.Stage;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One CA after another, with both alive meanwhile: the next one is prepared and everybody learns of
 * it; it is activated, and each certificate that is renewed is its; the one before is retired once
 * nothing good is left of it, or revoked at once. A root that follows another is certified by it,
 * so that whoever has the older one only still finds the way. Thread-safe.
 */
public final class CaRollover {
  // Every handshake names those that are trusted, and looks for the right one among them.
  private static final int TRUSTED_MAX = 32;
  private static final int ROOTS_MAX = RootWays.TRUSTED_MAX;

  private final CertificateAuthority authority;

  CaRollover(CertificateAuthority authority) {
    this.authority = authority;
  }

  /** What came of it. */
  public sealed interface Outcome {
    /** It is so from now on; of a root's the issuing CA below it is told, too. */
    record Done(CaFacts ca) implements Outcome {}

    /** That issuing CA has more time, and its root's newest list is here. */
    record Extended(CaFacts ca) implements Outcome {}

    /** It was so before. */
    record Unchanged(CaFacts ca) implements Outcome {}

    /** There is no such CA. */
    record Unknown() implements Outcome {}

    /** It cannot be, and why: what to do first. */
    record Refused(String why) implements Outcome {}
  }

  /** All CAs, roots first, oldest first. */
  public List<CaFacts> list() {
    return CaFacts.all(authority);
  }

  CaFacts facts(String id) {
    return list().stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
  }

  /**
   * Makes the next issuing CA, under the active root or under a root of its own.
   *
   * @param isRootToo whether it has a root of its own, which is for all only
   */
  public Outcome prepare(boolean isRootToo, CaScope scope, CaAct.Because because) {
    Optional<String> mistake = scopeMistake(isRootToo, scope);
    if (mistake.isPresent()) {
      return new Outcome.Refused(mistake.get());
    }
    synchronized (authority) {
      Cas cas = authority.cas();
      Optional<IssuingCa> same =
          waiting(cas)
              .filter(one -> one.scope().equals(scope))
              .filter(one -> one.root().equals(cas.active().root()) != isRootToo);
      if (same.isPresent()) {
        return new Outcome.Unchanged(facts(same.get().id()));
      }
      Optional<String> obstacle = obstacle(cas, isRootToo);
      if (obstacle.isPresent()) {
        return new Outcome.Refused(obstacle.get());
      }
      RootCa root = cas.activeRoot();
      Optional<SigningKey> key = authority.files().key(root.id());
      return key.map(found -> prepare(new Wanted(isRootToo, scope), root, found, because))
          .orElseGet(() -> new Outcome.Refused(keyAway(root.id())));
    }
  }

  private record Wanted(boolean isRootToo, CaScope scope) {}

  static Optional<String> scopeMistake(boolean isRootToo, CaScope scope) {
    return isRootToo && !scope.isAll()
        ? Optional.of("a root is for all: prepare it without an environment, then a CA for that")
        : Optional.empty();
  }

  private static Optional<IssuingCa> waiting(Cas cas) {
    return cas.issuing().stream()
        .filter(one -> one.stage().state() == CaState.PREPARED)
        .findFirst();
  }

  /** Why no other CA is prepared now. */
  static Optional<String> obstacle(Cas cas, boolean isRootToo) {
    long trusted = cas.issuing().stream().filter(one -> one.stage().state().isTrusted()).count();
    return waiting(cas)
        .map(one -> one.id() + " is prepared already: activate it or retire it first")
        .or(
            () ->
                trusted < TRUSTED_MAX
                    ? Optional.empty()
                    : Optional.of(
                        "%d issuing CAs are trusted, and no more may be: retire those that were"
                                .formatted(trusted)
                            + " followed first"))
        .or(
            () ->
                isRootToo && cas.roots().stream().filter(RootCa::isTrusted).count() >= ROOTS_MAX
                    ? Optional.of(
                        "%d roots are trusted, and from one more not all would be found: retire or"
                                .formatted(ROOTS_MAX)
                            + " revoke one that was followed first")
                    : Optional.empty());
  }

  private String keyAway(String root) {
    return ("%s.key.sealed is not in %s: put it back there from where you keep it, and try"
            + " again; of a root that is kept apart ask with `authority request`")
        .formatted(root, authority.files().path());
  }

  private Outcome prepare(Wanted wanted, RootCa root, SigningKey rootKey, CaAct.Because because) {
    boolean isRootToo = wanted.isRootToo();
    Cas cas = authority.cas();
    authority.settle();
    int number = authority.files().nextNumber();
    var stage = new Stage(CaState.PREPARED, now());
    var acts = new ArrayList<CaAct>();
    RootCa above = root;
    SigningKey aboveKey = rootKey;
    if (isRootToo) {
      Made made = authority.files().make(CaStates.ROOT + "-" + number);
      above = nextRoot(CaStates.ROOT + "-" + number, made, root, rootKey);
      aboveKey = made.key();
      acts.add(act(CaState.PREPARED, above.id(), above.certificate(), because));
    }
    var entry =
        new CaStates.Entry(CaStates.ISSUING + "-" + number, above.id(), wanted.scope(), stage);
    IssuingCa made = nextIssuing(entry, above, aboveKey);
    acts.add(act(CaState.PREPARED, made.id(), made.certificate(), because));
    var roots = new ArrayList<>(cas.roots());
    if (isRootToo) {
      roots.add(above);
    }
    var issuing = new ArrayList<>(cas.issuing());
    issuing.add(made);
    authority.become(new Cas(roots, issuing), acts);
    return new Outcome.Done(facts(made.id()));
  }

  // Its files are there before anything says that it is: what a crash leaves is nobody's.
  private RootCa nextRoot(String id, Made pair, RootCa before, SigningKey beforeKey) {
    Setup setup = authority.setup();
    CaFolder files = authority.files();
    Instant now = now();
    Instant start = now.minus(ProfileCheck.BACKDATED);
    X509Certificate certificate =
        CertificateIssuer.selfSigned(
            new Authority(
                CaFounding.rootName(setup.trustDomain()),
                serial(),
                start,
                now.plus(CaFounding.ROOT_LIFE)),
            pair.publicKey(),
            pair.key());
    var signer = new CertificateIssuer(certificate, pair.key());
    var crosses = new ArrayList<Cross>();
    crosses.add(cross(signer, before, beforeKey));
    // From each of them directly, so that one between may be revoked.
    for (RootCa other : authority.cas().roots().reversed()) {
      if (other.isTrusted() && !other.id().equals(before.id())) {
        files.key(other.id()).ifPresent(key -> crosses.add(cross(signer, other, key)));
      }
    }
    Bytes list = signer.crl(BigInteger.ONE, start, now.plus(CaFounding.ROOT_CRL_LIFE), List.of());
    files.keep(id, pair);
    files.crosses(id, crosses.stream().flatMap(cross -> cross.both().stream()).toList());
    files.write(id + CaFolder.LIST, list.toArray());
    files.certificates(id, List.of(certificate));
    var stage = new Stage(CaState.PREPARED, now);
    return new RootCa(id, certificate, crosses, list, stage);
  }

  private Cross cross(CertificateIssuer signer, RootCa older, SigningKey olderKey) {
    Instant start = now().minus(ProfileCheck.BACKDATED);
    X509Certificate old = older.certificate();
    Instant end = earlier(old, signer.certificate());
    return new Cross(
        older.id(),
        new CertificateIssuer(old, olderKey)
            .crossCertify(serial(), start, end, signer.certificate().getPublicKey()),
        signer.crossCertify(serial(), start, end, old.getPublicKey()));
  }

  private IssuingCa nextIssuing(CaStates.Entry entry, RootCa root, SigningKey rootKey) {
    String id = entry.id();
    Setup setup = authority.setup();
    Made pair = authority.files().make(id);
    Instant now = now();
    Instant end = now.plus(CaFounding.ISSUING_LIFE);
    Instant rootEnd = root.certificate().getNotAfter().toInstant();
    X509Certificate certificate =
        new CertificateIssuer(root.certificate(), rootKey)
            .issueAuthority(
                new Authority(
                    CaFounding.issuingName(id, setup.trustDomain()),
                    serial(),
                    now.minus(ProfileCheck.BACKDATED),
                    end.isBefore(rootEnd) ? end : rootEnd),
                pair.publicKey());
    authority.files().keep(id, pair);
    authority.files().certificates(id, List.of(certificate));
    return IssuingCa.of(entry, pair.key(), List.of(certificate));
  }

  /**
   * Has the issuing CA {@code id} sign from now on, and the one that did so far nothing more; one
   * that was followed may take over again.
   */
  public Outcome activate(String id, CaAct.Because because) {
    synchronized (authority) {
      Cas cas = authority.cas();
      Optional<IssuingCa> found = cas.find(id);
      if (found.isEmpty()) {
        return notIssuing(id);
      }
      IssuingCa next = found.get();
      if (next.stage().state() == CaState.ACTIVE) {
        return new Outcome.Unchanged(facts(id));
      }
      if (!next.stage().state().isTrusted()) {
        return new Outcome.Refused(
            "%s is %s, and stays so: prepare another".formatted(id, next.stage().state().text()));
      }
      Instant now = now();
      if (!now.isBefore(next.certificate().getNotAfter().toInstant())) {
        return new Outcome.Refused(
            "%s ended at %s: prepare another"
                .formatted(id, next.certificate().getNotAfter().toInstant()));
      }
      var acts = new ArrayList<CaAct>();
      Optional<IssuingCa> last = cas.activeOf(next.scope());
      last.ifPresent(
          one -> acts.add(act(CaState.SUPERSEDED, one.id(), one.certificate(), because)));
      Cas changed = cas;
      if (next.scope().isAll() && !next.root().equals(cas.active().root())) {
        RootCa from = cas.activeRoot();
        RootCa to = cas.root(next.root());
        changed =
            cas.withRoot(from.id(), one -> one.with(new Stage(CaState.SUPERSEDED, now)))
                .withRoot(to.id(), one -> one.with(new Stage(CaState.ACTIVE, now)));
        acts.add(act(CaState.SUPERSEDED, from.id(), from.certificate(), because));
        acts.add(act(CaState.ACTIVE, to.id(), to.certificate(), because));
      }
      acts.add(act(CaState.ACTIVE, id, next.certificate(), because));
      authority.become(
          changed.withIssuing(
              one -> {
                if (one.id().equals(id)) {
                  return one.with(new Stage(CaState.ACTIVE, now));
                }
                return last.filter(it -> it.id().equals(one.id())).isPresent()
                    ? one.with(new Stage(CaState.SUPERSEDED, now))
                    : one;
              }),
          acts);
      return new Outcome.Done(facts(id));
    }
  }

  /**
   * Has no door take what the issuing CA {@code id} signed. Refused while anybody has a good
   * certificate of it: they would be cut off. One that signs for a scope of its own only ceases to
   * sign, and who stands in for it takes over; again, once nothing is left of it, retires it.
   */
  public Outcome retire(String id, CaAct.Because because) {
    Optional<Outcome> settled = retirable(id);
    if (settled.isPresent()) {
      return settled.get();
    }
    Optional<Outcome> ceased = ceased(id, because);
    if (ceased.isPresent()) {
      return ceased.get();
    }
    // Reads all credentials, and nobody waits for that; one that was followed signs no more.
    Set<Fingerprint> names = authority.cas().find(id).orElseThrow().fingerprints();
    Remaining left = authority.setup().register().remaining(names);
    if (left.count() > 0) {
      return new Outcome.Refused(
          ("%d certificates of %s are still good, the last one until %s (certificate list --issuer"
               + " %2$s): wait until they are renewed, have them renewed, or revoke it, which cuts"
               + " them off")
              .formatted(left.count(), id, left.until()));
    }
    synchronized (authority) {
      return retirable(id)
          .orElseGet(
              () -> {
                IssuingCa one = authority.cas().find(id).orElseThrow();
                end(List.of(one), CaState.RETIRED, because, List.of());
                authority.renew();
                return new Outcome.Done(facts(id));
              });
    }
  }

  /** What came of it already; empty where it may be retired. */
  private Optional<Outcome> retirable(String id) {
    return authority
        .cas()
        .find(id)
        .map(IssuingCa::stage)
        .map(Stage::state)
        .map(state -> retirable(id, state))
        .orElseGet(() -> Optional.of(notIssuing(id)));
  }

  private Optional<Outcome> ceased(String id, CaAct.Because because) {
    synchronized (authority) {
      Optional<IssuingCa> signing =
          authority.cas().find(id).filter(one -> one.stage().state() == CaState.ACTIVE);
      if (signing.isEmpty()) {
        return Optional.empty();
      }
      var stage = new Stage(CaState.SUPERSEDED, now());
      authority.become(
          authority.cas().withIssuing(one -> one.id().equals(id) ? one.with(stage) : one),
          List.of(act(stage, id, signing.get().certificate(), because)));
      return Optional.of(new Outcome.Done(facts(id)));
    }
  }

  private boolean isForAll(String id) {
    return authority.cas().find(id).filter(one -> !one.scope().isAll()).isEmpty();
  }

  private Optional<Outcome> retirable(String id, CaState state) {
    return switch (state) {
      case RETIRED -> Optional.of(new Outcome.Unchanged(facts(id)));
      case ACTIVE -> isForAll(id) ? Optional.of(new Outcome.Refused(active(id))) : Optional.empty();
      case REVOKED ->
          Optional.of(new Outcome.Refused(id + " is revoked, which is more than retired"));
      case PREPARED, SUPERSEDED -> Optional.empty();
    };
  }

  /**
   * Ends the trust in {@code id} at once, also of everything that it signed; of a root all issuing
   * CAs below it. The caller then revokes those certificates one by one. A root's list says so as
   * soon as the root's key is there.
   */
  public Outcome revoke(String id, CaAct.Because because) {
    synchronized (authority) {
      Cas cas = authority.cas();
      Optional<RootCa> root = cas.findRoot(id);
      List<IssuingCa> ended =
          root.isPresent()
              ? cas.issuing().stream().filter(one -> one.root().equals(id)).toList()
              : cas.find(id).stream().toList();
      Optional<CaState> state =
          root.map(RootCa::stage).or(() -> cas.find(id).map(IssuingCa::stage)).map(Stage::state);
      if (state.isEmpty()) {
        return new Outcome.Unknown();
      }
      if (state.get() == CaState.ACTIVE && isForAll(id)) {
        return new Outcome.Refused(active(id));
      }
      if (state.get() == CaState.REVOKED) {
        return new Outcome.Unchanged(facts(id));
      }
      if (root.isPresent() && isOnlyWay(cas, root.get())) {
        return new Outcome.Refused(
            ("devices that know another root only find the way to %s through %s: put the keys of"
                    + " all roots that are trusted into ca/, prepare another root, activate it, and"
                    + " revoke this one then")
                .formatted(cas.active().root(), id));
      }
      end(ended, CaState.REVOKED, because, root.stream().toList());
      authority.renew();
      return new Outcome.Done(facts(id));
    }
  }

  // To the active one from a root that is trusted, for whoever has that one only.
  private boolean isOnlyWay(Cas cas, RootCa root) {
    Set<String> found = new HashSet<>(cas.found(now()));
    found.remove(root.id());
    Cas without = cas.withRoot(root.id(), one -> one.with(new Stage(CaState.REVOKED, now())));
    return !without.found(now()).containsAll(found);
  }

  /** The roots that certified {@code id} and whose lists lack a CA that was revoked. */
  public List<String> unlistedAt(String id) {
    Cas cas = authority.cas();
    return cas.certifiersOf(id).stream().filter(cas::lacksRevoked).map(RootCa::id).toList();
  }

  private static String active(String id) {
    return ("%s is active: prepare another and activate that first (authority prepare, authority"
            + " activate)")
        .formatted(id);
  }

  private Outcome notIssuing(String id) {
    return authority.cas().findRoot(id).isPresent()
        ? new Outcome.Refused(
            "%s is a root: name the issuing CA below it, and the root goes along".formatted(id))
        : new Outcome.Unknown();
  }

  // A root goes along once nothing below it is trusted; it is revoked where it is named itself.
  private void end(
      List<IssuingCa> ended, CaState state, CaAct.Because because, List<RootCa> named) {
    Instant now = now();
    var acts = new ArrayList<CaAct>();
    List<String> ids = new ArrayList<>();
    for (IssuingCa one : ended) {
      if (one.stage().state() != CaState.REVOKED) {
        ids.add(one.id());
        acts.add(act(state, one.id(), one.certificate(), because));
      }
    }
    Cas changed =
        authority
            .cas()
            .withIssuing(one -> ids.contains(one.id()) ? one.with(new Stage(state, now)) : one);
    for (RootCa root : changed.roots()) {
      boolean isNamed = named.stream().anyMatch(one -> one.id().equals(root.id()));
      boolean isLeft =
          root.isTrusted()
              && root.stage().state() != CaState.ACTIVE
              && changed.issuing().stream()
                  .noneMatch(
                      one -> one.root().equals(root.id()) && one.stage().state().isTrusted());
      if (isNamed || isLeft) {
        CaState to = isNamed ? state : CaState.RETIRED;
        changed = changed.withRoot(root.id(), one -> one.with(new Stage(to, now)));
        acts.add(act(to, root.id(), root.certificate(), because));
      }
    }
    authority.become(changed, acts);
  }

  private CaAct act(CaState state, String id, X509Certificate certificate, CaAct.Because because) {
    return act(new Stage(state, now()), id, certificate, because);
  }

  static CaAct act(Stage stage, String id, X509Certificate certificate, CaAct.Because because) {
    return new CaAct(
        0,
        stage.state(),
        id,
        Certificates.fingerprint(certificate).hex(),
        because.who().uri(),
        because.reason(),
        stage.since());
  }

  /** When the first of both ends. */
  static Instant earlier(X509Certificate one, X509Certificate other) {
    Instant end = one.getNotAfter().toInstant();
    Instant otherEnd = other.getNotAfter().toInstant();
    return end.isBefore(otherEnd) ? end : otherEnd;
  }

  private BigInteger serial() {
    return CertificateAuthority.serial(authority.setup().entropy());
  }

  private Instant now() {
    return authority.setup().clock().instant().truncatedTo(ChronoUnit.SECONDS);
  }
}
