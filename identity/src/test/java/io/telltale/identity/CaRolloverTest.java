package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.TrustedRoots.Verdict;
import io.telltale.crypto.x509.Usage;
import io.telltale.identity.CaRollover.Outcome;
import io.telltale.identity.CertificateAuthority.Issued;
import io.telltale.identity.CredentialRegister.Entitlement;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-1: one CA follows another, and nobody is left behind. */
class CaRolloverTest {
  private static final SpiffeId DEVICE = House.MACHINE.in(House.TRUST_DOMAIN);
  private static final SpiffeId DOOR =
      new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door");
  private static final CaAct.Because BECAUSE =
      new CaAct.Because(
          new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator"),
          "as planned");

  @TempDir Path folder;
  private Path ca;
  private House house;

  @BeforeEach
  void open() {
    ca = folder.resolve("ca");
    house = new House(ca);
  }

  private CaRollover rollover() {
    return house.authority.rollover();
  }

  private X509Certificate device() {
    return device(house.authority);
  }

  private static X509Certificate device(CertificateAuthority authority) {
    KeyPair key = EcdsaP256.generate();
    var profile = Profile.device(DEVICE, Profile.DEVICE_VALIDITY);
    var issued = authority.issue(profile, key.getPublic(), new Entitlement.Operator("test"));
    return ((Issued.Certificate) issued).leaf();
  }

  private boolean isTaken(X509Certificate leaf) {
    return isTrusted(house.authority.trust(), List.of(leaf), Usage.CLIENT);
  }

  private boolean isTrusted(TrustedRoots roots, List<X509Certificate> chain, Usage usage) {
    return roots.check(chain, usage, house.clock.instant()) instanceof Verdict.Trusted;
  }

  private CaState state(String id) {
    return rollover().list().stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .orElseThrow()
        .state();
  }

  private void again() {
    house = new House(ca, Optional.empty(), house);
  }

  private static void done(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
  }

  private static String refusal(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused) outcome).why();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void what_either_ca_signed_is_taken_until_the_first_is_retired(boolean isRootToo) {
    X509Certificate before = device();
    done(rollover().prepare(isRootToo, CaScope.ALL, BECAUSE));
    assertThat(device().getIssuerX500Principal()).isEqualTo(before.getIssuerX500Principal());
    done(rollover().activate("issuing-2", BECAUSE));
    X509Certificate after = device();
    assertThat(after.getIssuerX500Principal()).isNotEqualTo(before.getIssuerX500Principal());
    assertThat(isTaken(before)).isTrue();
    assertThat(isTaken(after)).isTrue();
    assertThat(state("issuing")).isEqualTo(CaState.SUPERSEDED);
    assertThat(state("root")).isEqualTo(isRootToo ? CaState.SUPERSEDED : CaState.ACTIVE);

    assertThat(refusal(rollover().retire("issuing", BECAUSE)))
        .contains("2 certificates of issuing are still good");
    house.clock.move(Profile.DEVICE_VALIDITY);
    X509Certificate renewed = device();
    done(rollover().retire("issuing", BECAUSE));
    assertThat(isTaken(before)).isFalse();
    assertThat(isTaken(renewed)).isTrue();
    assertThat(state("root")).isEqualTo(isRootToo ? CaState.RETIRED : CaState.ACTIVE);
  }

  @Test
  void no_chain_brings_a_retired_ca_back_under_a_root_that_is_trusted() {
    X509Certificate old = house.authority.issuing();
    done(rollover().prepare(false, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
    X509Certificate late =
        ((Issued.Certificate)
                house.authority.issueUnder(
                    "issuing",
                    Profile.device(DEVICE, Profile.DEVICE_VALIDITY),
                    EcdsaP256.generate().getPublic(),
                    new Entitlement.Operator("test")))
            .leaf();
    assertThat(isTrusted(house.authority.trust(), List.of(late, old), Usage.CLIENT)).isTrue();
    done(rollover().revoke("issuing", BECAUSE));
    assertThat(
            isTrusted(
                house.authority.trust(), List.of(late, old, house.authority.root()), Usage.CLIENT))
        .isFalse();
  }

  @Test
  void a_root_that_was_revoked_vouches_for_none() {
    X509Certificate first = house.authority.root();
    X509Certificate before = device();
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    assertThat(refusal(rollover().revoke("root", BECAUSE))).contains("root is active");
    done(rollover().activate("issuing-2", BECAUSE));
    done(rollover().revoke("root", BECAUSE));
    assertThat(state("issuing")).isEqualTo(CaState.REVOKED);
    assertThat(isTaken(before)).isFalse();
    assertThat(house.authority.roots()).doesNotContain(first);
    assertThat(house.authority.provingRoots()).doesNotContain(first);
    List<X509Certificate> shown = ServiceIdentity.service(house.authority, DOOR, List.of()).chain();
    assertThat(shown).hasSize(2);
    assertThat(isTrusted(new TrustedRoots(List.of(first)), shown, Usage.SERVER)).isFalse();
    assertThat(house.authority.published()).doesNotContain(first).hasSize(2);
  }

  @Test
  void a_running_door_shows_no_way_from_a_root_that_was_revoked() {
    X509Certificate first = house.authority.root();
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
    var door = new RenewingIdentity(house.authority, Profile.service(DOOR, List.of()), house.clock);
    assertThat(door.renew()).isFalse();
    done(rollover().revoke("root", BECAUSE));
    assertThat(door.renew()).isTrue();
    assertThat(door.renew()).isFalse();
    assertThat(isTrusted(new TrustedRoots(List.of(first)), door.current().chain(), Usage.SERVER))
        .isFalse();
  }

  @Test
  void states_of_before_a_revocation_bring_no_ca_back() throws Exception {
    done(rollover().prepare(false, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
    byte[] before = Files.readAllBytes(ca.resolve("states.json"));
    done(rollover().revoke("issuing", BECAUSE));
    Files.write(ca.resolve("states.json"), before);
    assertThatThrownBy(this::again)
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("trusts issuing, which root.crl has revoked");
  }

  @Test
  void a_roots_list_names_the_ca_that_was_revoked_as_soon_as_its_key_is_there() throws Exception {
    done(rollover().prepare(false, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
    Path key = ca.resolve("root.key.sealed");
    byte[] sealed = Files.readAllBytes(key);
    Files.delete(key);
    X509Certificate revoked = house.authority.cas().find("issuing").orElseThrow().certificate();
    done(rollover().revoke("issuing", BECAUSE));
    assertThat(rollover().unlistedAt("issuing")).containsExactly("root");
    assertThat(house.authority.renew()).isInstanceOf(CertificateAuthority.Upkeep.RootKeyAway.class);
    Files.write(key, sealed);
    assertThat(house.authority.renew())
        .isEqualTo(new CertificateAuthority.Upkeep.Renewed(List.of("root.crl")));
    assertThat(rollover().unlistedAt("issuing")).isEmpty();
    assertThat(ListFacts.revoked(house.authority.cas().activeRoot().crl()))
        .containsExactly(revoked.getSerialNumber());
    assertThat(house.authority.renew()).isInstanceOf(CertificateAuthority.Upkeep.Nothing.class);
  }

  @Test
  void nothing_is_prepared_without_the_roots_key() throws Exception {
    Files.delete(ca.resolve("root.key.sealed"));
    assertThat(refusal(rollover().prepare(true, CaScope.ALL, BECAUSE)))
        .contains("root.key.sealed is not in " + ca);
    assertThat(rollover().list()).hasSize(2);
  }

  @Test
  void the_same_again_changes_nothing_and_another_waits() {
    done(rollover().prepare(false, CaScope.ALL, BECAUSE));
    assertThat(rollover().prepare(false, CaScope.ALL, BECAUSE))
        .isInstanceOf(Outcome.Unchanged.class);
    assertThat(refusal(rollover().prepare(true, CaScope.ALL, BECAUSE)))
        .contains("issuing-2 is prepared");
    assertThat(rollover().activate("issuing", BECAUSE)).isInstanceOf(Outcome.Unchanged.class);
    done(rollover().retire("issuing-2", BECAUSE));
    assertThat(rollover().retire("issuing-2", BECAUSE)).isInstanceOf(Outcome.Unchanged.class);
    assertThat(refusal(rollover().activate("issuing-2", BECAUSE))).contains("is retired");
    assertThat(rollover().activate("issuing-7", BECAUSE)).isInstanceOf(Outcome.Unknown.class);
    assertThat(rollover().revoke("nobody", BECAUSE)).isInstanceOf(Outcome.Unknown.class);
    assertThat(refusal(rollover().activate("root", BECAUSE))).contains("is a root");
    assertThat(refusal(rollover().retire("issuing", BECAUSE))).contains("issuing is active");
    // Its number is not given again.
    done(rollover().prepare(false, CaScope.ALL, BECAUSE));
    assertThat(state("issuing-3")).isEqualTo(CaState.PREPARED);
  }

  @Test
  void one_that_was_followed_may_take_over_again() {
    X509Certificate first = house.authority.issuing();
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
    done(rollover().activate("issuing", BECAUSE));
    assertThat(house.authority.issuing()).isEqualTo(first);
    assertThat(state("root")).isEqualTo(CaState.ACTIVE);
    assertThat(state("root-2")).isEqualTo(CaState.SUPERSEDED);
  }

  @Test
  void a_start_finds_all_as_it_was_and_what_no_event_tells_yet() {
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
    List<CaFacts> facts = rollover().list();
    List<CaAct> untold = house.authority.untold();
    assertThat(untold)
        .extracting(act -> act.state().text() + " " + act.id())
        .containsExactly(
            "prepared root-2",
            "prepared issuing-2",
            "superseded issuing",
            "superseded root",
            "active root-2",
            "active issuing-2");
    again();
    assertThat(rollover().list()).isEqualTo(facts);
    assertThat(house.authority.untold()).isEqualTo(untold);
    assertThat(untold).extracting(CaAct::number).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    house.authority.told(untold);
    again();
    assertThat(house.authority.untold()).isEmpty();
    assertThat(house.authority.acts()).isEqualTo(6);
    assertThat(rollover().list()).isEqualTo(facts);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "states.json",
        "root-2.crt.pem",
        "root-2.cross.crt.pem",
        "issuing-2.crt.pem",
        "issuing-2.key.sealed",
        "root-2.key.sealed",
        "root-2.crl"
      })
  void a_flipped_byte_or_a_lost_file_of_a_later_ca_is_named(String name) throws Exception {
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    Path file = ca.resolve(name);
    byte[] right = Files.readAllBytes(file);
    byte[] wrong = right.clone();
    wrong[wrong.length / 2] ^= 0x01;
    Files.write(file, wrong);
    assertThatThrownBy(this::again).isInstanceOf(CorruptException.class).hasMessageContaining(name);
    Files.delete(file);
    boolean isReplaced = name.equals("root-2.crl") || name.equals("root-2.key.sealed");
    if (isReplaced) {
      again();
    } else {
      assertThatThrownBy(this::again)
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining(name);
    }
    Files.write(file, right);
    again();
    assertThat(rollover().list()).hasSize(4);
  }

  @Test
  void what_a_crash_left_of_one_that_was_never_prepared_is_nobodys() throws Exception {
    done(rollover().prepare(false, CaScope.ALL, BECAUSE));
    done(rollover().retire("issuing-2", BECAUSE));
    byte[] before = Files.readAllBytes(ca.resolve("states.json"));
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    // As a crash leaves it right before the last file of all is written.
    Files.write(ca.resolve("states.json"), before);
    again();
    assertThat(rollover().list()).hasSize(3);
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    assertThat(state("issuing-4")).isEqualTo(CaState.PREPARED);
  }

  // Before anything was ever prepared there is no such file: it is there before the first other.
  @Test
  void a_crash_in_the_very_first_preparation_keeps_no_start() throws Exception {
    house.authority.settle();
    byte[] settled = Files.readAllBytes(ca.resolve("states.json"));
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    Files.write(ca.resolve("states.json"), settled);
    again();
    assertThat(rollover().list()).hasSize(2);
  }

  @Test
  void lists_and_answers_of_a_ca_go_on_after_it_was_followed() throws Exception {
    X509Certificate leaf = device();
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    done(rollover().activate("issuing-2", BECAUSE));
    house.register.revoke(
        Certificates.fingerprint(leaf), leaf.getSerialNumber(), house.clock.instant(), 1);
    for (String id : List.of("issuing", "issuing-2", "root", "root-2")) {
      var response =
          house.site.handle(House.request("/crl/" + id + ".crl", Map.of(), Bytes.EMPTY, List.of()));
      assertThat(response.status()).isEqualTo(200);
      X509Certificate signer =
          rollover().list().stream()
              .filter(one -> one.id().equals(id))
              .findFirst()
              .orElseThrow()
              .certificate();
      assertThat(ListFacts.signedBy(response.body(), signer.getPublicKey())).isTrue();
    }
    assertThat(
            CertificateFacts.signedBy(
                house.ocsp.of("issuing").current().chain().getFirst(),
                house.authority.cas().find("issuing").orElseThrow().certificate().getPublicKey()))
        .isTrue();
  }

  @Test
  void our_own_identities_follow_at_once_and_the_delegate_of_the_first_stays() {
    var door = new RenewingIdentity(house.authority, Profile.service(DOOR, List.of()), house.clock);
    var shown = new ArrayList<ServiceIdentity>();
    door.onRenewal(shown::add);
    assertThat(door.renew()).isFalse();
    done(rollover().prepare(true, CaScope.ALL, BECAUSE));
    assertThat(door.renew()).isFalse();
    done(rollover().activate("issuing-2", BECAUSE));
    X509Certificate delegate = house.ocsp.of("issuing").current().chain().getFirst();
    assertThat(door.renew()).isTrue();
    assertThat(door.renew()).isFalse();
    assertThat(shown).hasSize(1);
    house.ocsp.renew();
    assertThat(house.ocsp.of("issuing").current().chain().getFirst()).isEqualTo(delegate);
  }

  // Whatever is done in whatever order: one signs, what it signs is taken, and a start agrees.
  @Test
  void whatever_is_done_one_ca_signs_and_what_it_signs_is_taken() {
    long seed = Long.getLong("cases.seed", System.nanoTime());
    System.out.println("cases.seed=" + seed);
    RandomGenerator random = new Random(seed);
    for (int step = 0; step < 60; step++) {
      List<CaFacts> all = rollover().list();
      String id = all.get(random.nextInt(all.size())).id();
      switch (random.nextInt(6)) {
        case 0 -> rollover().prepare(random.nextBoolean(), CaScope.ALL, BECAUSE);
        case 1, 2 -> rollover().activate(id, BECAUSE);
        case 3 -> rollover().retire(id, BECAUSE);
        case 4 -> rollover().revoke(id, BECAUSE);
        default -> house.clock.move(Duration.ofDays(random.nextInt(20)));
      }
      X509Certificate leaf = device();
      assertThat(isTaken(leaf)).isTrue();
      assertThat(rollover().list()).filteredOn(one -> one.state() == CaState.ACTIVE).hasSize(2);
      assertThat(
              isTrusted(
                  new TrustedRoots(house.authority.roots()),
                  house.authority.chain(leaf),
                  Usage.CLIENT))
          .isTrue();
      for (RootCa root : house.authority.cas().roots()) {
        boolean wasActive =
            root.stage().state() == CaState.ACTIVE || root.stage().state() == CaState.SUPERSEDED;
        List<X509Certificate> shown =
            ServiceIdentity.service(house.authority, DOOR, List.of()).chain();
        assertThat(
                !wasActive
                    || isTrusted(
                        new TrustedRoots(List.of(root.certificate())), shown, Usage.SERVER))
            .as(root.id())
            .isTrue();
      }
      if (step % 20 == 19) {
        again();
      }
    }
  }
}
