package io.telltale.message;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.OutputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.telltale.kernel.Bytes;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** PL-6: the plain form of a schema lets nothing pass that the schema's validator would not. */
class PlainShapeAgreesTest {
  private static final Path FACTORY_POLICY =
      Path.of("../roster/src/main/resources/io/telltale/roster/factory-policy.json");
  private static final String GOOD =
      "{\"seq\":7,\"sent\":1700000000000,\"time\":1700000000001,\"values\":{\"temperature\":61.25,"
          + "\"pressure\":412},\"units\":{\"pressure\":\"Pa\"},\"firmware\":\"1.4.2\"}";
  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "[1]",
          ":",
          ",",
          "\"seq\":1,",
          "\"sent\"",
          "null",
          "true",
          "-0",
          "-1",
          "0",
          "9007199254740993",
          "99999999999999999999",
          "1.0",
          "1e300",
          "-101",
          "500.0001",
          "\"a\"",
          "\"\"",
          "power",
          "other",
          "\\u0041",
          "\\n",
          "\u00e9",
          "0123456789abcdefg");

  private final Schema validator =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(schema());
  private final PlainShape plain = PlainShape.of(schema().toString()).orElseThrow();

  /** The one that most readings are judged by; it lies above this module, and a copy would age. */
  private static JsonNode schema() {
    return JsonMapper.shared().readTree(FACTORY_POLICY).path("messageTypes").path(0).path("schema");
  }

  @Test
  void accepts_a_usual_reading() {
    assertThat(plain.accepts(StrictJson.read(Bytes.utf8(GOOD)).orElseThrow())).isTrue();
  }

  @Test
  void accepts_nothing_that_the_validator_does_not() {
    var random = new Random(20_261_123);
    int documents = 0;
    int accepted = 0;
    for (int i = 0; i < 50_000; i++) {
      Optional<JsonNode> document = StrictJson.read(Bytes.utf8(mutated(random)));
      documents += document.isPresent() ? 1 : 0;
      if (document.isPresent() && plain.accepts(document.get())) {
        accepted++;
        assertThat(validator.validate(document.get(), OutputFormat.BOOLEAN)).isTrue();
      }
    }
    System.out.printf("of %,d documents %,d were plainly good%n", documents, accepted);
    assertThat(accepted).isPositive();
  }

  private static String mutated(Random random) {
    var text = new StringBuilder(GOOD);
    for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + random.nextInt(12));
      text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }
}
