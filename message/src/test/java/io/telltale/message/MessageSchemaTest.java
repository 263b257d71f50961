package io.telltale.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** IN-5, IN-12: a schema is compiled and bounded before it takes effect. */
class MessageSchemaTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static List<Flaw> flaws(String schema) {
    return MessageSchema.flaws(JSON.readTree(schema));
  }

  private static boolean fits(String schema, String document) {
    return MessageSchema.of(schema).fits(JSON.readTree(document));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"object\"}",
        "{\"properties\":{\"minimum\":{\"$ref\":\"#/$defs/n\"}},\"$defs\":{\"n\":{\"type\":\"number\"}}}",
        "{\"pattern\":\"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$\",\"x-note\":\"a UUID\"}",
        "{\"const\":{\"type\":\"strin\",\"pattern\":\"(\"}}"
      })
  void takes_a_sound_schema(String schema) {
    assertThat(flaws(schema)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"type":"strin"}                                            | /type
          {"properties":{"a/b":{"minimum":"1"}}}                      | /properties/a~1b/minimum
          {"properties":{"a":{"minimun":1}}}                          | /properties/a/minimun
          {"$id":"https://elsewhere.example/"}                        | /$id
          {"$ref":"https://elsewhere.example/schema"}                 | /$ref
          {"$ref":"#"}                                                | /$ref
          {"$ref":"#/$defs/none"}                                     | /$ref
          {"$dynamicRef":"#a"}                                        | /$dynamicRef
          {"$schema":"http://json-schema.org/draft-07/schema#"}       | /$schema
          {"pattern":"(?=a)b"}                                        | /pattern
          {"pattern":"(a)\\\\1"}                                      | /pattern
          {"pattern":"((a{900}){900}){900}"}                          | /pattern
          {"pattern":"(((((a{9}){9}){9}){9}){9}){9}"}                 | /pattern
          {"patternProperties":{"(":true}}                            | /patternProperties/(
          {"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}}              | /$defs/a/items/$ref
          """)
  void refuses_with_its_place(String schema, String pointer) {
    assertThat(flaws(schema)).extracting(Flaw::pointer).contains(pointer);
  }

  // Written out again it was the text "Infinity", and let only that pass.
  @Test
  void a_number_that_is_too_large_is_named_wherever_it_stands() {
    assertThat(flaws("{\"properties\":{\"t\":{\"enum\":[1,-1e999]}},\"const\":1e999}"))
        .extracting(Flaw::pointer)
        .contains("/const", "/properties/t/enum/1");
  }

  @Test
  void refuses_references_that_multiply() {
    var schema = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 30; i++) {
      String next = "{\"$ref\":\"#/$defs/d%d\"}".formatted(i + 1);
      schema.append("\"d%d\":{\"allOf\":[%s,%s]},".formatted(i, next, next));
    }
    schema.append("\"d30\":{\"type\":\"object\"}}}");

    assertThat(flaws(schema.toString()))
        .anyMatch(flaw -> flaw.what().contains("unfolds") || flaw.what().contains("nested"));
  }

  // A backtracking engine needs 2^40 steps for this.
  @Test
  void an_expression_takes_time_in_the_length_of_its_input_only() {
    String schema = "{\"pattern\":\"^(a+)+$\"}";
    assertThat(flaws(schema)).isEmpty();
    assertThat(fits(schema, "\"" + "a".repeat(8_000) + "b\"")).isFalse();
    assertThat(fits(schema, "\"" + "a".repeat(8_000) + "\"")).isTrue();
  }

  @Test
  void a_text_too_long_for_an_expression_does_not_fit_even_where_it_must_not_match() {
    String text = "\"" + "a".repeat(Regex.TEXT_CHARS_MAX + 1) + "\"";
    assertThat(fits("{\"pattern\":\"a\"}", text)).isFalse();
    assertThat(fits("{\"not\":{\"pattern\":\"b\"}}", text)).isFalse();
  }

  // A policy of an earlier release may hold one.
  @Test
  void an_expression_that_was_taken_before_still_works() {
    assertThat(fits("{\"pattern\":\"^(?!b)\"}", "\"a\"")).isTrue();
    assertThat(fits("{\"pattern\":\"^(?!b)\"}", "\"b\"")).isFalse();
  }

  @Test
  void says_where_a_document_does_not_fit() {
    JsonNode document = JSON.readTree("{\"values\":{\"temperature\":\"hot\"}}");
    MessageSchema schema =
        MessageSchema.of(
            "{\"properties\":{\"values\":{\"additionalProperties\":{\"type\":\"number\"}}}}");

    assertThat(schema.violations(document))
        .extracting(Flaw::pointer)
        .containsExactly("/values/temperature");
    assertThat(schema.violations(JSON.readTree("{}"))).isEmpty();
  }

  private static final String UNIQUE =
      "{\"properties\":{\"alarms\":{\"type\":\"array\",\"uniqueItems\":true}}}";
  private static final String NAMED_UNIQUE =
      "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"," + UNIQUE.substring(1);

  /** {@code count} texts of one hash, all different: "Aa" and "BB" have the same. */
  private static String alarms(int count) {
    return "{\"alarms\":["
        + IntStream.range(0, count)
            .mapToObj(
                number ->
                    IntStream.range(0, 14)
                        .mapToObj(bit -> (number >> bit & 1) == 0 ? "Aa" : "BB")
                        .collect(Collectors.joining("", "\"", "\"")))
            .collect(Collectors.joining(","))
        + "]}";
  }

  // Whoever sends the elements chooses their hashes: each would be compared with each.
  @Test
  void elements_that_have_to_differ_are_few() {
    for (String schema : List.of(UNIQUE, NAMED_UNIQUE)) {
      assertThat(flaws(schema)).isEmpty();
      assertThat(fits(schema, alarms(256))).isTrue();
      assertThat(fits(schema, alarms(257))).isFalse();
      assertThat(fits(schema, "{\"alarms\":[1,1.0]}")).isFalse();
      assertThat(MessageSchema.of(schema).violations(JSON.readTree(alarms(257))))
          .containsExactly(new Flaw("", "takes too long to check"));
    }
    assertThat(fits(UNIQUE.replace("true", "false"), alarms(257))).isTrue();
  }
}
