package io.telltale.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

class JsonProfileFuzzTest {
  private static final JsonProfile PROFILE = new JsonProfile(JsonProfile.Bounds.of(4_096, 8));

  @FuzzTest
  void both_ways_to_read_take_the_same_and_only_finite_numbers(byte[] document) {
    Bytes bytes = Bytes.copyOf(document);
    Optional<JsonNode> read = PROFILE.read(bytes);
    Optional<JsonNode> parsed;
    try {
      parsed = Optional.of(PROFILE.parse(bytes));
    } catch (JacksonException e) {
      parsed = Optional.empty();
    }
    assertThat(parsed).isEqualTo(read);
    read.ifPresent(node -> assertThat(JsonProfile.isFinite(node)).isTrue());
  }
}
