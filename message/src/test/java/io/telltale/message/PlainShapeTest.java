package io.telltale.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not plain; what a plain one accepts, others hold against the validator. */
class PlainShapeTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\":\"array\"}",
        "{\"type\":[\"object\",\"null\"]}",
        "{\"type\":\"object\"}",
        "{\"type\":\"object\",\"additionalProperties\":true}",
        "{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"a\"]}",
        "{\"type\":\"object\",\"additionalProperties\":false,\"patternProperties\":{}}",
        "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":"
            + "{\"a\":{\"type\":\"number\",\"multipleOf\":2}}}",
        "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":"
            + "{\"a\":{\"type\":\"number\",\"maximum\":0.10000000000000000001}}}",
        "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"a\":{\"$ref\":\"#\"}}}"
      })
  void leaves_other_schemas_to_the_validator(String schema) {
    assertThat(PlainShape.of(schema)).isEmpty();
  }
}
