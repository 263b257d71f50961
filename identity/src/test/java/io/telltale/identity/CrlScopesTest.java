package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Certificates;
import io.telltale.crypto.x509.Pem;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Bytes;
import io.telltale.testkit.Openssl;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LC-5: parts of the list and what came since, as openssl reads them (RFC 5280 section 5.2). */
class CrlScopesTest {
  private static final String WHOLE = "/crl/issuing.crl";
  private static final String DELTA = "/crl/issuing-delta.crl";

  @TempDir private Path folder;
  private House house;
  private Openssl openssl;
  private X509Certificate leaf;

  @BeforeEach
  void enroll() throws Exception {
    openssl = Openssl.require();
    house = new House(folder.resolve("ca"), Optional.of("http://pki.example"));
    house.register.addToken(
        House.MACHINE, House.TOKEN, house.clock.instant().plus(Duration.ofMinutes(10)));
    leaf = House.leaf(house.enroll("machine-1", House.TOKEN, House.csr()));
    Files.writeString(folder.resolve("leaf.pem"), Pem.certificates(List.of(leaf)));
    var authorities = new ArrayList<>(house.authority.roots());
    authorities.add(house.authority.issuing());
    Files.writeString(folder.resolve("cas.pem"), Pem.certificates(authorities));
  }

  @Test
  void a_certificate_says_where_its_own_part_of_the_list_is_and_who_answers() throws Exception {
    String text = openssl.run("x509", "-in", file("leaf.pem"), "-noout", "-text").output();
    assertThat(text)
        .contains(
            "URI:http://pki.example" + shard().path("issuing"),
            "OCSP - URI:http://pki.example/ocsp");
  }

  @Test
  void a_revoked_certificate_is_found_in_its_own_part_and_no_other_part_will_do() throws Exception {
    assertThat(verify(List.of(shard().path("issuing")))).contains(": OK");
    revoke();
    assertThat(verify(List.of(shard().path("issuing")))).contains("certificate revoked");
    var other = new CrlShard(shard().first() == 0x80 ? 0x81 : 0x80);
    assertThat(verify(List.of(other.path("issuing")))).containsIgnoringCase("different CRL scope");
    assertThat(get(other.path("issuing")).body().size())
        .isLessThan(get(shard().path("issuing")).body().size());
  }

  @Test
  void what_was_revoked_since_a_whole_list_is_in_the_delta() throws Exception {
    byte[] whole = get(WHOLE).body().toArray();
    revoke();
    byte[] delta = get(DELTA).body().toArray();
    List<String> deltas = List.of("-extended_crl", "-use_deltas");
    assertThat(verify(List.of(whole), List.of())).as("of before").contains(": OK");
    assertThat(verify(List.of(whole, delta), deltas)).contains("certificate revoked");
    // The next whole list has it itself, and the delta of before is good beside it.
    assertThat(verify(List.of(get(WHOLE).body().toArray()), List.of()))
        .contains("certificate revoked");
  }

  // It was left out: its base was the list that was made last, which nobody had.
  @Test
  void a_delta_fits_every_whole_list_that_is_still_good() throws Exception {
    List<String> deltas = List.of("-extended_crl", "-use_deltas");
    byte[] held = get(WHOLE).body().toArray();
    house.clock.move(Duration.ofHours(1));
    revoke();
    for (int hours = 1; hours < 23; hours += 3) {
      get(WHOLE);
      assertThat(verify(List.of(held, get(DELTA).body().toArray()), deltas))
          .as("%d h later", hours)
          .contains("certificate revoked");
      house.clock.move(Duration.ofHours(3));
    }
  }

  // What was revoked longer ago than a list lasts is in each.
  @Test
  void a_delta_is_as_long_as_what_came_since() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      house.register.revoke(
          Certificates.fingerprint(leaf),
          leaf.getSerialNumber().xor(BigInteger.valueOf(i + 1)),
          house.clock.instant().minus(Duration.ofHours(25)),
          1);
    }
    int whole = get(WHOLE).body().size();
    int before = get(DELTA).body().size();
    revoke();
    int after = get(DELTA).body().size();
    assertThat(whole).isGreaterThan(20_000);
    assertThat(before).isLessThan(600);
    assertThat(after - before).isBetween(1, 60);
  }

  @Test
  void the_parts_are_disjoint_and_every_serial_number_has_one() {
    var paths = new HashSet<String>();
    for (int first = 0x80; first <= 0xff; first++) {
      BigInteger serial = BigInteger.valueOf(first).shiftLeft(120).add(BigInteger.TEN);
      CrlShard shard = CrlShard.of(serial);
      assertThat(serial.toString(16)).startsWith(shard.digits());
      assertThat(CrlShard.named(shard.digits() + ".crl")).contains(shard);
      paths.add(shard.path("issuing"));
    }
    assertThat(paths).hasSize(CrlShard.COUNT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/crl/issuing/7f.crl",
        "/crl/issuing/80",
        "/crl/issuing/.crl",
        "/crl/issuing/A0.crl",
        "/crl/issuing/a00.crl",
        "/crl/issuing/..crl",
        "/crl/issuing/80.crl.crl"
      })
  void what_is_no_part_is_not_found(String path) {
    assertThat(house.site.handle(House.request(path, Map.of(), Bytes.EMPTY, List.of())).status())
        .isEqualTo(404);
  }

  @Test
  void where_no_certificate_names_a_part_there_is_none() {
    House unnamed = new House(folder.resolve("unnamed"));
    assertThat(
            unnamed
                .site
                .handle(House.request("/crl/issuing/80.crl", Map.of(), Bytes.EMPTY, List.of()))
                .status())
        .isEqualTo(404);
  }

  private CrlShard shard() {
    return CrlShard.of(leaf.getSerialNumber());
  }

  private void revoke() {
    house.register.revoke(
        Certificates.fingerprint(leaf), leaf.getSerialNumber(), house.clock.instant(), 1);
    house.lists.changed();
  }

  private Response get(String path) {
    Response response = house.site.handle(House.request(path, Map.of(), Bytes.EMPTY, List.of()));
    assertThat(response.status()).as(path).isEqualTo(200);
    return response;
  }

  private String verify(List<String> paths) throws Exception {
    var lists = new ArrayList<byte[]>();
    paths.forEach(path -> lists.add(get(path).body().toArray()));
    return verify(lists, List.of("-extended_crl"));
  }

  private String verify(List<byte[]> lists, List<String> options) throws Exception {
    var pem = new StringBuilder();
    lists.forEach(list -> pem.append(Pem.encode("X509 CRL", list)));
    Files.writeString(folder.resolve("crls.pem"), pem);
    var arguments = new ArrayList<>(List.of("verify", "-crl_check"));
    arguments.addAll(options);
    arguments.addAll(List.of("-attime", Long.toString(house.clock.instant().getEpochSecond())));
    arguments.addAll(List.of("-CAfile", file("cas.pem"), "-CRLfile", file("crls.pem")));
    arguments.add(file("leaf.pem"));
    return openssl.run(arguments).output();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }
}
