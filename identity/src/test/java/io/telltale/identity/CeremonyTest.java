package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.crypto.x509.Pem;
import io.telltale.crypto.x509.TrustedRoots;
import io.telltale.crypto.x509.TrustedRoots.Verdict;
import io.telltale.crypto.x509.Usage;
import io.telltale.identity.CaRollover.Outcome;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Hash;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ID-8: a root that no server ever holds the key of. */
class CeremonyTest {
  private static final SpiffeId DOOR =
      new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.SERVICE, "door");
  private static final CaAct.Because BECAUSE =
      new CaAct.Because(
          new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator"),
          "ceremony 1");

  @TempDir Path folder;
  private Path ca;
  private Path safe;
  private House house;

  @BeforeEach
  void open() {
    ca = folder.resolve("ca");
    safe = folder.resolve("safe");
    house = new House(ca);
    String record =
        OfflineRoot.create(
            safe, House.TRUST_DOMAIN, Duration.ofDays(3_653), surroundings("correct horse"));
    assertThat(record).contains("A ROOT WAS MADE", "CN=Telltale root telltale.local", "witnessed");
  }

  private OfflineRoot.Surroundings surroundings(String passphrase) {
    return new OfflineRoot.Surroundings(
        SecretBytes.adopt(passphrase.getBytes(StandardCharsets.UTF_8)),
        Entropy.system(),
        house.clock,
        "a machine");
  }

  private OfflineRoot root() {
    return OfflineRoot.open(safe, surroundings("correct horse"));
  }

  private CaCeremony ceremony() {
    return house.authority.ceremony();
  }

  private static RootRequest.Read read(CaCeremony.Asked asked) {
    assertThat(asked).isInstanceOf(CaCeremony.Asked.Request.class);
    return RootRequest.read(((CaCeremony.Asked.Request) asked).file()).orElseThrow();
  }

  private static String refusal(CaCeremony.Asked asked) {
    return ((CaCeremony.Asked.Refused) asked).why();
  }

  private static String refusal(Outcome outcome) {
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return ((Outcome.Refused) outcome).why();
  }

  private RootAnswer signed(RootRequest.Read asked) {
    OfflineRoot.Outcome outcome = root().sign(asked);
    assertThat(outcome).isInstanceOf(OfflineRoot.Outcome.Signed.class);
    RootAnswer answer = ((OfflineRoot.Outcome.Signed) outcome).answer();
    return RootAnswer.read(answer.write()).orElseThrow();
  }

  private void moveToTheSafe() {
    RootAnswer answer = signed(read(ceremony().next(Optional.of(root().certificate()))));
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
    assertThat(house.authority.rollover().activate("issuing-2", BECAUSE))
        .isInstanceOf(Outcome.Done.class);
  }

  private boolean isTrusted(List<X509Certificate> roots, List<X509Certificate> chain) {
    return new TrustedRoots(roots).check(chain, Usage.SERVER, house.clock.instant())
        instanceof Verdict.Trusted;
  }

  @Test
  void a_root_in_a_safe_takes_over_and_its_key_is_never_here() throws Exception {
    X509Certificate first = house.authority.root();
    moveToTheSafe();
    assertThat(ca.resolve("root-2.key.sealed")).doesNotExist();
    assertThat(ca.resolve("request.json")).doesNotExist();
    List<X509Certificate> shown = ServiceIdentity.service(house.authority, DOOR, List.of()).chain();
    assertThat(isTrusted(List.of(first), shown)).isTrue();
    assertThat(isTrusted(List.of(root().certificate()), shown)).isTrue();
    house = new House(ca, Optional.empty(), house);
    assertThat(house.authority.root()).isEqualTo(root().certificate());
  }

  @Test
  void what_is_due_is_asked_of_the_root_and_taken() throws Exception {
    moveToTheSafe();
    house.clock.move(Duration.ofDays(600));
    // That of the root before, whose key is here.
    assertThat(house.authority.renew())
        .isEqualTo(new CertificateAuthority.Upkeep.Renewed(List.of("root.crl")));
    assertThat(house.authority.renew()).isInstanceOf(CertificateAuthority.Upkeep.RootKeyAway.class);
    X509Certificate old = house.authority.issuing();
    RootAnswer answer = signed(read(ceremony().extension()));
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
    assertThat(house.authority.issuing().getNotAfter()).isAfter(old.getNotAfter());
    assertThat(house.authority.issuing().getPublicKey()).isEqualTo(old.getPublicKey());
    assertThat(house.authority.issuing().getNotBefore()).isEqualTo(old.getNotBefore());
    assertThat(house.authority.renew()).isInstanceOf(CertificateAuthority.Upkeep.Nothing.class);
    house = new House(ca, Optional.empty(), house);
    assertThat(house.authority.issuing()).isEqualTo(answer.issuing());
  }

  @Test
  void a_ca_that_was_revoked_is_on_the_list_that_the_root_signs_next() {
    moveToTheSafe();
    RootAnswer next = signed(read(ceremony().next(Optional.empty())));
    assertThat(ceremony().install(next, BECAUSE)).isInstanceOf(Outcome.Done.class);
    house.authority.rollover().activate("issuing-3", BECAUSE);
    X509Certificate revoked = house.authority.cas().find("issuing-2").orElseThrow().certificate();
    house.authority.rollover().revoke("issuing-2", BECAUSE);
    assertThat(house.authority.rollover().unlistedAt("issuing-2")).isNotEmpty();
    RootAnswer answer = signed(read(ceremony().extension()));
    assertThat(ListFacts.revoked(answer.list())).containsExactly(revoked.getSerialNumber());
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
    assertThat(house.authority.rollover().unlistedAt("issuing-2")).isEmpty();
  }

  @Test
  void each_record_names_the_one_before() throws Exception {
    moveToTheSafe();
    Path records = safe.resolve("records");
    String second = Files.readString(records.resolve("0002.txt"));
    String hash = Hash.sha256(Bytes.adopt(Files.readAllBytes(records.resolve("0001.txt")))).hex();
    String digits = second.replaceAll("[ \\n]", "");
    assertThat(digits)
        .contains("recordbefore" + hash)
        .contains(Certificates.fingerprint(house.authority.issuing()).hex());
    assertThat(second).contains("CN=Telltale issuing 2 telltale.local", "number 2");
  }

  @Test
  void another_passphrase_opens_nothing_and_a_root_is_not_made_over_one() {
    assertThatThrownBy(() -> OfflineRoot.open(safe, surroundings("wrong horse")))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("wrong passphrase");
    assertThatThrownBy(
            () ->
                OfflineRoot.create(
                    safe, "telltale.local", Duration.ofDays(9), surroundings("correct horse")))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("holds a root already");
  }

  @Test
  void a_root_signs_for_its_own_domain_and_each_number_once() {
    RootRequest.Read asked = read(ceremony().next(Optional.of(root().certificate())));
    // The first answer is lost on the way, and the second is of a request made anew.
    Bytes lost = signed(asked).list();
    RootAnswer answer = signed(read(ceremony().next(Optional.of(root().certificate()))));
    assertThat(ListFacts.of(answer.list()).orElseThrow().number())
        .isGreaterThan(ListFacts.of(lost).orElseThrow().number());
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
    house = new House(folder.resolve("ca-2"), Optional.empty(), house);
    OfflineRoot.create(
        folder.resolve("other"), "other.local", Duration.ofDays(9), surroundings("a passphrase"));
    OfflineRoot other = OfflineRoot.open(folder.resolve("other"), surroundings("a passphrase"));
    assertThat(other.mistake(asked.request()).orElseThrow()).contains("is for the root");
    assertThat(refusal(ceremony().next(Optional.of(other.certificate()))))
        .contains("no root of this trust domain");
  }

  @Test
  void a_request_that_was_changed_on_the_way_is_none() {
    Bytes file =
        ((CaCeremony.Asked.Request) ceremony().next(Optional.of(root().certificate()))).file();
    String text = file.asUtf8();
    assertThat(RootRequest.read(file)).isPresent();
    String otherKey =
        java.util.Base64.getEncoder().encodeToString(EcdsaP256.generate().getPublic().getEncoded());
    for (String changed :
        List.of(
            text.replace("issuing-2", "issuing-9"),
            text.replace("\"listNumber\" : \"2\"", "\"listNumber\" : \"3\""),
            text.replaceFirst("\"key\" : \"[^\"]*\"", "\"key\" : \"" + otherKey + "\""),
            text.substring(0, text.length() / 2),
            "{}")) {
      assertThat(changed).isNotEqualTo(text);
      assertThat(RootRequest.read(Bytes.utf8(changed))).isEmpty();
    }
  }

  @Test
  void an_answer_that_was_changed_or_is_of_another_request_is_refused() {
    OfflineRoot root = root();
    RootRequest.Read asked = read(ceremony().next(Optional.of(root.certificate())));
    RootAnswer answer = signed(asked);
    RootAnswer ofAnother =
        new RootAnswer(
            answer.request(),
            answer.root(),
            house.authority.issuing(),
            answer.oldWithNew(),
            answer.list());
    assertThat(refusal(ceremony().install(ofAnother, BECAUSE))).contains("not what was asked");
    RootAnswer withoutCross =
        new RootAnswer(
            answer.request(), answer.root(), answer.issuing(), Optional.empty(), answer.list());
    assertThat(refusal(ceremony().install(withoutCross, BECAUSE))).contains("not what was asked");
    RootAnswer withAnotherList =
        new RootAnswer(
            answer.request(),
            answer.root(),
            answer.issuing(),
            answer.oldWithNew(),
            house.authority.cas().activeRoot().crl());
    assertThat(refusal(ceremony().install(withAnotherList, BECAUSE)))
        .contains("not what was asked");
    read(ceremony().next(Optional.of(root.certificate())));
    assertThat(refusal(ceremony().install(answer, BECAUSE))).contains("was made last");
    assertThat(house.authority.rollover().list()).hasSize(2);
    // Whatever byte of the file is changed.
    String text = answer.write().asUtf8();
    assertThat(RootAnswer.read(Bytes.utf8(text.replace("telltale-root-answer", "x")))).isEmpty();
  }

  @Test
  void an_answer_is_taken_once_also_where_a_stop_came_before_the_request_was_deleted()
      throws Exception {
    RootRequest.Read asked = read(ceremony().next(Optional.of(root().certificate())));
    byte[] pending = Files.readAllBytes(ca.resolve("request.json"));
    RootAnswer answer = signed(asked);
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
    assertThat(refusal(ceremony().install(answer, BECAUSE))).contains("nothing was asked");
    Files.write(ca.resolve("request.json"), pending);
    house = new House(ca, Optional.empty(), house);
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Unchanged.class);
    assertThat(house.authority.rollover().list()).hasSize(4);
  }

  @Test
  void what_was_asked_and_never_answered_keeps_no_start() throws Exception {
    read(ceremony().next(Optional.of(root().certificate())));
    house = new House(ca, Optional.empty(), house);
    assertThat(house.authority.rollover().list()).hasSize(2);
    assertThat(house.authority.rollover().prepare(false, BECAUSE)).isInstanceOf(Outcome.Done.class);
    RootAnswer late =
        signed(
            RootRequest.read(Bytes.adopt(Files.readAllBytes(ca.resolve("request.json"))))
                .orElseThrow());
    assertThat(refusal(ceremony().install(late, BECAUSE))).contains("is prepared already");
  }

  @Test
  void a_clock_that_is_wrong_at_one_of_the_two_is_named() {
    RootRequest.Read asked = read(ceremony().next(Optional.of(root().certificate())));
    RootAnswer answer = signed(asked);
    house.clock.move(Duration.ofHours(-2));
    assertThat(refusal(ceremony().install(answer, BECAUSE))).contains("wrong clock");
  }

  @Test
  void pem_of_the_root_is_what_the_server_is_given() throws Exception {
    assertThat(Files.readString(safe.resolve("root.crt.pem")))
        .isEqualTo(Pem.certificates(List.of(root().certificate())));
  }
}
