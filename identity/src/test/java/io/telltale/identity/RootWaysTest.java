package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.TrustedRoots.Verdict;
import io.telltale.crypto.x509.Usage;
import io.telltale.identity.CaRollover.Outcome;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ID-1: from whichever root one knows one finds the way to the one that is active. */
class RootWaysTest {
  private static final SpiffeId DOOR =
      new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door");
  private static final CaAct.Because BECAUSE = new CaAct.Because(DOOR, "as planned");

  @TempDir Path folder;
  private Path ca;
  private House house;

  @BeforeEach
  void open() {
    ca = folder.resolve("ca");
    house = new House(ca);
  }

  private void again() {
    house = new House(ca, Optional.empty(), house);
  }

  private CaRollover rollover() {
    return house.authority.rollover();
  }

  private boolean isTrusted(TrustedRoots roots, List<X509Certificate> chain, Usage usage) {
    return roots.check(chain, usage, house.clock.instant()) instanceof Verdict.Trusted;
  }

  private CaState state(String id) {
    return rollover().facts(id).state();
  }

  private static void done(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
  }

  private static String refusal(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused) outcome).why();
  }

  private void follow(int number) {
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-" + number, BECAUSE));
  }

  private List<X509Certificate> shown() {
    return ServiceIdentity.service(house.authority, DOOR, List.of()).chain();
  }

  private boolean findsTheWay(X509Certificate root) {
    return isTrusted(new TrustedRoots(List.of(root)), shown(), Usage.SERVER);
  }

  private X509Certificate root(String id) {
    return house.authority.cas().root(id).certificate();
  }

  @Test
  void a_middle_root_is_revoked_and_those_who_know_the_first_still_find_the_way() {
    follow(2);
    follow(3);
    done(rollover().revoke("root-2", BECAUSE));
    assertThat(findsTheWay(root("root"))).isTrue();
    assertThat(findsTheWay(root("root-3"))).isTrue();
    assertThat(findsTheWay(root("root-2"))).isFalse();
    assertThat(rollover().unlistedAt("root-2")).isEmpty();
    for (String id : List.of("root", "root-3")) {
      RootCa signer = house.authority.cas().root(id);
      List<BigInteger> links =
          house.authority.cas().roots().stream()
              .flatMap(root -> root.crosses().stream().flatMap(cross -> cross.both().stream()))
              .filter(link -> CertificateFacts.signedBy(link, signer.certificate().getPublicKey()))
              .filter(link -> link.getPublicKey().equals(root("root-2").getPublicKey()))
              .map(X509Certificate::getSerialNumber)
              .toList();
      assertThat(ListFacts.revoked(signer.crl())).as(id).containsAll(links);
      assertThat(links).as(id).isNotEmpty();
    }
    again();
    assertThat(findsTheWay(root("root"))).isTrue();
  }

  @Test
  void a_middle_root_that_is_the_only_way_is_not_revoked() throws Exception {
    follow(2);
    Path key = ca.resolve("root.key.sealed");
    byte[] sealed = Files.readAllBytes(key);
    Files.delete(key);
    follow(3);
    assertThat(findsTheWay(root("root"))).isTrue();
    assertThat(refusal(rollover().revoke("root-2", BECAUSE))).contains("through root-2");
    Files.write(key, sealed);
    assertThat(refusal(rollover().prepare(true, CaScope.ALL, BECAUSE)))
        .contains("3 roots are trusted");
  }

  @Test
  void whoever_has_the_newer_root_only_finds_the_way_back() {
    follow(2);
    done(rollover().activate("issuing", BECAUSE));
    assertThat(findsTheWay(root("root-2"))).isTrue();
    follow(3);
    done(rollover().activate("issuing-2", BECAUSE));
    for (String id : List.of("root", "root-2", "root-3")) {
      assertThat(findsTheWay(root(id))).as(id).isTrue();
    }
    done(rollover().activate("issuing", BECAUSE));
    for (String id : List.of("root", "root-2", "root-3")) {
      assertThat(findsTheWay(root(id))).as(id).isTrue();
    }
  }

  @Test
  void a_middle_root_that_was_retired_leaves_the_way_as_it_was() {
    follow(2);
    follow(3);
    done(rollover().retire("issuing-2", BECAUSE));
    assertThat(state("root-2")).isEqualTo(CaState.RETIRED);
    assertThat(findsTheWay(root("root"))).isTrue();
    assertThat(house.authority.published())
        .doesNotContain(root("root-2"))
        .containsAll(house.authority.cas().root("root-2").crosses().getFirst().both());
    // Another has its place.
    follow(4);
    assertThat(findsTheWay(root("root"))).isTrue();
  }

  // Of who ceased, and nothing that a list ever said is dropped.
  @Test
  void a_list_names_who_was_retired_and_all_that_it_named_before() throws Exception {
    done(rollover().prepare(false, CaScope.ALL, BECAUSE));
    done(rollover().retire("issuing-2", BECAUSE));
    X509Certificate retired = house.authority.cas().find("issuing-2").orElseThrow().certificate();
    assertThat(ListFacts.lines(house.authority.cas().activeRoot().crl()))
        .extracting(line -> line.serial() + " " + line.reason())
        .containsExactly(retired.getSerialNumber() + " 5");
    done(rollover().revoke("issuing-2", BECAUSE));
    assertThat(ListFacts.lines(house.authority.cas().activeRoot().crl()))
        .extracting(line -> line.serial() + " " + line.reason())
        .containsExactly(retired.getSerialNumber() + " 2");
    RootCa root = house.authority.cas().activeRoot();
    Cas without = new Cas(List.of(root), List.of(house.authority.cas().active()));
    assertThat(without.revokedBelow(root))
        .extracting(CertificateIssuer.Revoked::serial)
        .containsExactly(retired.getSerialNumber());
  }

  @Test
  void whoever_has_the_first_root_only_finds_the_way_to_later_ones() {
    X509Certificate first = house.authority.root();
    for (int round = 2; round < 4; round++) {
      done(rollover().prepare(true, CaScope.ALL, BECAUSE));
      done(rollover().activate("issuing-" + round, BECAUSE));
      List<X509Certificate> shown =
          ServiceIdentity.service(house.authority, DOOR, List.of()).chain();
      assertThat(shown).hasSize(round + 1);
      assertThat(isTrusted(new TrustedRoots(List.of(first)), shown, Usage.SERVER)).isTrue();
      assertThat(isTrusted(new TrustedRoots(house.authority.roots()), shown, Usage.SERVER))
          .isTrue();
      assertThat(isTrusted(new TrustedRoots(List.of(house.authority.root())), shown, Usage.SERVER))
          .isTrue();
    }
    assertThat(house.authority.roots()).hasSize(3).startsWith(house.authority.root());
  }
}
