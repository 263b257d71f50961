package io.telltale.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Base64TextTest {
  private static final Bytes FOUR = Bytes.utf8("fact");

  @Test
  void reads_what_it_writes() {
    assertThat(Base64Text.of(FOUR)).isEqualTo("ZmFjdA==");
    assertThat(Base64Text.parse("ZmFjdA==")).contains(FOUR);
    assertThat(Base64Text.parse("")).contains(Bytes.EMPTY);
    assertThat(Base64Text.forUrl(Bytes.copyOf(new byte[] {-1, -2}))).isEqualTo("__4");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ZmFjdA", "ZmFjdB==", "ZmFj\ndA==", "ZmFjdA== ", "ZmFjdA==x", "Zm\u00dfj"})
  void takes_one_text_for_each_value_where_it_is_ours(String text) {
    assertThat(Base64Text.parse(text)).isEmpty();
  }

  // RFC 8951 section 3
  @ParameterizedTest
  @ValueSource(strings = {"ZmFjdA==", "ZmFj\r\ndA==\r\n", " Z m F j d A = = ", "ZmFjdA"})
  void takes_any_wrapping_of_a_peer(String text) {
    assertThat(Base64Text.parseWrapped(text)).contains(FOUR);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Zm!j", "ZmFjdA==x", "Z", "Zm\u00dfj", "-_-_"})
  void refuses_what_is_no_base64(String text) {
    assertThat(Base64Text.parseWrapped(text)).isEmpty();
  }
}
