package io.telltale.server.operations;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pem;
import io.telltale.identity.CaAct;
import io.telltale.identity.CaCeremony;
import io.telltale.identity.CaFacts;
import io.telltale.identity.CaRollover;
import io.telltale.identity.CaScope;
import io.telltale.identity.CaState;
import io.telltale.identity.RootAnswer;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Event;
import io.telltale.kernel.Fingerprint;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.IssuerCredentials.Good;
import io.telltale.server.Foundation;
import io.telltale.server.api.AuthorityOperations;
import io.telltale.server.upkeep.RevokedCas;
import io.telltale.server.upkeep.Upkeep;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What operators do with CAs. */
final class CaOperations implements AuthorityOperations {
  // Of what a revoked CA issued the rest is revoked behind the answer.
  private static final Duration REVOKING_MAX = Duration.ofSeconds(5);

  private static final String NO_ENVIRONMENT =
      "an environment with a CA of its own has letters, digits, dots, - and _ only, 64 at most";

  private final Foundation foundation;
  private final Upkeep upkeep;

  CaOperations(Foundation foundation, Upkeep upkeep) {
    this.foundation = foundation;
    this.upkeep = upkeep;
  }

  private CaRollover rollover() {
    return foundation.authority().rollover();
  }

  @Override
  public List<Authority> list() {
    Map<Fingerprint, Good> good = foundation.registry().ofIssuers().good();
    return rollover().list().stream().map(ca -> shown(ca, count(ca, good))).toList();
  }

  private static OptionalLong count(CaFacts ca, Map<Fingerprint, Good> good) {
    return ca.isRoot()
        ? OptionalLong.empty()
        : OptionalLong.of(
            good.entrySet().stream()
                .filter(one -> ca.names().contains(one.getKey()))
                .mapToLong(one -> one.getValue().count())
                .sum());
  }

  private static Authority shown(CaFacts ca, OptionalLong good) {
    X509Certificate certificate = ca.certificate();
    return new Authority(
        ca.id(),
        ca.isRoot() ? "root" : "issuing",
        ca.above(),
        ca.scope().text(),
        ca.state().text(),
        ca.since(),
        certificate.getSubjectX500Principal().getName(),
        Certificates.fingerprint(certificate).hex(),
        certificate.getSerialNumber().toString(16),
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant(),
        ca.isKeyThere(),
        good,
        Pem.certificates(List.of(certificate)));
  }

  @Override
  public Set<Fingerprint> names(String id) {
    return rollover().list().stream()
        .filter(ca -> ca.id().equals(id) && !ca.isRoot())
        .findFirst()
        .map(CaFacts::names)
        .orElse(Set.of());
  }

  @Override
  public String chain(Fingerprint issuer) {
    return Pem.certificates(foundation.authority().above(issuer));
  }

  @Override
  public Outcome prepare(boolean isRootToo, String environment, Because because) {
    return scope(because.who(), environment)
        .map(scope -> outcome(rollover().prepare(isRootToo, scope, because(because))))
        .orElseGet(() -> new Outcome.Refused(NO_ENVIRONMENT));
  }

  private static Optional<CaScope> scope(SpiffeId who, String environment) {
    return environment.isEmpty() ? Optional.of(CaScope.ALL) : CaScope.of(who.tenant(), environment);
  }

  @Override
  public Outcome change(Verb verb, String id, Because because) {
    CaAct.Because why = because(because);
    return outcome(
        switch (verb) {
          case ACTIVATE -> rollover().activate(id, why);
          case RETIRE -> rollover().retire(id, why);
          case REVOKE -> rollover().revoke(id, why);
        });
  }

  @Override
  public Asked request(Wanted what, SpiffeId who) {
    Optional<X509Certificate> root =
        Pem.readCertificates(what.rootPem()).filter(found -> found.size() == 1).map(List::getFirst);
    if (root.isEmpty() && !what.rootPem().isEmpty()) {
      return new Asked.Refused("root is not one certificate in PEM");
    }
    Optional<CaScope> scope = scope(who, what.environment());
    if (scope.isEmpty()) {
      return new Asked.Refused(NO_ENVIRONMENT);
    }
    CaCeremony ceremony = foundation.authority().ceremony();
    return switch (what.isExtension() ? ceremony.extension() : ceremony.next(root, scope.get())) {
      case CaCeremony.Asked.Request(var file) -> {
        tell("authority.requested", who.uri(), Map.of("request", Hash.sha256(file).hex()));
        yield new Asked.Request(file.asUtf8());
      }
      case CaCeremony.Asked.Refused(String why) -> new Asked.Refused(why);
    };
  }

  @Override
  public Outcome install(String answer, Because because) {
    return RootAnswer.read(Bytes.utf8(answer))
        .map(
            read -> {
              var installed = foundation.authority().ceremony().install(read, because(because));
              if (installed instanceof CaRollover.Outcome.Extended(CaFacts ca)) {
                tell("authority.renewed", because.who().uri(), extended(ca, because));
              }
              return outcome(installed);
            })
        .orElseGet(() -> new Outcome.Refused("that is no answer of a root: see `root sign`"));
  }

  private static Map<String, String> extended(CaFacts ca, Because because) {
    return Map.of(
        "what",
        ca.id() + ", " + ca.above() + ".crl",
        "notAfter",
        ca.certificate().getNotAfter().toInstant().toString(),
        "reason",
        because.reason());
  }

  private void tell(String type, String actor, Map<String, String> details) {
    foundation
        .ledger()
        .record(
            Event.of(
                type,
                foundation.clock().instant(),
                TenantId.DEFAULT,
                actor,
                foundation.names().authority().uri(),
                details));
  }

  private static CaAct.Because because(Because because) {
    return new CaAct.Because(because.who(), because.reason());
  }

  private Outcome outcome(CaRollover.Outcome outcome) {
    return switch (outcome) {
      case CaRollover.Outcome.Done(CaFacts ca) -> changed(ca);
      case CaRollover.Outcome.Extended(CaFacts ca) -> changed(ca);
      case CaRollover.Outcome.Unchanged(CaFacts ca) -> done(ca);
      case CaRollover.Outcome.Unknown() -> new Outcome.Unknown();
      case CaRollover.Outcome.Refused(String why) -> new Outcome.Refused(why);
    };
  }

  private Outcome changed(CaFacts ca) {
    // At once: doors show who signs now, the bundle names it, the ledger tells of it.
    upkeep.round();
    return done(ca);
  }

  private Outcome done(CaFacts ca) {
    long revoked = 0;
    if (ca.state() == CaState.REVOKED) {
      upkeep.revokeIssued(REVOKING_MAX);
      revoked =
          rollover().list().stream()
              .filter(one -> !one.isRoot())
              .filter(one -> one.id().equals(ca.id()) || one.above().equals(ca.id()))
              .map(one -> upkeep.revokedCas().of(one.id()))
              .mapToLong(RevokedCas.Progress::revoked)
              .sum();
    }
    return new Outcome.Done(
        shown(ca, OptionalLong.empty()), revoked, rollover().unlistedAt(ca.id()));
  }
}
