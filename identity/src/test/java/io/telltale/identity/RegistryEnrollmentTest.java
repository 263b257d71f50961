package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.SubjectName;
import io.telltale.db.StoreSeal;
import io.telltale.dbtestkit.TestStores;
import io.telltale.identity.CredentialRegister.CredentialStatus;
import io.telltale.identity.CredentialRegister.RevokedCertificate;
import io.telltale.identity.Enrollment.Outcome;
import io.telltale.kernel.Event;
import io.telltale.kernel.SourceBlock;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.registry.Act;
import io.telltale.registry.NewDevice;
import io.telltale.registry.Registration;
import io.telltale.registry.Registry;
import io.telltale.roster.AssetRecord;
import io.telltale.roster.CredentialState;
import io.telltale.roster.LifecycleState;
import io.telltale.roster.Role;
import io.telltale.testkit.MovingClock;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The authority on the real registry: what it records, and what the registry's word does to it. */
class RegistryEnrollmentTest {
  private static final SourceBlock SOURCE = SourceBlock.parse("192.0.2.1");

  @TempDir Path folder;
  private final MovingClock clock = new MovingClock(Instant.parse("2026-11-23T12:00:00Z"));
  private Registry registry;
  private CertificateAuthority authority;
  private Enrollment enrollment;
  private RevocationLists lists;

  @BeforeEach
  void open() {
    var seal = new StoreSeal("registry", SecretBytes.copyOf(new byte[32]), Entropy.system());
    registry =
        Registry.open(
            new Registry.Settings(
                TestStores.at(folder.resolve("control.db")), House.TRUST_DOMAIN, clock, seal));
    var register = CredentialRegister.of(registry, clock);
    authority =
        CertificateAuthority.open(
            folder.resolve("ca"),
            new House.TestWrap(),
            new CertificateAuthority.Setup(
                House.TRUST_DOMAIN, Optional.empty(), register, Entropy.system(), clock));
    enrollment = new Enrollment(authority, register, Enrollment.Terms.standard(House.TRUST_DOMAIN));
    lists = new RevocationLists(authority, register, clock, () -> 0);
    registry.view().onChange(_ -> lists.changed());
    var asset = new AssetRecord("prod", "eu", "pumps", "machine", "ops", "hall-1", Map.of());
    assertThat(registry.addDevice(new NewDevice(House.MACHINE, asset), "test"))
        .isInstanceOf(Registration.Registered.class);
  }

  @AfterEach
  void close() {
    registry.close();
  }

  @Test
  void a_certificate_that_left_is_known_active_and_in_the_outbox() throws Exception { // ID-2
    X509Certificate leaf = enrolled();
    var identity = registry.view().byCredential(Certificates.fingerprint(leaf)).orElseThrow();
    assertThat(identity.id()).isEqualTo(House.MACHINE.in(House.TRUST_DOMAIN));
    assertThat(identity.mayConnect(clock.instant())).isTrue();
    assertThat(identity.issuer()).isEqualTo(Certificates.fingerprint(authority.issuing()));
    assertThat(events()).contains("token.spent", "credential.issued", "device.active");
  }

  @Test
  void of_many_at_once_with_one_token_one_gets_a_certificate() throws Exception { // ID-4
    String token = token();
    var tasks = new ArrayList<Callable<Outcome>>();
    for (int i = 0; i < 8; i++) {
      byte[] csr = House.csr();
      tasks.add(() -> enrollment.enroll(House.MACHINE, token, csr, SOURCE));
    }
    try (var threads = Executors.newFixedThreadPool(8)) {
      var outcomes = new ArrayList<Outcome>();
      for (var future : threads.invokeAll(tasks)) {
        outcomes.add(future.get());
      }
      assertThat(outcomes).filteredOn(Outcome.Enrolled.class::isInstance).hasSize(1);
      assertThat(outcomes).filteredOn(new Outcome.Refused(Refusal.TOKEN_SPENT)::equals).hasSize(7);
    }
    int number = registry.view().byDevice(House.MACHINE).orElseThrow().number();
    assertThat(registry.credentials(number)).hasSize(1);
  }

  @Test
  void a_refused_request_costs_no_token_and_is_an_event() throws Exception {
    String token = token();
    byte[] other = House.csr(EcdsaP256.generate(), "CN=machine-2");
    assertThat(enrollment.enroll(House.MACHINE, token, other, SOURCE))
        .isEqualTo(new Outcome.Refused(Refusal.REQUEST_NAME));
    assertThat(events()).contains("credential.refused");
    byte[] csr = House.csr();
    assertThat(enrollment.enroll(House.MACHINE, token, csr, SOURCE))
        .isInstanceOf(Outcome.Enrolled.class);
    assertThat(enrollment.enroll(House.MACHINE, token(), csr, SOURCE))
        .isEqualTo(new Outcome.Refused(Refusal.REQUEST_KEY_USED)); // LC-7
    assertThat(enrollment.enroll(House.MACHINE, token, House.csr(), SOURCE))
        .isEqualTo(new Outcome.Refused(Refusal.TOKEN_SPENT));
    assertThat(events()).contains("token.refused");
  }

  @Test
  void renewal_overlaps_and_then_the_old_one_stops() throws Exception { // LC-1
    X509Certificate first = enrolled();
    var outcome = enrollment.renew(authority.chain(first), House.csr(), SOURCE);
    X509Certificate second = ((Outcome.Enrolled) outcome).leaf();
    assertThat(state(first)).isEqualTo(CredentialState.RETIRING);
    assertThat(state(second)).isEqualTo(CredentialState.ACTIVE);
    assertThat(mayConnect(first)).isTrue();
    // A device that lost the answer asks once more with the old one: it is not bricked (LC-2).
    assertThat(enrollment.renew(authority.chain(first), House.csr(), SOURCE))
        .isInstanceOf(Outcome.Enrolled.class);
    clock.move(Duration.ofHours(25));
    assertThat(mayConnect(first)).isFalse();
    assertThat(enrollment.renew(authority.chain(first), House.csr(), SOURCE))
        .isEqualTo(new Outcome.Refused(Refusal.NOT_RENEWABLE));
  }

  // LC-5: whoever asks others than our doors hears the same.
  @Test
  void what_a_certificate_is_worth_follows_its_life() throws Exception {
    X509Certificate first = enrolled();
    assertThat(worth(first)).isEqualTo(new CredentialStatus.Good());
    var outcome = enrollment.renew(authority.chain(first), House.csr(), SOURCE);
    X509Certificate second = ((Outcome.Enrolled) outcome).leaf();
    Instant end = clock.instant().plus(Duration.ofHours(24));
    clock.set(end.minusSeconds(1));
    assertThat(worth(first)).isEqualTo(new CredentialStatus.Good());
    clock.set(end);
    assertThat(worth(first))
        .isEqualTo(
            new CredentialStatus.Revoked(new RevokedCertificate(first.getSerialNumber(), end, 4)));
    registry.transition(House.MACHINE, LifecycleState.COMPROMISED, new Act("system", "stolen"));
    assertThat(worth(second))
        .isEqualTo(
            new CredentialStatus.Revoked(new RevokedCertificate(second.getSerialNumber(), end, 1)));
    clock.move(Duration.ofHours(1));
    assertThat(worth(first))
        .as("no later than it was")
        .isEqualTo(
            new CredentialStatus.Revoked(new RevokedCertificate(first.getSerialNumber(), end, 1)));
    var strangers = Set.of(Certificates.fingerprint(first));
    assertThat(register().status(second.getSerialNumber(), strangers))
        .isEqualTo(new CredentialStatus.Unknown());
  }

  @Test
  void only_what_nothing_has_followed_is_to_be_renewed() throws Exception {
    X509Certificate first = enrolled();
    assertThat(life(first))
        .hasValueSatisfying(one -> assertThat(one.until()).isEqualTo(end(first)));
    var outcome = enrollment.renew(authority.chain(first), House.csr(), SOURCE);
    X509Certificate second = ((Outcome.Enrolled) outcome).leaf();
    assertThat(life(first)).isEmpty();
    assertThat(life(second)).isPresent();
    registry.transition(House.MACHINE, LifecycleState.COMPROMISED, new Act("system", "stolen"));
    assertThat(life(second)).isEmpty();
  }

  // RFC 7030 section 4.2.2 lets it keep the key that it has.
  @Test
  void a_renewal_for_a_key_that_it_had_before_is_refused() throws Exception { // LC-7
    byte[] csr = House.csr(EcdsaP256.generate(), "CN=machine-1");
    X509Certificate second = renewed(enrolled(), csr);
    X509Certificate third = renewed(second, House.csr());
    assertThat(enrollment.renew(authority.chain(third), csr, SOURCE))
        .isEqualTo(new Outcome.Refused(Refusal.REQUEST_KEY_USED));
  }

  private X509Certificate renewed(X509Certificate old, byte[] csr) {
    return ((Outcome.Enrolled) enrollment.renew(authority.chain(old), csr, SOURCE)).leaf();
  }

  private Optional<CredentialRegister.Life> life(X509Certificate leaf) {
    return register()
        .life(leaf.getSerialNumber(), Set.of(Certificates.fingerprint(authority.issuing())));
  }

  private static Instant end(X509Certificate leaf) {
    return leaf.getNotAfter().toInstant();
  }

  // A signature of between would be good again.
  @Test
  void what_ended_with_its_overlap_did_so_whatever_becomes_of_its_owner() throws Exception {
    X509Certificate first = enrolled();
    var _ = enrollment.renew(authority.chain(first), House.csr(), SOURCE);
    Instant end = clock.instant().plus(Duration.ofHours(24));
    var superseded =
        new CredentialStatus.Revoked(new RevokedCertificate(first.getSerialNumber(), end, 4));
    clock.set(end.plus(Duration.ofDays(10)));
    assertThat(worth(first)).isEqualTo(superseded);
    registry.transition(House.MACHINE, LifecycleState.RETIRED, new Act("system", "scrapped"));
    assertThat(worth(first)).isEqualTo(superseded);
  }

  private CredentialStatus worth(X509Certificate leaf) {
    return register()
        .status(leaf.getSerialNumber(), Set.of(Certificates.fingerprint(authority.issuing())));
  }

  private CredentialRegister register() {
    return CredentialRegister.of(registry, clock);
  }

  @Test
  void a_revoked_device_is_in_the_crl_and_gets_nothing_more() throws Exception { // LC-4, LC-5
    X509Certificate leaf = enrolled();
    String open = token();
    assertThat(crl().isRevoked(leaf)).isFalse();
    registry.transition(
        House.MACHINE, LifecycleState.COMPROMISED, new Act("system", "found in a bin"));
    assertThat(crl().isRevoked(leaf)).isTrue();
    assertThat(crl().getRevokedCertificate(leaf).getRevocationReason())
        .isEqualTo(java.security.cert.CRLReason.KEY_COMPROMISE);
    assertThat(enrollment.renew(authority.chain(leaf), House.csr(), SOURCE))
        .isEqualTo(new Outcome.Refused(Refusal.NOT_RENEWABLE));
    assertThat(enrollment.enroll(House.MACHINE, open, House.csr(), SOURCE))
        .isEqualTo(new Outcome.Refused(Refusal.TOKEN_VOIDED));
  }

  @Test
  void the_crl_says_why_a_certificate_was_revoked_whatever_words_came_with_it() throws Exception {
    X509Certificate first = enrolled();
    X509Certificate second = enrolled();
    registry.transition(
        House.MACHINE, LifecycleState.RETIRED, new Act("system", "its twin was lost or stolen"));
    assertThat(crl().getRevokedCertificate(first).getRevocationReason())
        .isEqualTo(java.security.cert.CRLReason.SUPERSEDED);
    assertThat(crl().getRevokedCertificate(second).getRevocationReason())
        .isEqualTo(java.security.cert.CRLReason.CESSATION_OF_OPERATION);
  }

  @Test
  void crl_numbers_grow_and_the_list_is_cached_and_renewed_in_time() throws Exception {
    enrolled();
    var first = lists.issuing();
    assertThat(lists.issuing()).isSameAs(first);
    clock.move(Duration.ofHours(7));
    assertThat(lists.issuing()).isNotEqualTo(first);
    registry.transition(House.MACHINE, LifecycleState.RETIRED, new Act("system", "scrapped"));
    var second = lists.issuing();
    lists.changed();
    assertThat(number(lists.issuing().toArray())).isGreaterThan(number(second.toArray()));
  }

  @Test
  void our_own_services_are_in_the_registry_too() {
    var door = new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door");
    registry.addPrincipal(door, Set.<Role>of(), "system");
    var identity = ServiceIdentity.service(authority, door, List.of(SubjectName.dns("localhost")));
    assertThat(registry.view().byCredential(identity.credential()).orElseThrow().id())
        .isEqualTo(door);
  }

  private X509Certificate enrolled() throws Exception {
    return ((Outcome.Enrolled) enrollment.enroll(House.MACHINE, token(), House.csr(), SOURCE))
        .leaf();
  }

  private String token() {
    byte[] secret = Entropy.system().array(32);
    String token = java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    registry.createToken(
        House.MACHINE, Enrollment.tokenHash(token), Duration.ofMinutes(10), "test");
    return token;
  }

  private CredentialState state(X509Certificate leaf) {
    return registry
        .view()
        .byCredential(Certificates.fingerprint(leaf))
        .orElseThrow()
        .credentialState();
  }

  private boolean mayConnect(X509Certificate leaf) {
    return registry
        .view()
        .byCredential(Certificates.fingerprint(leaf))
        .filter(identity -> identity.mayConnect(clock.instant()))
        .isPresent();
  }

  private java.security.cert.X509CRL crl() throws Exception {
    return parse(lists.issuing().toArray());
  }

  private static java.security.cert.X509CRL parse(byte[] der) throws Exception {
    return (java.security.cert.X509CRL)
        java.security.cert.CertificateFactory.getInstance("X.509")
            .generateCRL(new java.io.ByteArrayInputStream(der));
  }

  private static java.math.BigInteger number(byte[] der) throws Exception {
    byte[] value = parse(der).getExtensionValue("2.5.29.20");
    return new java.math.BigInteger(1, java.util.Arrays.copyOfRange(value, 4, value.length));
  }

  private List<String> events() {
    return registry.outbox().after(0, 100).stream()
        .map(numbered -> numbered.event())
        .map(Event::type)
        .toList();
  }
}
