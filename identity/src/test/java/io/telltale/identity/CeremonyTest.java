package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.SigningKey;
import io.telltale.crypto.x509.CertificateIssuer.Revoked;
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
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    RootAnswer answer =
        signed(read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL)));
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
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Extended.class);
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
    RootAnswer next = signed(read(ceremony().next(Optional.empty(), CaScope.ALL)));
    assertThat(ceremony().install(next, BECAUSE)).isInstanceOf(Outcome.Done.class);
    house.authority.rollover().activate("issuing-3", BECAUSE);
    X509Certificate revoked = house.authority.cas().find("issuing-2").orElseThrow().certificate();
    house.authority.rollover().revoke("issuing-2", BECAUSE);
    assertThat(house.authority.rollover().unlistedAt("issuing-2")).isNotEmpty();
    RootAnswer answer = signed(read(ceremony().extension()));
    assertThat(ListFacts.revoked(answer.list())).containsExactly(revoked.getSerialNumber());
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Extended.class);
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
    RootRequest.Read asked = read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL));
    // The first answer is lost on the way, and the second is of a request made anew.
    Bytes lost = signed(asked).list();
    RootAnswer answer =
        signed(read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL)));
    assertThat(ListFacts.of(answer.list()).orElseThrow().number())
        .isGreaterThan(ListFacts.of(lost).orElseThrow().number());
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
    house = new House(folder.resolve("ca-2"), Optional.empty(), house);
    OfflineRoot.create(
        folder.resolve("other"), "other.local", Duration.ofDays(9), surroundings("a passphrase"));
    OfflineRoot other = OfflineRoot.open(folder.resolve("other"), surroundings("a passphrase"));
    assertThat(other.mistake(asked.request()).orElseThrow()).contains("is for the root");
    assertThat(refusal(ceremony().next(Optional.of(other.certificate()), CaScope.ALL)))
        .contains("no root of this trust domain");
  }

  @Test
  void a_request_that_was_changed_on_the_way_is_none() {
    Bytes file =
        ((CaCeremony.Asked.Request) ceremony().next(Optional.of(root().certificate()), CaScope.ALL))
            .file();
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
    RootRequest.Read asked = read(ceremony().next(Optional.of(root.certificate()), CaScope.ALL));
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
        new RootAnswer(answer.request(), answer.root(), answer.issuing(), List.of(), answer.list());
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
    read(ceremony().next(Optional.of(root.certificate()), CaScope.ALL));
    assertThat(refusal(ceremony().install(answer, BECAUSE))).contains("was made last");
    assertThat(house.authority.rollover().list()).hasSize(2);
    String text = answer.write().asUtf8();
    assertThat(RootAnswer.read(Bytes.utf8(text.replace("telltale-root-answer", "x")))).isEmpty();
  }

  // The list that names a CA must not be lost on the way without a word.
  @Test
  void an_extension_with_a_certificate_that_is_here_already_is_refused() {
    moveToTheSafe();
    house.clock.move(Duration.ofDays(1));
    RootAnswer answer = signed(read(ceremony().extension()));
    RootAnswer edited =
        new RootAnswer(
            answer.request(), answer.root(), house.authority.issuing(), List.of(), answer.list());
    assertThat(refusal(ceremony().install(edited, BECAUSE))).contains("have it signed again");
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Extended.class);
    assertThat(house.authority.cas().activeRoot().crl()).isEqualTo(answer.list());
  }

  @Test
  void what_a_root_has_revoked_stays_on_its_list_whatever_the_next_request_says() throws Exception {
    moveToTheSafe();
    Path older = folder.resolve("older");
    copy(ca, older);
    assertThat(
            ceremony()
                .install(signed(read(ceremony().next(Optional.empty(), CaScope.ALL))), BECAUSE))
        .isInstanceOf(Outcome.Done.class);
    house.authority.rollover().activate("issuing-3", BECAUSE);
    X509Certificate revoked = house.authority.cas().find("issuing-2").orElseThrow().certificate();
    house.authority.rollover().revoke("issuing-2", BECAUSE);
    ceremony().install(signed(read(ceremony().extension())), BECAUSE);
    // A data folder of before it, as a thief has one.
    house = new House(older, Optional.empty(), house);
    RootRequest.Read asked = read(ceremony().extension());
    assertThat(asked.request().revoked()).isEmpty();
    RootAnswer answer = signed(asked);
    assertThat(ListFacts.revoked(answer.list())).contains(revoked.getSerialNumber());
    assertThat(refusal(ceremony().install(answer, BECAUSE)))
        .contains("has revoked issuing-2 before");
  }

  @Test
  void a_new_key_does_not_come_as_more_time_for_another() {
    moveToTheSafe();
    X509Certificate issuing = house.authority.issuing();
    KeyPair thief = EcdsaP256.generate();
    for (Optional<X509Certificate> extended :
        List.of(Optional.of(issuing), Optional.<X509Certificate>empty())) {
      var forged =
          new RootRequest(
              House.TRUST_DOMAIN,
              "issuing-2",
              CaScope.ALL,
              thief.getPublic(),
              extended,
              root().certificate(),
              List.of(),
              BigInteger.valueOf(3),
              List.of(),
              house.clock.instant());
      Bytes file = forged.write(SigningKey.of(thief.getPrivate()));
      RootRequest.Read read = RootRequest.read(file).orElseThrow();
      assertThat(root().sign(read)).isInstanceOf(OfflineRoot.Outcome.Refused.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "issuing-2|telltale.local|999999999999999999999999999999999999999|7|2|false",
        "issuing-2|telltale.local|3|7|2|true",
        "issuing-2|tell\u001btale|3|7|2|false",
        "issuing-2|telltale.local|3|-7|2|false",
        "issuing-2|telltale.local|3|0|2|false",
        "issuing-2|telltale.local|3|7|8|false",
      })
  void what_no_server_asks_is_refused(
      String id, String domain, BigInteger number, BigInteger serial, int reason, boolean isSound) {
    KeyPair key = EcdsaP256.generate();
    var request =
        new RootRequest(
            domain,
            id,
            CaScope.ALL,
            key.getPublic(),
            Optional.empty(),
            root().certificate(),
            List.of(),
            number,
            List.of(new Revoked(serial, house.clock.instant(), reason)),
            house.clock.instant());
    Optional<RootRequest.Read> read =
        RootRequest.read(request.write(SigningKey.of(key.getPrivate())));
    assertThat(read.filter(asked -> root().mistake(asked.request()).isEmpty()).isPresent())
        .isEqualTo(isSound);
  }

  @Test
  void records_that_do_not_follow_each_other_keep_a_root_from_signing() throws Exception {
    moveToTheSafe();
    ceremony().install(signed(read(ceremony().next(Optional.empty(), CaScope.ALL))), BECAUSE);
    for (String name : List.of("0001.txt", "0002.txt")) {
      Path file = safe.resolve("records").resolve(name);
      byte[] right = Files.readAllBytes(file);
      Files.delete(file);
      assertThatThrownBy(this::root).isInstanceOf(CorruptException.class);
      byte[] wrong = right.clone();
      wrong[wrong.length / 2] ^= 1;
      Files.write(file, wrong);
      assertThatThrownBy(this::root).isInstanceOf(CorruptException.class);
      Files.write(file, right);
      root();
    }
  }

  @Test
  void a_root_apart_is_certified_by_every_root_that_is_trusted_and_three_are_the_most() {
    house.authority.rollover().prepare(true, CaScope.ALL, BECAUSE);
    house.authority.rollover().activate("issuing-2", BECAUSE);
    X509Certificate first = house.authority.cas().root("root").certificate();
    RootAnswer answer =
        signed(read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL)));
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
    house.authority.rollover().activate("issuing-3", BECAUSE);
    assertThat(house.authority.rollover().revoke("root-2", BECAUSE))
        .isInstanceOf(Outcome.Done.class);
    List<X509Certificate> shown = ServiceIdentity.service(house.authority, DOOR, List.of()).chain();
    assertThat(isTrusted(List.of(first), shown)).isTrue();
    house.authority.rollover().activate("issuing", BECAUSE);
    house.authority.rollover().prepare(true, CaScope.ALL, BECAUSE);
    house.authority.rollover().activate("issuing-4", BECAUSE);
    OfflineRoot.create(
        folder.resolve("other"),
        House.TRUST_DOMAIN,
        Duration.ofDays(99),
        surroundings("a passphrase"));
    OfflineRoot other = OfflineRoot.open(folder.resolve("other"), surroundings("a passphrase"));
    assertThat(refusal(ceremony().next(Optional.of(other.certificate()), CaScope.ALL)))
        .contains("3 roots are trusted");
  }

  @Test
  void the_present_roots_key_is_needed_for_the_request_alone() throws Exception {
    RootAnswer answer =
        signed(read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL)));
    Files.delete(ca.resolve("root.key.sealed"));
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
  }

  @Test
  void the_key_of_a_request_that_another_replaced_is_gone_and_its_number_too() {
    read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL));
    RootRequest.Read second = read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL));
    assertThat(second.request().id()).isEqualTo("issuing-3");
    assertThat(ca.resolve("issuing-2.key.sealed")).doesNotExist();
    assertThat(ca.resolve("issuing-3.key.sealed")).exists();
    assertThat(ceremony().install(signed(second), BECAUSE)).isInstanceOf(Outcome.Done.class);
  }

  @Test
  void a_pending_request_whose_key_or_links_were_changed_is_not_answered() throws Exception {
    RootAnswer answer =
        signed(read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL)));
    Path links = ca.resolve("request.cross.crt.pem");
    String right = Files.readString(links);
    Files.writeString(links, Pem.certificates(List.of(house.authority.root())));
    assertThat(refusal(ceremony().install(answer, BECAUSE))).contains("lost or changed");
    Files.writeString(links, right);
    Path key = ca.resolve("issuing-2.key.sealed");
    byte[] sealed = Files.readAllBytes(key);
    Files.delete(key);
    assertThat(refusal(ceremony().install(answer, BECAUSE))).contains("the key of issuing-2");
    Files.write(key, sealed);
    assertThat(ceremony().install(answer, BECAUSE)).isInstanceOf(Outcome.Done.class);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }

  @Test
  void an_answer_is_taken_once_also_where_a_stop_came_before_the_request_was_deleted()
      throws Exception {
    RootRequest.Read asked = read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL));
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
    read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL));
    house = new House(ca, Optional.empty(), house);
    assertThat(house.authority.rollover().list()).hasSize(2);
    assertThat(house.authority.rollover().prepare(false, CaScope.ALL, BECAUSE))
        .isInstanceOf(Outcome.Done.class);
    RootAnswer late =
        signed(
            RootRequest.read(Bytes.adopt(Files.readAllBytes(ca.resolve("request.json"))))
                .orElseThrow());
    assertThat(refusal(ceremony().install(late, BECAUSE))).contains("is prepared already");
  }

  @Test
  void a_clock_that_is_wrong_at_one_of_the_two_is_named() {
    RootRequest.Read asked = read(ceremony().next(Optional.of(root().certificate()), CaScope.ALL));
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
