package io.telltale.crypto.x509;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.math.BigInteger;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RenewalIdTest {
  @Test
  void the_example_of_rfc_9773_section_4_1_is_read_and_written() {
    var id =
        new RenewalId(
            Bytes.copyOf(HexFormat.of().parseHex("69885b6b87464041e1b37b847ba0ae2cde01c8d4")),
            new BigInteger("87654321", 16));
    assertThat(id.text()).isEqualTo("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
    assertThat(RenewalId.parse(id.text())).contains(id);
  }

  // A certificate with two names would have two places in a cache.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "aYhb",
        "aYhb.",
        ".AIdlQyE",
        "aYhb.AIdlQyE=",
        "aYhb.AIdlQyE.AIdl",
        "aYhb.AIdlQyF",
        "aYhb.h2VDIQ",
        "aYhb.AAAB",
        "aYhb.AA",
        "aY+b.AIdlQyE",
        "aYhb.%41"
      })
  void any_other_spelling_is_no_id(String text) {
    assertThat(RenewalId.parse(text)).isEmpty();
  }

  @Test
  void one_of_ten_thousand_characters_is_no_id() {
    assertThat(RenewalId.parse("aYhb." + "A".repeat(10_000))).isEmpty();
  }
}
