package io.telltale.cli.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What show prints is edited and applied again, whichever version it was made from. */
class PolicyFileTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"version\":1,\"a\":{\"version\":2}} | {\"version\":7,\"a\":{\"version\":2}}",
        "{\"a\":{\"version\":2}, \"version\" : 1234 } | {\"a\":{\"version\":2}, \"version\" : 7 }",
        "{\"a\":[{\"version\":2}],\"b\":\"\\u00e9\u00e9\",\"version\":6}"
            + " | {\"a\":[{\"version\":2}],\"b\":\"\\u00e9\u00e9\",\"version\":7}",
        "{\"a\":{\"version\":2}} | {\"a\":{\"version\":2}}",
        "{} | {}"
      })
  void what_is_in_force_is_shown_with_its_own_version(String document, String shown) {
    assertThat(PolicyFile.editable(document, 7)).isEqualTo(shown);
  }
}
