package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.identity.CaRollover.Outcome;
import io.telltale.identity.CertificateAuthority.Issued;
import io.telltale.identity.CredentialRegister.Entitlement;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-1: an issuing CA for an environment of its own. */
class CaScopeTest {
  private static final SpiffeId DEVICE = House.MACHINE.in(House.TRUST_DOMAIN);
  private static final SpiffeId DOOR =
      new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door");
  private static final CaAct.Because BECAUSE = new CaAct.Because(DOOR, "as planned");
  private static final CaScope PILOT = new CaScope("default/pilot");

  @TempDir Path folder;
  private House house;

  @BeforeEach
  void open() {
    house = new House(folder.resolve("ca"));
  }

  private CaRollover rollover() {
    return house.authority.rollover();
  }

  private static void done(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
  }

  private X509Certificate device(CaScope of) {
    house.register.scope = of;
    var profile = Profile.device(DEVICE, Profile.DEVICE_VALIDITY);
    var by = new Entitlement.Operator("test");
    return ((Issued.Certificate)
            house.authority.issue(profile, EcdsaP256.generate().getPublic(), by))
        .leaf();
  }

  private String issuer(X509Certificate leaf) {
    return house.authority.cas().issuing().stream()
        .filter(
            one ->
                one.certificate().getSubjectX500Principal().equals(leaf.getIssuerX500Principal()))
        .findFirst()
        .orElseThrow()
        .id();
  }

  private void forPilot() {
    done(rollover().prepare(false, PILOT, BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
  }

  @Test
  void devices_of_an_environment_have_its_ca_and_all_else_the_one_for_all() {
    forPilot();
    assertThat(issuer(device(PILOT))).isEqualTo("issuing-2");
    assertThat(issuer(device(new CaScope("default/prod")))).isEqualTo("issuing");
    assertThat(issuer(device(new CaScope("other/pilot")))).isEqualTo("issuing");
    house.register.scope = PILOT;
    assertThat(issuer(ServiceIdentity.service(house.authority, DOOR, List.of()).chain().getFirst()))
        .isEqualTo("issuing");
    house = new House(folder.resolve("ca"), Optional.empty(), house);
    assertThat(issuer(device(PILOT))).isEqualTo("issuing-2");
    assertThat(rollover().facts("issuing").state()).isEqualTo(CaState.ACTIVE);
  }

  @Test
  void a_tenants_ca_stands_in_for_its_environments() {
    done(rollover().prepare(false, new CaScope("default"), BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
    assertThat(issuer(device(PILOT))).isEqualTo("issuing-2");
    assertThat(issuer(device(new CaScope("other/pilot")))).isEqualTo("issuing");
  }

  @Test
  void one_follows_another_of_its_scope_and_leaves_the_others_alone() {
    forPilot();
    X509Certificate before = device(PILOT);
    done(rollover().prepare(false, PILOT, BECAUSE));
    done(rollover().activate("issuing-3", BECAUSE));
    assertThat(rollover().facts("issuing-2").state()).isEqualTo(CaState.SUPERSEDED);
    assertThat(rollover().facts("issuing").state()).isEqualTo(CaState.ACTIVE);
    assertThat(issuer(device(PILOT))).isEqualTo("issuing-3");
    assertThat(house.authority.trust().check(List.of(before), Usage.CLIENT, house.clock.instant()))
        .isInstanceOf(TrustedRoots.Verdict.Trusted.class);
  }

  @Test
  void a_scope_ends_by_ceasing_and_then_retiring_and_who_stands_in_takes_over() {
    forPilot();
    X509Certificate leaf = device(PILOT);
    done(rollover().retire("issuing-2", BECAUSE));
    assertThat(rollover().facts("issuing-2").state()).isEqualTo(CaState.SUPERSEDED);
    assertThat(issuer(device(PILOT))).isEqualTo("issuing");
    assertThat(rollover().retire("issuing-2", BECAUSE).toString()).contains("still good");
    house.register.revoke(
        Certificates.fingerprint(leaf), leaf.getSerialNumber(), house.clock.instant(), 1);
    house.clock.move(Profile.DEVICE_VALIDITY);
    done(rollover().retire("issuing-2", BECAUSE));
    assertThat(rollover().facts("issuing-2").state()).isEqualTo(CaState.RETIRED);
  }

  @Test
  void a_stolen_key_of_a_scope_is_revoked_at_once_and_that_of_all_is_followed_first() {
    forPilot();
    assertThat(rollover().revoke("issuing", BECAUSE).toString()).contains("issuing is active");
    done(rollover().revoke("issuing-2", BECAUSE));
    assertThat(issuer(device(PILOT))).isEqualTo("issuing");
  }

  @Test
  void a_new_root_takes_over_from_the_one_for_all_and_scopes_follow_one_by_one() {
    forPilot();
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-3", BECAUSE));
    assertThat(issuer(device(PILOT))).isEqualTo("issuing-2");
    assertThat(rollover().facts("root").state()).isEqualTo(CaState.SUPERSEDED);
    done(rollover().prepare(false, PILOT, BECAUSE));
    done(rollover().activate("issuing-4", BECAUSE));
    assertThat(rollover().facts("issuing-4").above()).isEqualTo("root-3");
    assertThat(rollover().prepare(true, PILOT, BECAUSE).toString()).contains("a root is for all");
  }

  @Test
  void agents_are_told_to_move_to_the_ca_of_their_environment_and_back() {
    X509Certificate leaf = device(PILOT);
    assertThat(rollover().prepare(false, PILOT, BECAUSE)).isInstanceOf(Outcome.Done.class);
    house.clock.move(Duration.ofDays(1));
    done(rollover().activate("issuing-2", BECAUSE));
    String activated = rollover().facts("issuing-2").since().toString();
    assertThat(info(leaf)).contains("\"start\":\"" + activated + "\"");
    X509Certificate next = device(PILOT);
    assertThat(info(next)).doesNotContain(activated);
    house.clock.move(Duration.ofHours(1));
    done(rollover().retire("issuing-2", BECAUSE));
    // Whoever stands in began long ago: at once.
    assertThat(info(next))
        .contains("\"start\":\"" + rollover().facts("issuing").since().toString());
  }

  private String info(X509Certificate leaf) {
    String id = io.telltale.crypto.x509.RenewalId.of(leaf).orElseThrow().text();
    return house
        .site
        .handle(
            House.request(
                "/renewal-info/" + id,
                java.util.Map.of(),
                io.telltale.kernel.Bytes.EMPTY,
                List.of()))
        .body()
        .asUtf8();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "a/", "/b", "a/b/c", "a b", "\u00e4", "a/b\n"})
  void what_is_no_scope_is_none(String text) {
    assertThatThrownBy(() -> new CaScope(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
