package io.telltale.server.upkeep;

import io.telltale.identity.CaFacts;
import io.telltale.identity.CaState;
import io.telltale.identity.CertificateAuthority;
import io.telltale.identity.RevocationLists;
import io.telltale.server.Foundation;
import io.telltale.server.Operator;
import io.telltale.server.OwnIdentities;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every certificate, list and key that we make and stand on: the one inventory. */
final class Endings {
  // What we renew ourselves is near its end only when that has failed for days.
  private static final Duration MISSED_RENEWAL = Duration.ofDays(5);
  private static final Duration ROOT_WARNED = Duration.ofDays(366);
  private static final Duration LIST_WARNED = Duration.ofHours(12);
  private static final String BY_ITSELF =
      "renewed by itself; if it is not, the log says why (upkeep.failed)";
  private static final String BY_ROOT_KEY =
      "renewed by itself while the root's key is in ca/: if it was taken away, put it back for a"
          + " minute; a root that is kept apart is asked with `authority request --extend`";

  private final Foundation foundation;
  private final OwnIdentities own;
  private final Operator operator;
  private final RevocationLists lists;

  Endings(Foundation foundation, OwnIdentities own, Operator operator, RevocationLists lists) {
    this.foundation = foundation;
    this.own = own;
    this.operator = operator;
    this.lists = lists;
  }

  private static Stream<CaFacts> followed(List<CaFacts> all) {
    return all.stream().filter(ca -> ca.isRoot() && ca.state() == CaState.SUPERSEDED);
  }

  private static Optional<Instant> earliest(Stream<Instant> ends) {
    return ends.min(Comparator.naturalOrder());
  }

  List<Ending> all() {
    CertificateAuthority authority = foundation.authority();
    List<CaFacts> all = authority.rollover().list();
    Instant rootEnd = authority.root().getNotAfter().toInstant();
    return List.of(
        new Ending(
            "ca-root",
            Optional.of(rootEnd),
            ROOT_WARNED,
            "have another follow it in time: `authority prepare --root`, then `authority activate`"
                + " (docs/operating.md, \"One CA after another\")"),
        new Ending(
            "ca-issuing",
            earliest(
                all.stream()
                    .filter(ca -> !ca.isRoot() && ca.state() == CaState.ACTIVE)
                    .map(ca -> ca.certificate().getNotAfter().toInstant())),
            CertificateAuthority.ISSUING_RENEWED_BEFORE.minus(MISSED_RENEWAL),
            BY_ROOT_KEY),
        new Ending(
            "ca-root-crl",
            Optional.of(authority.rootCrlEnds()),
            CertificateAuthority.ROOT_CRL_RENEWED_BEFORE.minus(MISSED_RENEWAL),
            BY_ROOT_KEY),
        new Ending(
            "ca-followed-root",
            earliest(followed(all).map(ca -> ca.certificate().getNotAfter().toInstant())),
            ROOT_WARNED,
            "who knows that root only finds no way once it ends: see that devices and other"
                + " software have the one that followed, then retire what is below it"),
        new Ending(
            "ca-followed-root-crl",
            earliest(followed(all).flatMap(ca -> ca.listEnds().stream())),
            CertificateAuthority.ROOT_CRL_RENEWED_BEFORE.minus(MISSED_RENEWAL),
            "renewed by itself while the key of that root is in ca/ (authority list): put it back"
                + " for a minute, or retire what is below it"),
        new Ending(
            "ca-revocation-unlisted",
            earliest(
                all.stream()
                    .filter(ca -> ca.state() == CaState.REVOKED)
                    .filter(ca -> !authority.rollover().unlistedAt(ca.id()).isEmpty())
                    .map(CaFacts::since)),
            Duration.ZERO,
            "a CA was revoked, and its root's list does not say so to agents and other software:"
                + " put the root's key back into ca/ for a minute; a root that is kept apart is"
                + " asked with `authority request --extend`"),
        new Ending("ca-issuing-crl", Optional.of(lists.issuingEnds()), LIST_WARNED, BY_ITSELF),
        new Ending(
            "service",
            Optional.of(own.door().ends()),
            own.door().renewedBefore().minus(MISSED_RENEWAL),
            BY_ITSELF),
        new Ending(
            "ocsp-signer",
            Optional.of(own.ocsp().ends()),
            own.ocsp().renewedBefore().minus(MISSED_RENEWAL),
            BY_ITSELF),
        new Ending(
            "operator",
            operator.ends(),
            Operator.RENEWED_BEFORE.minus(MISSED_RENEWAL),
            "renewed by itself in operator/: who keeps a copy elsewhere copies it again"),
        Ending.never("ledger-key", "nothing: auditors hold its public half"),
        Ending.never("key-service-signer", "nothing: its public half is in the trust bundle"),
        Ending.never("epoch-keys", "nothing: one for each scope and day, made as days come"));
  }
}
