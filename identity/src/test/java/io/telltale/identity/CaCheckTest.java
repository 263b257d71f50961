package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.crypto.EcdsaP256;
import io.telltale.crypto.SecretBytes;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.StoreCheck;
import io.telltale.kernel.UnavailableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 35: what is small is looked at by every start, which says what to do. */
class CaCheckTest {
  @TempDir Path folder;
  private Path ca;

  @BeforeEach
  void found() {
    ca = folder.resolve("ca");
    var made = new House(ca);
    assertThat(made.lists.issuing().size()).isPositive();
  }

  private List<Finding> findings() {
    return CertificateAuthority.check(ca, new House.TestWrap(), Optional.empty())
        .next("")
        .findings();
  }

  @Test
  void what_was_founded_is_in_order() {
    assertThat(findings()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root.crt.pem",
        "issuing.crt.pem",
        "root.crl",
        "root.key.sealed",
        "issuing.key.sealed"
      })
  void a_flipped_byte_anywhere_stops_the_start_and_is_named(String name) throws IOException {
    Path file = ca.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at += 7) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 1;
      Files.write(file, flipped);
      assertThatThrownBy(() -> new House(ca))
          .as("byte %d", at)
          .isInstanceOf(CorruptException.class)
          .hasMessageContaining(name)
          .hasMessageMatching("(?s).*(Put it back|Delete it).*");
      assertThat(findings()).as("byte %d", at).isNotEmpty();
    }
  }

  @Test
  void a_lost_list_of_the_root_is_made_anew_while_its_key_is_there() throws IOException {
    Files.delete(ca.resolve("root.crl"));
    var again = new House(ca);
    assertThat(again.authority.rootCrlEnds()).isAfter(again.clock.instant());
    assertThat(findings()).isEmpty();
    Files.delete(ca.resolve("root.crl"));
    Files.delete(ca.resolve("root.key.sealed"));
    assertThatThrownBy(() -> new House(ca))
        .hasMessageContaining("root.crl is missing. Put it back");
  }

  @Test
  void a_number_that_is_none_is_named_and_stops_nothing() throws IOException {
    Files.writeString(ca.resolve("issuing" + CrlNumbers.FILE), "17x");
    assertThat(findings()).singleElement().extracting(Finding::what).isEqualTo("is no number");
    assertThat(new House(ca).lists.issuing().size()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "root.crt.pem",
        "issuing.crt.pem",
        "root.crl",
        "root.key.sealed",
        "issuing.key.sealed"
      })
  void a_file_that_the_disk_does_not_give_is_not_missing_and_hides_no_other(String name)
      throws IOException {
    Path file = ca.resolve(name);
    Files.delete(file);
    Files.createSymbolicLink(file, file);
    Files.writeString(ca.resolve("issuing" + CrlNumbers.FILE), "17x");
    assertThat(findings())
        .extracting(Finding::what)
        .satisfiesExactly(
            what -> assertThat(what).startsWith("cannot be read: the disk"),
            what -> assertThat(what).isEqualTo("is no number"));
    assertThatThrownBy(() -> new House(ca))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(name);
    assertThat(file).isSymbolicLink();
  }

  /** What is done to the folder. */
  interface Damage {
    void to(CaCheckTest house) throws Exception;
  }

  private static Arguments change(Damage damage, String... named) {
    return Arguments.of(damage, List.of(named));
  }

  private void delete(String name) throws IOException {
    Files.delete(ca.resolve(name));
  }

  private byte[] read(String name) throws IOException {
    return Files.readAllBytes(ca.resolve(name));
  }

  private byte[] another(String name) throws IOException {
    Path other = folder.resolve("other");
    var made = new House(other);
    assertThat(made.authority.roots()).hasSize(1);
    return Files.readAllBytes(other.resolve(name));
  }

  private void put(String name, byte[]... content) throws IOException {
    var all = new ByteArrayOutputStream();
    for (byte[] part : content) {
      all.writeBytes(part);
    }
    Files.write(ca.resolve(name), all.toByteArray());
  }

  private void put(String name, String content) throws IOException {
    Files.writeString(ca.resolve(name), content);
  }

  private CaFolder files() {
    return new CaFolder(ca, new House.TestWrap());
  }

  private void seal(String name, byte[] pkcs8) {
    try (SecretBytes secret = SecretBytes.copyOf(pkcs8)) {
      Bytes sealed = new House.TestWrap().wrap("telltale ca key " + name, secret);
      files().write(name + ".key.sealed", sealed.toArray());
    }
  }

  private byte[] listWithoutANumber() throws Exception {
    X509Certificate root = files().certificates("root").getFirst();
    SecretBytes pkcs8 =
        new House.TestWrap().unwrap("telltale ca key root", Bytes.adopt(read("root.key.sealed")));
    var signer =
        new JcaContentSignerBuilder("SHA256withECDSA")
            .build(EcdsaP256.privateKey(pkcs8).orElseThrow());
    return new JcaX509v2CRLBuilder(root, root.getNotBefore())
        .setNextUpdate(root.getNotAfter())
        .build(signer)
        .getEncoded();
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change(it -> it.delete("root.crt.pem"), "root.crt.pem is missing"),
        change(it -> it.delete("issuing.crt.pem"), "issuing.crt.pem is missing"),
        change(it -> it.delete("root.crl"), "root.crl is missing"),
        change(it -> it.delete("issuing.key.sealed"), "issuing.key.sealed is missing"),
        change(it -> it.delete("root.key.sealed")),
        change(it -> it.put("root.crt.pem", "x"), "root.crt.pem is no certificate"),
        change(it -> it.put("issuing.crt.pem", "x"), "issuing.crt.pem is no certificate"),
        change(
            it -> it.put("root.crt.pem", it.read("root.crt.pem"), new byte[] {'\n'}),
            "root.crt.pem holds more or less than the certificates that were written"),
        change(
            it -> it.put("root.crt.pem", it.read("root.crt.pem"), it.another("root.crt.pem")),
            "root.crt.pem holds a certificate that the root did not sign",
            "root.key.sealed is not the key of root.crt.pem"),
        change(
            it -> it.put("root.crt.pem", it.another("root.crt.pem")),
            "issuing.crt.pem holds a certificate that the root did not sign",
            "root.crl is no revocation list of this root",
            "root.key.sealed is not the key of root.crt.pem"),
        change(
            it -> it.put("issuing.crt.pem", it.another("issuing.crt.pem")),
            "issuing.crt.pem holds a certificate that the root did not sign",
            "issuing.key.sealed is not the key of issuing.crt.pem"),
        // Signed by the root, as each of them must be, and over another key.
        change(
            it -> it.put("issuing.crt.pem", it.read("issuing.crt.pem"), it.read("root.crt.pem")),
            "issuing.key.sealed is not the key of issuing.crt.pem"),
        change(
            it -> it.files().keep("root", it.files().make("root")),
            "root.key.sealed is not the key of root.crt.pem"),
        change(
            it -> it.files().keep("issuing", it.files().make("issuing")),
            "issuing.key.sealed is not the key of issuing.crt.pem"),
        change(
            it -> it.put("issuing.key.sealed", it.read("root.key.sealed")),
            "issuing.key.sealed does not open: it is damaged, or of another data folder"),
        change(
            it -> it.seal("root", new byte[] {1, 2}),
            "root.key.sealed does not open: it is damaged, or of another data folder"),
        change(
            it -> it.put("root.crl", it.another("root.crl")),
            "root.crl is no revocation list of this root"),
        change(
            it -> it.put("root.crl", it.listWithoutANumber()),
            "root.crl is no revocation list of this root"),
        change(it -> it.put("issuing.crl.number", "-7"), "issuing.crl.number is no number"),
        change(it -> it.put("issuing.crl.number", ""), "issuing.crl.number is no number"),
        change(
            it -> it.put("issuing.crl.number", "9".repeat(40)), "issuing.crl.number is no number"),
        change(it -> it.put("issuing.crl.number", "9".repeat(39))),
        change(it -> it.put("issuing.crl.number", "7")),
        change(it -> it.delete("issuing.crl.number")));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void what_is_changed_is_named_and_nothing_else(Damage damage, List<String> named)
      throws Exception {
    damage.to(this);
    assertThat(findings())
        .allMatch(finding -> finding.where().startsWith(ca.toString()))
        .allMatch(finding -> finding.remedy().matches("(Put it back|Delete it).*"))
        .extracting(finding -> Path.of(finding.where()).getFileName() + " " + finding.what())
        .isEqualTo(named);
  }

  @Test
  void each_of_several_that_are_wrong_is_named() throws Exception {
    for (String name : List.of("root.crt.pem", "issuing.crt.pem", "root.crl")) {
      delete(name);
    }
    seal("root", new byte[] {1, 2});
    seal("issuing", new byte[] {1, 2});
    assertThat(findings())
        .extracting(finding -> Path.of(finding.where()).getFileName().toString())
        .containsExactly(
            "root.crt.pem", "issuing.crt.pem", "root.crl", "root.key.sealed", "issuing.key.sealed");
  }

  @Test
  void says_of_each_file_what_to_do() throws Exception {
    put("root.crl", another("root.crl"));
    put("issuing.crl.number", "x");
    seal("root", new byte[] {1, 2});
    seal("issuing", new byte[] {1, 2});
    assertThat(findings())
        .extracting(Finding::remedy)
        .satisfiesExactly(
            list -> assertThat(list).startsWith("Delete it, and the start makes a new one"),
            root -> assertThat(root).contains("or move it away: without it the server runs on"),
            issuing -> assertThat(issuing).startsWith("Put it back from a backup of the same"),
            number -> assertThat(number).startsWith("Delete it: lists are numbered by the clock"));
    delete("root.crl");
    assertThat(findings())
        .extracting(Finding::remedy)
        .first()
        .matches(gone -> gone.startsWith("Put it back from a backup, or put root.key.sealed back"));
  }

  @Test
  void what_the_disk_does_not_give_comes_before_what_is_damaged() throws Exception {
    seal("root", new byte[] {1, 2});
    Path unreadable = ca.resolve("issuing.key.sealed");
    Files.delete(unreadable);
    Files.createSymbolicLink(unreadable, unreadable);
    assertThatThrownBy(() -> new House(ca))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("issuing.key.sealed");
  }

  @Test
  void a_second_look_knows_nothing_of_the_first() throws Exception {
    StoreCheck check = CertificateAuthority.check(ca, new House.TestWrap(), Optional.empty());
    long bytes = 0;
    try (Stream<Path> all = Files.list(ca)) {
      for (Path file : (Iterable<Path>) all::iterator) {
        bytes += Files.size(file);
      }
    }
    var whole = new StoreCheck.Step("all", true, bytes, 0, List.of());
    assertThat(check.next("")).isEqualTo(whole);
    assertThat(check.next("")).isEqualTo(whole);
    Path list = ca.resolve("root.crl");
    Path away = Files.move(list, folder.resolve("away"));
    Files.createSymbolicLink(list, list);
    assertThat(check.next("").findings())
        .extracting(Finding::kind)
        .containsExactly("cannot be read: the disk");
    Files.delete(list);
    assertThat(check.next("").findings()).extracting(Finding::kind).containsExactly("is missing");
    Files.move(away, list);
    assertThat(check.next("")).isEqualTo(whole);
    assertThat(check.name()).isEqualTo("ca");
  }
}
