package io.telltale.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.telltale.kernel.Bytes;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

class JsonProfileTest {
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(1_000, 3));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{}{}",
        "{} x",
        "[1,]",
        "{\"a\":1,\"a\":1}",
        "[{\"a\":{\"b\":1,\"b\":2}}]",
        "1e999",
        "[-1e999]",
        "NaN",
        "'a'",
        "[[[[1]]]]",
        "\"\\ud800",
        "01",
        "// a\n1",
      })
  void refuses_what_is_no_single_well_formed_value(String text) {
    assertThat(PROFILE.read(Bytes.utf8(text))).isEmpty();
    assertThatThrownBy(() -> PROFILE.parse(Bytes.utf8(text))).isInstanceOf(JacksonException.class);
  }

  @Test
  void refuses_every_encoding_but_well_formed_utf8() {
    for (Charset other :
        new Charset[] {
          StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16,
        }) {
      assertThat(PROFILE.read(Bytes.adopt("{\"a\":1}".getBytes(other)))).as("%s", other).isEmpty();
    }
    assertThat(PROFILE.read(Bytes.adopt(new byte[] {'"', (byte) 0xc0, (byte) 0x80, '"'})))
        .as("an overlong zero")
        .isEmpty();
    assertThat(
            PROFILE.read(Bytes.adopt(new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'})))
        .as("half a surrogate pair")
        .isEmpty();
    assertThat(PROFILE.read(Bytes.adopt(new byte[] {'"', (byte) 0xe9, '"'})))
        .as("Latin-1")
        .isEmpty();
  }

  @Test
  void malformed_utf8_is_found_wherever_it_is() {
    var profile = new JsonProfile(JsonProfile.Bounds.of(1 << 20, 3));
    byte[] text = ("\"" + "\u4e2d".repeat(20_000) + "\"").getBytes(StandardCharsets.UTF_8);
    assertThat(profile.read(Bytes.copyOf(text))).isPresent();
    for (int at : new int[] {1, 12_287, 12_288, text.length - 2}) {
      byte[] broken = text.clone();
      broken[at] = (byte) 0xff;
      assertThat(profile.read(Bytes.adopt(broken))).as("at %d", at).isEmpty();
    }
    assertThat(profile.read(Bytes.adopt(Arrays.copyOf(text, text.length - 2)))).isEmpty();
  }

  @Test
  void says_where_a_name_is_there_twice_and_leaves_numbers_to_who_bounds_them() {
    assertThatThrownBy(() -> PROFILE.parse(Bytes.utf8("{\n\"a\":1,\"a\":2}")))
        .isInstanceOfSatisfying(
            JacksonException.class,
            e -> {
              assertThat(e.getLocation().getLineNr()).isEqualTo(2);
              assertThat(e.getOriginalMessage()).doesNotContain("Feature");
            });
    assertThat(PROFILE.parseUnbounded(Bytes.utf8("1e999")).isNumber()).isTrue();
  }

  @Test
  void takes_a_byte_order_mark_before_the_value() {
    assertThat(PROFILE.read(Bytes.utf8("\ufeff{}"))).isPresent();
  }

  @Test
  void takes_what_is_within_the_bounds_and_nothing_beyond() {
    assertThat(PROFILE.read(Bytes.utf8("[[[\"\u00e9\u4e2d\ud83d\ude00\"]]]"))).isPresent();
    assertThat(PROFILE.read(Bytes.utf8("\"" + "x".repeat(998) + "\""))).isPresent();
    assertThat(PROFILE.read(Bytes.utf8("\"" + "x".repeat(999) + "\""))).isEmpty();
    assertThat(PROFILE.read(Bytes.utf8("1".repeat(64)))).isPresent();
    assertThat(PROFILE.read(Bytes.utf8("1".repeat(65)))).isEmpty();
    assertThat(PROFILE.read(Bytes.utf8("{\"" + "n".repeat(257) + "\":1}"))).isEmpty();
  }

  @Test
  void a_pointer_escapes_what_means_something_in_it() {
    assertThat(JsonObject.step("/a", "b/c~d")).isEqualTo("/a/b~1c~0d");
  }
}
