package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.Entropy;
import io.telltale.crypto.SecretBytes;
import io.telltale.crypto.x509.ListFacts;
import io.telltale.http.HttpExchange.Response;
import io.telltale.identity.CaRollover.Outcome;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.SpiffeId;
import io.telltale.kernel.TenantId;
import io.telltale.kernel.UnavailableException;
import io.telltale.testkit.SoftHsm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ID-1: the CAs' keys in a PKCS #11 token, of SoftHSM here. */
class CaTokenTest {
  private static final String PIN = "471147114711";
  private static final CaAct.Because BECAUSE =
      new CaAct.Because(
          new SpiffeId(House.TRUST_DOMAIN, TenantId.DEFAULT, SpiffeId.Kind.PERSON, "operator"),
          "as planned");

  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private SoftHsm hsm;
  private Path ca;
  private Path pinFile;
  private Optional<CaToken> token = Optional.empty();

  @BeforeEach
  void make() throws Exception {
    hsm = SoftHsm.require(folder);
    hsm.use();
    hsm.token("plant", PIN);
    hsm.token("spare", PIN);
    ca = folder.resolve("ca");
    pinFile = Files.writeString(folder.resolve("pin"), PIN + "\n");
  }

  @AfterEach
  void close() {
    token.ifPresent(CaToken::close);
  }

  private CaToken open() {
    return open("plant");
  }

  private CaToken open(String label) {
    close();
    var place = new CaToken.Place(hsm.library(), label, pinFile);
    CaToken opened = CaToken.open(place, ca, new House.TestWrap(), Entropy.system(), nanos::get);
    token = Optional.of(opened);
    return opened;
  }

  private House again(House before) {
    return new House(ca, before, Optional.of(open()));
  }

  private static Response enroll(House house) throws Exception {
    house.register.addToken(
        House.MACHINE, House.TOKEN, house.clock.instant().plus(Duration.ofMinutes(10)));
    return house.enroll("machine-1", House.TOKEN, House.csr());
  }

  private List<String> files(String ending) throws Exception {
    try (Stream<Path> all = Files.list(ca)) {
      return all.map(path -> path.getFileName().toString())
          .filter(name -> name.endsWith(ending))
          .sorted()
          .toList();
    }
  }

  private static String state(House house, String id) {
    return house.authority.rollover().facts(id).state().text();
  }

  @Test
  void keys_of_a_new_folder_are_in_the_token_and_none_is_in_the_folder() throws Exception {
    var house = new House(ca, open());
    assertThat(files(".key.sealed")).isEmpty();
    assertThat(files(".key.token")).containsExactly("issuing.key.token", "root.key.token");
    assertThat(Files.readString(ca.resolve("issuing.key.token")))
        .contains("\"token\" : \"plant\"", "\"label\" : \"telltale issuing\"");
    assertThat(enroll(house).status()).isEqualTo(200);
    Bytes list = house.lists.issuing();
    assertThat(ListFacts.signedBy(list, house.authority.issuing().getPublicKey())).isTrue();
    assertThat(house.ocsp.of("issuing").current().chain().get(1))
        .isEqualTo(house.authority.issuing());
  }

  @Test
  void after_a_restart_the_same_key_signs() throws Exception {
    var house = new House(ca, open());
    var issuing = house.authority.issuing();
    var after = again(house);
    assertThat(after.authority.issuing()).isEqualTo(issuing);
    Response answer = enroll(after);
    assertThat(answer.status()).isEqualTo(200);
    House.leaf(answer).verify(issuing.getPublicKey());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void the_next_ca_of_a_folder_with_keys_in_files_is_in_the_token(boolean isRootToo)
      throws Exception {
    var first = new House(ca);
    byte[] sealed = Files.readAllBytes(ca.resolve("issuing.key.sealed"));
    House house = again(first);
    assertThat(house.authority.issuing()).isEqualTo(first.authority.issuing());
    assertThat(Files.readAllBytes(ca.resolve("issuing.key.sealed"))).isEqualTo(sealed);
    assertThat(files(".key.token")).isEmpty();

    CaRollover rollover = house.authority.rollover();
    assertThat(rollover.prepare(isRootToo, CaScope.ALL, BECAUSE)).isInstanceOf(Outcome.Done.class);
    assertThat(files(".key.token"))
        .containsExactlyElementsOf(
            isRootToo
                ? List.of("issuing-2.key.token", "root-2.key.token")
                : List.of("issuing-2.key.token"));
    assertThat(rollover.activate("issuing-2", BECAUSE)).isInstanceOf(Outcome.Done.class);
    house = again(house);
    Response answer = enroll(house);
    House.leaf(answer).verify(house.authority.issuing().getPublicKey());
    assertThat(state(house, "issuing-2")).isEqualTo("active");
    assertThat(house.authority.rollover().retire("issuing", BECAUSE))
        .isInstanceOf(Outcome.Done.class);
    assertThat(again(house).authority.rollover().revoke("issuing", BECAUSE))
        .isInstanceOf(Outcome.Done.class);
  }

  @Test
  void a_root_that_is_kept_apart_certifies_a_key_in_the_token() throws Exception {
    var house = new House(ca, open());
    var surroundings =
        new OfflineRoot.Surroundings(
            SecretBytes.adopt("correct horse".getBytes(StandardCharsets.UTF_8)),
            Entropy.system(),
            house.clock,
            "a machine");
    Path safe = folder.resolve("safe");
    OfflineRoot.create(safe, House.TRUST_DOMAIN, Duration.ofDays(7305), surroundings);
    OfflineRoot root = OfflineRoot.open(safe, surroundings);
    var asked =
        (CaCeremony.Asked.Request)
            house.authority.ceremony().next(Optional.of(root.certificate()), CaScope.ALL);
    House later = again(house);
    var signed =
        (OfflineRoot.Outcome.Signed) root.sign(RootRequest.read(asked.file()).orElseThrow());
    assertThat(later.authority.ceremony().install(signed.answer(), BECAUSE))
        .isInstanceOf(Outcome.Done.class);
    assertThat(later.authority.rollover().activate("issuing-2", BECAUSE))
        .isInstanceOf(Outcome.Done.class);
    assertThat(enroll(later).status()).isEqualTo(200);
    assertThat(files(".key.token")).contains("issuing-2.key.token").doesNotContain("root-2");
  }

  @Test
  void a_key_that_was_half_made_ends_when_it_is_made_anew() throws Exception {
    var house = new House(ca, open());
    Files.delete(ca.resolve("issuing.crt.pem"));
    // As before anything was issued.
    house.register.issued.clear();
    Bytes half = Bytes.adopt(Files.readAllBytes(ca.resolve("root.key.token")));
    KeyHome keys = open().keys();
    assertThat(keys.open("root", half).signDer(Bytes.EMPTY).size()).isPositive();
    new House(ca, house, token);
    assertThatThrownBy(() -> keys.open("root", half)).isInstanceOf(CorruptException.class);
  }

  @Test
  void a_wrong_pin_is_not_tried_again_however_often_one_starts() throws Exception {
    Files.writeString(pinFile, "08150815");
    assertThatThrownBy(this::open)
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("\"plant\" has refused the PIN")
        .hasMessageNotContaining("08150815");
    for (int start = 0; start < 20; start++) {
      assertThatThrownBy(this::open)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("has refused the PIN in " + pinFile + " before")
          .hasMessageContaining("delete " + ca.resolve("pin.refused"))
          .hasMessageNotContaining("08150815");
    }
    assertThat(Files.readString(ca.resolve("pin.refused"), StandardCharsets.ISO_8859_1))
        .doesNotContain("08150815");
    Files.writeString(pinFile, PIN);
    assertThat(enroll(new House(ca, open())).status()).isEqualTo(200);
  }

  @Test
  void without_a_pin_nothing_is_tried() throws Exception {
    Files.writeString(pinFile, "\n");
    assertThatThrownBy(this::open).hasMessageContaining("the PIN file " + pinFile + " is empty");
    Files.delete(pinFile);
    assertThatThrownBy(this::open).hasMessageContaining("reading the PIN from " + pinFile);
    assertThat(ca.resolve("pin.refused")).doesNotExist();
  }

  @Test
  void what_leads_to_a_key_that_is_not_there_says_where_it_should_be() throws Exception {
    var house = new House(ca, open());
    close();
    assertThatThrownBy(() -> new House(ca, house, Optional.empty()))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("key is in the PKCS #11 token \"plant\": set pkcs11.library");
    assertThatThrownBy(() -> new House(ca, house, Optional.of(open("spare"))))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("in the PKCS #11 token \"plant\", and pkcs11.token is \"spare\"");
    Path file = ca.resolve("issuing.key.token");
    Files.writeString(file, Files.readString(file).replace("\"plant\"", "\"spare\""));
    assertThatThrownBy(() -> new House(ca, house, Optional.of(open("spare"))))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("root.key.token");
    Path root = ca.resolve("root.key.token");
    Files.writeString(root, Files.readString(root).replace("\"plant\"", "\"spare\""));
    assertThatThrownBy(() -> new House(ca, house, Optional.of(open("spare"))))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("which has none of CKA_ID")
        .hasMessageContaining("from its own backup");
    Files.writeString(root, "{}");
    assertThatThrownBy(() -> new House(ca, house, Optional.of(open("spare"))))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining("root.key.token names no key of a token");
  }

  @Test
  void while_the_token_is_away_nobody_is_enrolled_and_all_else_goes_on() throws Exception {
    var house = new House(ca, open());
    house.lists.issuing();
    Path aside = folder.resolve("aside");
    Files.move(hsm.tokens(), aside);
    Files.createDirectories(hsm.tokens());
    Response refused = enroll(house);
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.headers()).containsEntry("retry-after", "60");
    CaToken open = token.orElseThrow();
    assertThat(open.trouble()).get().asString().contains("\"plant\"").doesNotContain(PIN);
    assertThat(CertificateAuthority.check(ca, new House.TestWrap(), token).next("").findings())
        .isNotEmpty()
        .allMatch(Finding::isUntold);
    for (String path : List.of("/.well-known/est/cacerts", "/crl/issuing.crl", "/crl/root.crl")) {
      assertThat(house.site.handle(House.request(path, Map.of(), Bytes.EMPTY, List.of())).status())
          .as(path)
          .isEqualTo(200);
    }
    assertThat(house.ocsp.of("issuing").current().sign(Bytes.EMPTY).size()).isEqualTo(64);

    Files.delete(hsm.tokens());
    Files.move(aside, hsm.tokens());
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(10));
    open.look();
    assertThat(open.trouble()).isEmpty();
    assertThat(house.enroll("machine-1", House.TOKEN, House.csr()).status())
        .as("the one-time token was not spent")
        .isEqualTo(200);
  }
}
