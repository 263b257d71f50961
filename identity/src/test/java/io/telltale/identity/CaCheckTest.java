package io.telltale.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.CorruptException;
import io.telltale.kernel.Finding;
import io.telltale.kernel.UnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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
    return CertificateAuthority.check(ca, new House.TestWrap()).next("").findings();
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
    Files.writeString(ca.resolve(CertificateAuthority.CRL_NUMBER), "17x");
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
    Files.writeString(ca.resolve(CertificateAuthority.CRL_NUMBER), "17x");
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
}
