package io.telltale.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.crypto.x509.Pem;
import io.telltale.device.EnrollmentToken.Parsed;
import io.telltale.kernel.Bytes;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file that an operator hands to a device. */
@NullMarked
class EnrollmentTokenTest {
  private static final String ROOT = Pem.certificates(List.of(new TestAuthority().root));
  private static final String WHOLE =
      """
      {"version":1,"device":"press-07","token":"c2VjcmV0LXRva2Vu","expires":"2026-11-23T12:00:00Z",
       "serverId":"spiffe://plant.example/default/service/door","serverPin":"cGlu",
       "enrollUrl":"https://telltale.example:9443","mqtt":"telltale.example:8883","caPem":"%s"}
      """
          .formatted(ROOT.replace("\n", "\\n"));

  @Test
  void says_who_enrolls_where_and_by_what_the_server_is_known() {
    EnrollmentToken token = ((Parsed.Token) parse(WHOLE)).token();
    assertThat(token.device().in("plant.example").uri())
        .isEqualTo("spiffe://plant.example/default/device/press-07");
    assertThat(token.server().mqttHost()).isEqualTo("telltale.example");
    assertThat(token.server().mqttPort()).isEqualTo(8883);
    assertThat(token.server().enroll()).hasHost("telltale.example").hasPort(9443);
    assertThat(token.server().roots()).hasSize(1);
  }

  // ID-9
  @Test
  void shows_its_secret_to_nobody_who_prints_it() {
    assertThat(parse(WHOLE).toString()).doesNotContain("c2VjcmV0LXRva2Vu");
    assertThat(parse("{\"token\":\"c2VjcmV0LXRva2Vu\"").toString())
        .doesNotContain("c2VjcmV0LXRva2Vu");
  }

  @ParameterizedTest
  @ValueSource(strings = {"device", "token", "serverId", "serverPin", "enrollUrl", "mqtt", "caPem"})
  void is_refused_without_any_of_its_parts(String member) {
    assertThat(parse(WHOLE.replace('"' + member + '"', "\"other\"")))
        .isInstanceOf(Parsed.Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"9443", "8883"})
  void a_port_that_there_is_none_of_is_told_by_the_form_of_an_address(String port) {
    for (String wrong : List.of("99999", "0")) {
      assertThat(((Parsed.Malformed) parse(WHOLE.replace(":" + port, ":" + wrong))).why())
          .contains("HOST:PORT, with a port from 1 to 65535");
    }
  }

  @Test
  void is_refused_when_it_is_no_token_file_at_all() {
    for (String text :
        List.of(
            "",
            "[]",
            "null",
            "{\"version\":2}",
            WHOLE.replace("https:", "http:"),
            WHOLE.replace(":8883", ""),
            WHOLE.replace("press-07", "../../etc"),
            WHOLE.replace("\"version\":1", "\"version\":1,\"token\":\"twice\""),
            " ".repeat(EnrollmentToken.BYTES_MAX) + WHOLE)) {
      assertThat(parse(text)).isInstanceOf(Parsed.Malformed.class);
    }
  }

  @FuzzTest
  void no_bytes_make_it_throw(byte[] input) {
    EnrollmentToken.parse(Bytes.copyOf(input));
  }

  private static Parsed parse(String text) {
    return EnrollmentToken.parse(Bytes.utf8(text));
  }
}
