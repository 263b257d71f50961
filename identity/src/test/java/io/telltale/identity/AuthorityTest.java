package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.CertificateFacts;
import io.telltale.crypto.x509.CertificateIssuer;
import io.telltale.crypto.x509.CertificateTemplate;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.Usage;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {
  private static final SpiffeId DEVICE = House.MACHINE.in(House.TRUST_DOMAIN);
  private static final SpiffeId DOOR =
      new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door");
  private static final SpiffeId OPERATOR =
      new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator");

  @TempDir Path folder;
  private House house;
  private Path ca;

  @BeforeEach
  void open() {
    ca = folder.resolve("ca");
    house = new House(ca);
  }

  @Test
  void a_second_start_finds_the_same_authority() {
    var again = CertificateAuthority.open(ca, new House.TestWrap(), house.setup());
    assertThat(again.roots()).isEqualTo(house.authority.roots());
    assertThat(again.issuing()).isEqualTo(house.authority.issuing());
  }

  @Test
  void nothing_on_disk_is_a_plain_key_or_readable_by_others() throws Exception { // ID-8
    try (var files = Files.list(ca)) {
      for (Path file : files.toList()) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
        // An unencrypted PKCS#8 of P-256 holds the algorithm's identifier.
        String hex = java.util.HexFormat.of().formatHex(Files.readAllBytes(file));
        assertThat(file.toString().endsWith(".key.sealed") && hex.contains("2a8648ce3d0201"))
            .isFalse();
      }
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(ca)))
        .isEqualTo("rwx------");
  }

  @Test
  void the_roots_key_may_be_taken_away() throws Exception { // ID-8
    Files.delete(ca.resolve("root.key.sealed"));
    House again = new House(ca);
    assertThat(device(again)).isNotNull();
  }

  @Test
  void keys_that_were_swapped_or_lost_stop_the_start() throws Exception {
    Path issuing = ca.resolve("issuing.key.sealed");
    byte[] right = Files.readAllBytes(issuing);
    Files.write(issuing, Files.readAllBytes(ca.resolve("root.key.sealed")));
    assertThatThrownBy(() -> new House(ca)).isInstanceOf(CorruptException.class);
    Files.delete(issuing);
    assertThatThrownBy(() -> new House(ca)).isInstanceOf(CorruptException.class);
    Files.write(issuing, right);
    assertThat(new House(ca).authority.issuing()).isEqualTo(house.authority.issuing());
  }

  @Test
  void a_start_that_was_cut_short_begins_again() throws Exception {
    Files.delete(ca.resolve("issuing.crt.pem"));
    assertThat(new House(ca).authority.roots()).isNotEqualTo(house.authority.roots());
  }

  // Firm ground 35
  @ParameterizedTest
  @ValueSource(strings = {"issuing.crt.pem", "issuing.key.sealed", "root.crt.pem"})
  void what_is_lost_once_devices_stand_on_it_is_named_and_not_made_anew(String lost)
      throws Exception {
    device(house);
    Files.delete(ca.resolve(lost));
    Map<Path, Bytes> left = files();
    assertThatThrownBy(() -> CertificateAuthority.open(ca, new House.TestWrap(), house.setup()))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(lost)
        .hasMessageContaining("backup");
    assertThat(files()).isEqualTo(left);
  }

  private Map<Path, Bytes> files() throws IOException {
    try (Stream<Path> all = Files.list(ca)) {
      var found = new TreeMap<Path, Bytes>();
      for (Path file : (Iterable<Path>) all::iterator) {
        found.put(file, Bytes.adopt(Files.readAllBytes(file)));
      }
      return found;
    }
  }

  @Test
  void each_kind_gets_what_its_profile_says() {
    X509Certificate device = device(house);
    var identity =
        ServiceIdentity.service(
            house.authority,
            DOOR,
            List.of(SubjectName.dns("localhost"), SubjectName.ip("127.0.0.1")));
    var person = ServiceIdentity.person(house.authority, OPERATOR);

    assertThat(facts(device).extendedKeyUsage()).containsExactly(Usage.CLIENT.oid());
    assertThat(facts(identity.chain().getFirst()).names())
        .containsExactly(
            SubjectName.uri(DOOR.uri()), SubjectName.dns("localhost"), SubjectName.ip("127.0.0.1"));
    assertThat(facts(identity.chain().getFirst()).extendedKeyUsage())
        .isEqualTo(Usage.oids(Set.of(Usage.SERVER, Usage.CLIENT)));
    assertThat(facts(person.chain().getFirst()).extendedKeyUsage())
        .containsExactly(Usage.CLIENT.oid());
    assertThat(house.register.issued).containsKeys(identity.credential(), person.credential());
    var message = io.telltale.kernel.Bytes.utf8("announcement");
    assertThat(identity.sign(message).size()).isEqualTo(64);
  }

  @Test
  void serials_are_long_random_and_validity_is_backdated_a_little() {
    var serials = new HashSet<BigInteger>();
    Instant now = house.clock.instant();
    for (int i = 0; i < 50; i++) {
      X509Certificate leaf = device(house);
      serials.add(leaf.getSerialNumber());
      assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(128);
      assertThat(leaf.getNotBefore().toInstant()).isEqualTo(now.minus(Duration.ofMinutes(5)));
      assertThat(leaf.getNotAfter().toInstant()).isEqualTo(now.plus(Duration.ofDays(30)));
    }
    assertThat(serials).hasSize(50);
  }

  @Test
  void nobody_gets_longer_than_the_ceiling() { // LC-7
    assertThatThrownBy(() -> Profile.device(DEVICE, Duration.ofDays(31)))
        .isInstanceOf(IllegalArgumentException.class);
    house.clock.move(Duration.ofDays(720));
    assertThat(device(house).getNotAfter()).isEqualTo(house.authority.issuing().getNotAfter());
  }

  @Test
  void nothing_leaves_that_the_register_does_not_know() {
    house.register.unavailable = true;
    assertThatThrownBy(() -> device(house)).isInstanceOf(UnavailableException.class);
    assertThat(house.register.issued).isEmpty();
  }

  @Test
  void the_check_after_signing_sees_every_deviation() {
    KeyPair ca = EcdsaP256.generate();
    KeyPair key = EcdsaP256.generate();
    Instant now = house.clock.instant();
    var root =
        CertificateIssuer.selfSigned(
            new CertificateIssuer.Authority(
                "r", BigInteger.ONE, now, now.plus(Duration.ofDays(400))),
            ca.getPublic(),
            ca.getPrivate());
    var issuer = new CertificateIssuer(root, ca.getPrivate());
    var profile = Profile.device(DEVICE, Duration.ofDays(30));
    BigInteger serial = BigInteger.ONE.shiftLeft(100);
    var good = new Draft(DEVICE.name(), key, serial, 30, profile.names(), Set.of(Usage.CLIENT));

    assertThat(fault(issuer, profile, key, good)).isEmpty();
    var other = List.of(SubjectName.uri(DEVICE.uri() + "0"));
    var more = List.of(SubjectName.uri(DEVICE.uri()), SubjectName.dns("machine-1"));
    var both = Set.of(Usage.CLIENT, Usage.SERVER);
    var thief = EcdsaP256.generate();
    var names = profile.names();
    var client = Set.of(Usage.CLIENT);
    var bad =
        List.of(
            new Draft("machine-2", key, serial, 30, names, client),
            new Draft("", key, serial, 30, names, client),
            new Draft(DEVICE.name(), thief, serial, 30, names, client),
            new Draft(DEVICE.name(), ca, serial, 30, names, client),
            new Draft(DEVICE.name(), key, BigInteger.TWO, 30, names, client),
            new Draft(DEVICE.name(), key, serial, 31, names, client),
            new Draft(DEVICE.name(), key, serial, 399, names, client),
            new Draft(DEVICE.name(), key, serial, 30, other, client),
            new Draft(DEVICE.name(), key, serial, 30, more, client),
            new Draft(DEVICE.name(), key, serial, 30, names, both),
            new Draft(DEVICE.name(), key, serial, 30, names, Set.of(Usage.SERVER)));
    for (Draft draft : bad) {
      assertThat(fault(issuer, profile, key, draft)).as(draft.toString()).isPresent();
    }
    X509Certificate authority =
        issuer.issueAuthority(
            new CertificateIssuer.Authority(
                DEVICE.name(), serial, now, now.plus(Duration.ofDays(30))),
            key.getPublic());
    assertThat(ProfileCheck.fault(authority, profile, key.getPublic(), root)).isPresent();
    // Signed by somebody else of the same name.
    assertThat(
            ProfileCheck.fault(
                issuer.issue(template(good)), profile, key.getPublic(), house.authority.issuing()))
        .isPresent();
  }

  private record Draft(
      String name,
      KeyPair key,
      BigInteger serial,
      int days,
      List<SubjectName> names,
      Set<Usage> usages) {}

  private CertificateTemplate template(Draft draft) {
    Instant now = house.clock.instant();
    return new CertificateTemplate(
        draft.name(),
        draft.key().getPublic(),
        draft.serial(),
        now,
        now.plus(Duration.ofDays(draft.days())),
        draft.names(),
        draft.usages(),
        Optional.empty());
  }

  private Optional<String> fault(
      CertificateIssuer issuer, Profile profile, KeyPair key, Draft draft) {
    return ProfileCheck.fault(
        issuer.issue(template(draft)), profile, key.getPublic(), issuer.certificate());
  }

  private static X509Certificate device(House house) {
    var issued =
        house.authority.issue(
            Profile.device(DEVICE, Profile.DEVICE_VALIDITY),
            EcdsaP256.generate().getPublic(),
            new CredentialRegister.Entitlement.Operator("test"));
    return ((CertificateAuthority.Issued.Certificate) issued).leaf();
  }

  private static CertificateFacts facts(X509Certificate certificate) {
    return CertificateFacts.of(certificate).orElseThrow();
  }

  // Firm ground 24: with the root's key at hand, nothing but the root ends.
  @Test
  void the_issuing_ca_is_extended_in_time_and_what_it_signed_stays_good() {
    X509Certificate old = house.authority.issuing();
    house.clock.move(Duration.ofDays(540));
    assertThat(house.authority.renew())
        .isEqualTo(new CertificateAuthority.Upkeep.Renewed(List.of("root.crl")));
    house.clock.move(Duration.ofDays(9));
    X509Certificate device = device(house);
    assertThat(house.authority.renew())
        .isEqualTo(new CertificateAuthority.Upkeep.Renewed(List.of("issuing")));
    X509Certificate extended = house.authority.issuing();
    assertThat(extended.getPublicKey()).isEqualTo(old.getPublicKey());
    assertThat(extended.getNotBefore()).isEqualTo(old.getNotBefore());
    assertThat(extended.getNotAfter()).isAfter(old.getNotAfter());
    for (X509Certificate issuer : List.of(old, extended)) {
      assertThat(
              house
                  .authority
                  .trust()
                  .check(List.of(device, issuer), Usage.CLIENT, house.clock.instant()))
          .isInstanceOf(TrustedRoots.Verdict.Trusted.class);
    }
    assertThat(house.authority.renew()).isInstanceOf(CertificateAuthority.Upkeep.Nothing.class);
    var again = CertificateAuthority.open(ca, new House.TestWrap(), house.setup());
    assertThat(again.cas().active().certificates()).containsExactly(extended, old);
    // A record names the issuer of its time, and so does its proof.
    assertThat(again.chain(device, Certificates.fingerprint(old))).containsExactly(device, old);
    assertThat(again.rootCrlEnds()).isEqualTo(house.authority.rootCrlEnds());
  }

  @Test
  void a_root_key_that_was_taken_away_is_asked_for_in_time() throws Exception {
    Files.delete(ca.resolve("root.key.sealed"));
    house.clock.move(Duration.ofDays(560));
    assertThat(house.authority.renew()).isEqualTo(new CertificateAuthority.Upkeep.RootKeyAway(ca));
    house.clock.move(Duration.ofDays(200));
    assertThatThrownBy(() -> CertificateAuthority.open(ca, new House.TestWrap(), house.setup()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("the issuing CA")
        .hasMessageContaining("put root.key.sealed back");
  }

  // Devices and auditors trust the one that was there.
  @Test
  void a_ca_that_was_in_use_and_is_lost_is_made_anew_only_where_that_is_said() throws Exception {
    device(house);
    X509Certificate before = house.authority.issuing();
    Path aside = ca.resolveSibling("aside");
    Files.move(ca, aside);
    for (boolean isThere : new boolean[] {false, true}) {
      if (isThere) {
        Files.createDirectories(ca);
      }
      assertThatThrownBy(() -> CertificateAuthority.open(ca, new House.TestWrap(), house.setup()))
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining("root.crt.pem is missing")
          .hasMessageContaining("docs/how-to/back-up-and-restore.md")
          .hasMessageContaining("touch " + ca.resolve("make-new"));
      // A copy is put there, and not into it; but another disk may be mounted on what was there.
      assertThat(Files.exists(ca)).isEqualTo(isThere);
    }
    Path spaced = ca.resolveSibling("c a");
    assertThatThrownBy(() -> CertificateAuthority.open(spaced, new House.TestWrap(), house.setup()))
        .hasMessageContaining("touch \"" + spaced.resolve("make-new") + '"');
    Files.writeString(ca.resolve("make-new"), "yes");
    var anew = CertificateAuthority.open(ca, new House.TestWrap(), house.setup());
    assertThat(anew.issuing()).isNotEqualTo(before);
    assertThat(CertificateAuthority.open(ca, new House.TestWrap(), house.setup()).isUntoldAnew())
        .as("after a crash")
        .isTrue();
    anew.toldOfAnew();
    assertThat(anew.isUntoldAnew()).isFalse();
    assertThat(ca.resolve("make-new")).doesNotExist();
  }

  /** As if the power went where the key of {@code name} is to be wrapped. */
  private static KeyWrap failingAt(String name) {
    return new KeyWrap() {
      private final KeyWrap whole = new House.TestWrap();

      @Override
      public Bytes wrap(String purpose, SecretBytes secret) {
        if (purpose.endsWith(name)) {
          throw new UnavailableException("the power");
        }
        return whole.wrap(purpose, secret);
      }

      @Override
      public SecretBytes unwrap(String purpose, Bytes wrapped) {
        return whole.unwrap(purpose, wrapped);
      }
    };
  }

  @Test
  void a_new_ca_that_was_half_made_is_made_again() throws Exception {
    device(house);
    Files.move(ca, ca.resolveSibling("aside"));
    Files.createDirectories(ca);
    Files.createFile(ca.resolve("make-new"));
    for (String crash : List.of("root", "issuing")) {
      assertThatThrownBy(() -> CertificateAuthority.open(ca, failingAt(crash), house.setup()))
          .hasMessage("the power");
    }
    assertThat(ca.resolve("root.crl")).exists();
    var anew = CertificateAuthority.open(ca, new House.TestWrap(), house.setup());
    assertThat(anew.issuing()).isNotEqualTo(house.authority.issuing());
    assertThat(anew.isUntoldAnew()).isTrue();
  }

  @Test
  void a_ca_that_was_put_back_over_a_new_one_half_made_was_not_made_anew() throws Exception {
    device(house);
    Path aside = ca.resolveSibling("aside");
    Files.move(ca, aside);
    Files.createDirectories(ca);
    Files.createFile(ca.resolve("make-new"));
    assertThatThrownBy(() -> CertificateAuthority.open(ca, failingAt("issuing"), house.setup()))
        .hasMessage("the power");
    try (Stream<Path> files = Files.list(aside)) {
      for (Path file : files.toList()) {
        Files.copy(file, ca.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    var back = CertificateAuthority.open(ca, new House.TestWrap(), house.setup());
    assertThat(back.roots()).isEqualTo(house.authority.roots());
    assertThat(back.isUntoldAnew()).isFalse();
    assertThat(ca.resolve("make-new")).as("not for a later loss").doesNotExist();
  }

  @Test
  void a_ca_where_nothing_was_issued_before_takes_nobodys_place() throws Exception {
    Path fresh = folder.resolve("fresh");
    Files.createFile(Files.createDirectories(fresh).resolve("make-new"));
    assertThat(new House(fresh).authority.isUntoldAnew()).isFalse();
    assertThat(fresh.resolve("make-new")).as("not for a later loss").doesNotExist();
  }

  @Test
  void what_was_said_of_a_new_ca_over_the_rest_of_one_does_not_hold_for_a_later_loss()
      throws Exception {
    device(house);
    Files.delete(ca.resolve("issuing.crt.pem"));
    Files.delete(ca.resolve("issuing.key.sealed"));
    Files.createFile(ca.resolve("make-new"));
    assertThatThrownBy(() -> CertificateAuthority.open(ca, new House.TestWrap(), house.setup()))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("issuing.crt.pem is missing")
        .hasMessageContaining("make-new was deleted");
    Files.move(ca, ca.resolveSibling("the-rest"));
    assertThatThrownBy(() -> CertificateAuthority.open(ca, new House.TestWrap(), house.setup()))
        .isInstanceOf(CorruptException.class);
  }

  @Test
  void a_folder_does_not_say_that_a_new_ca_is_to_be_made() throws Exception {
    device(house);
    Files.createDirectories(ca.resolve("make-new/inside"));
    assertThatThrownBy(() -> CertificateAuthority.open(ca, new House.TestWrap(), house.setup()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("make-new is a folder");
  }

  @Test
  void what_was_said_of_a_new_ca_outlives_a_crash_and_no_start() throws Exception {
    device(house);
    Path said = ca.resolve("make-new");
    Files.createFile(said);
    CertificateAuthority.open(ca, new House.TestWrap(), house.setup());
    assertThat(said).as("where there is one").doesNotExist();
    X509Certificate before = house.authority.issuing();
    for (String last : List.of("root.key.sealed", "root.crt.pem", "issuing.key.sealed")) {
      for (String file : List.of("issuing.crt.pem", "issuing.key.sealed", "root.crt.pem")) {
        if (file.equals(last)) {
          break;
        }
        Files.deleteIfExists(ca.resolve(file));
      }
      Files.createFile(said);
      assertThatThrownBy(() -> CertificateAuthority.open(ca, new House.TestWrap(), house.setup()))
          .as("over what is left of one, behind " + last)
          .isInstanceOf(CorruptException.class);
      Files.writeString(said, "begun");
      var anew = CertificateAuthority.open(ca, new House.TestWrap(), house.setup());
      assertThat(anew.issuing()).isNotEqualTo(before);
      anew.toldOfAnew();
      assertThat(said).doesNotExist();
      before = anew.issuing();
    }
  }

  @Test
  void a_clock_outside_of_the_roots_life_is_named_and_says_what_to_do() {
    for (Duration wrong : List.of(Duration.ofDays(-400), Duration.ofDays(4_400))) {
      house.clock.move(wrong);
      assertThatThrownBy(() -> CertificateAuthority.open(ca, new House.TestWrap(), house.setup()))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("the root CA")
          .hasMessageContaining("this machine's clock says " + house.clock.instant())
          .hasMessageContaining("move " + ca + " aside");
    }
  }

  // Firm ground 23 and 24: RFC 5280 section 5.2.3, whatever the clock does.
  @Test
  void numbers_of_revocation_lists_grow_over_restarts_under_a_clock_that_went_back() {
    var first = ListFacts.of(house.lists.issuing()).orElseThrow();
    house.clock.move(Duration.ofDays(-1));
    var restarted = new House(ca);
    restarted.clock.move(Duration.ofDays(-1));
    var second = ListFacts.of(restarted.lists.issuing()).orElseThrow();
    assertThat(second.number()).isGreaterThan(first.number());
    assertThat(second.nextUpdate()).isBefore(first.nextUpdate());
  }
}
