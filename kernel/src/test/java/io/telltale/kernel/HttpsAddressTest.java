package io.telltale.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpsAddressTest {
  @ParameterizedTest
  @ValueSource(strings = {"https://h", "https://h:1", "https://127.0.0.1:65535", "https://[::1]:8"})
  void takes_a_host_over_https(String address) {
    assertThat(HttpsAddress.valid(URI.create(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://h:1", "h:1", "https:h", "https://h:0", "https://h:65536", "https:///x"})
  void takes_nothing_in_clear_and_no_port_that_there_is_none_of(String address) {
    assertThat(HttpsAddress.valid(URI.create(address))).isFalse();
  }
}
