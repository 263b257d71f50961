package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.RenewalId;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.Fingerprint;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LC-1: when a certificate should be renewed, as RFC 9773 asks and answers. */
class RenewalInfoTest {
  @TempDir private Path folder;
  private House house;
  private X509Certificate leaf;
  private RenewalId id;

  @BeforeEach
  void enroll() throws Exception {
    house = new House(folder.resolve("ca"));
    house.register.addToken(
        House.MACHINE, House.TOKEN, house.clock.instant().plus(Duration.ofMinutes(10)));
    leaf = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
    id = RenewalId.of(leaf).orElseThrow();
  }

  @Test
  void a_certificate_is_to_be_renewed_after_two_thirds_of_its_life() {
    Response answer = get(id.text());
    Instant from = leaf.getNotBefore().toInstant();
    Duration life = Duration.between(from, leaf.getNotAfter().toInstant());
    Instant start = from.plus(life.multipliedBy(2).dividedBy(3));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers())
        .containsEntry("content-type", "application/json")
        .containsEntry("retry-after", "21600");
    assertThat(answer.body().asUtf8())
        .isEqualTo(
            "{\"suggestedWindow\":{\"start\":\"%s\",\"end\":\"%s\"}}"
                .formatted(start, start.plus(life.dividedBy(12))));
    assertThat(house.counts).containsEntry("renewal.info told", 1L);
  }

  @Test
  void of_a_ca_that_was_followed_it_is_to_be_renewed_within_a_week() throws Exception {
    var because =
        new CaAct.Because(House.MACHINE.in(House.TRUST_DOMAIN), "a device stands for a person");
    house.clock.move(Duration.ofDays(3));
    house.authority.rollover().prepare(true, CaScope.ALL, because);
    String before = get(id.text()).body().asUtf8();
    house.authority.rollover().activate("issuing-2", because);
    Instant followed = house.clock.instant();
    assertThat(get(id.text()).body().asUtf8())
        .isNotEqualTo(before)
        .isEqualTo(
            "{\"suggestedWindow\":{\"start\":\"%s\",\"end\":\"%s\"}}"
                .formatted(followed, followed.plus(Duration.ofDays(7))));
    // Its own span is not put off.
    house.authority.rollover().activate("issuing", because);
    assertThat(get(id.text()).body().asUtf8()).isEqualTo(before);
    house.clock.move(Duration.ofDays(20));
    house.authority.rollover().activate("issuing-2", because);
    assertThat(get(id.text()).body().asUtf8()).isEqualTo(before);
    // One of the CA that signs now is renewed in its own time.
    house.register.addToken(
        House.MACHINE, House.TOKEN + "2", house.clock.instant().plus(Duration.ofMinutes(10)));
    X509Certificate next = House.leaf(house.enroll("machine-1", House.TOKEN + "2", House.csr()));
    assertThat(get(RenewalId.of(next).orElseThrow().text()).body().asUtf8())
        .contains("\"start\":\"2027-01-0");
  }

  @Test
  void one_that_is_to_have_a_new_key_is_told_its_turn_unless_it_renews_sooner_anyway() {
    Fingerprint credential = Certificates.fingerprint(leaf);
    Instant turn = house.clock.instant().truncatedTo(ChronoUnit.SECONDS).plusSeconds(7_000);
    house.register.turns.put(credential, turn);
    assertThat(get(id.text()).body().asUtf8())
        .isEqualTo(
            "{\"suggestedWindow\":{\"start\":\"%s\",\"end\":\"%s\"}}"
                .formatted(turn, turn.plus(Duration.ofMinutes(5))));
    house.register.turns.put(credential, leaf.getNotAfter().toInstant());
    assertThat(get(id.text()).body().asUtf8())
        .doesNotContain(leaf.getNotAfter().toInstant().toString());
  }

  @Test
  void one_that_was_never_issued_or_was_revoked_is_not_to_be_renewed() {
    assertThat(get(new RenewalId(id.keyIdentifier(), BigInteger.TEN).text()).status())
        .isEqualTo(404);
    house.register.revoke(
        Certificates.fingerprint(leaf), leaf.getSerialNumber(), house.clock.instant(), 1);
    assertThat(get(id.text()).status()).isEqualTo(404);
    assertThat(house.counts).containsEntry("renewal.info unknown", 2L);
  }

  @Test
  void nothing_is_said_of_another_cas_certificate_with_the_same_serial_number() {
    Bytes foreign = Bytes.copyOf(new byte[20]);
    assertThat(get(new RenewalId(foreign, id.serial()).text()).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "a.b", "aYhb.AIdlQyE=", "..", "aYhb.%00"})
  void what_is_no_id_is_refused(String text) {
    assertThat(get(text).status()).isEqualTo(400);
    assertThat(get(text + "A".repeat(10_000)).status()).isEqualTo(400);
  }

  @Test
  void without_the_registry_nothing_is_said() {
    house.register.unavailable = true;
    assertThat(get(id.text()).status()).isEqualTo(503);
    house.register.unavailable = false;
    house.register.damaged = true;
    assertThat(get(id.text()).status()).isEqualTo(500);
  }

  @Test
  void one_source_asks_only_so_often_a_minute_and_another_is_heard() {
    for (int i = 0; i < 6_000; i++) {
      assertThat(get("a").status()).isEqualTo(400);
    }
    assertThat(get(id.text()).status()).isEqualTo(429);
    assertThat(get("198.51.100.7", id.text()).status()).isEqualTo(200);
  }

  private Response get(String text) {
    return get("192.0.2.1", text);
  }

  private Response get(String source, String text) {
    return house.site.handle(
        new Request(
            "GET", "/renewal-info/" + text, Map.of(), Map.of(), Bytes.EMPTY, List.of(), source));
  }
}
