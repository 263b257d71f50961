package io.telltale.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.json.PlainJson.Token;
import io.telltale.kernel.Bytes;
import io.telltale.testkit.Cases;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** IN-5: what is read as plain JSON is JSON, and the same that the strict profile reads. */
class PlainJsonTest {
  private static final int DEPTH_MAX = 3;
  private static final JsonProfile PROFILE =
      new JsonProfile(JsonProfile.Bounds.of(100_000, DEPTH_MAX));
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final List<String> PIECES =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ":",
          ",",
          "\"",
          "\"a\":",
          "\"b\":{",
          "null",
          "true",
          "false",
          "tru",
          "1e999",
          "-0",
          "0",
          "00",
          "-",
          "1.",
          ".5",
          "1e",
          "1e+",
          "1E-3",
          "1.5e22",
          "1.5e23",
          "9007199254740993",
          "9007199254740993.0",
          "123456789012345678",
          "1234567890123456789",
          "99999999999999999999",
          "0.1",
          "0.30000000000000004",
          "4.9e-324",
          "1.7976931348623157e308",
          "1e-400",
          "-101",
          "500.0001",
          "\\u0041",
          "\\n",
          "\"x y\"",
          " ",
          "\t",
          "\r\n",
          "\u0000",
          "\u007f",
          "\u00e9",
          "NaN",
          "/**/",
          "'a'");

  /** What was read, as the tree that it stands for; empty when something was odd. */
  private static Optional<JsonNode> read(byte[] document) {
    var in = new PlainJson(document, DEPTH_MAX);
    in.next();
    return value(in).filter(_ -> in.isAtEnd());
  }

  private static Optional<JsonNode> value(PlainJson in) {
    return switch (in.token()) {
      case OBJECT -> members(in);
      case TEXT -> Optional.of(MAPPER.valueToTree(in.text()));
      case WHOLE -> Optional.of(MAPPER.valueToTree(in.whole()));
      case DECIMAL -> Optional.of(MAPPER.valueToTree(in.number()));
      case TRUE -> Optional.of(MAPPER.valueToTree(true));
      case FALSE -> Optional.of(MAPPER.valueToTree(false));
      case NULL -> Optional.of(MAPPER.nullNode());
      case ODD -> Optional.empty();
    };
  }

  private static Optional<JsonNode> members(PlainJson in) {
    ObjectNode object = MAPPER.createObjectNode();
    while (in.nextMember()) {
      String name = in.text();
      assertThat(in.is(name)).isTrue();
      in.next();
      Optional<JsonNode> value = value(in);
      if (value.isEmpty() || object.has(name)) {
        return Optional.empty();
      }
      object.set(name, value.get());
    }
    return in.isOdd() ? Optional.empty() : Optional.of(object);
  }

  /** Whether it was plain; if so it is what the strict profile reads. */
  private static boolean agrees(byte[] document) {
    Optional<JsonNode> plain = read(document);
    if (plain.isEmpty()) {
      return false;
    }
    Optional<JsonNode> strict = PROFILE.read(Bytes.adopt(document));
    if (strict.isEmpty()) {
      // Infinite numbers are the reader's to judge.
      assertThat(JsonProfile.isFinite(plain.get())).as(text(document)).isFalse();
      return false;
    }
    assertThat(same(plain.get(), strict.get())).as(text(document)).isTrue();
    return true;
  }

  private static String text(byte[] document) {
    return new String(document, StandardCharsets.ISO_8859_1);
  }

  /** Numbers bit by bit, whatever type holds them. */
  private static boolean same(JsonNode plain, JsonNode strict) {
    if (plain.isObject()) {
      return strict.isObject()
          && plain.size() == strict.size()
          && plain.properties().stream()
              .allMatch(one -> same(one.getValue(), strict.path(one.getKey())));
    }
    if (plain.isNumber()) {
      return strict.isNumber()
          && plain.isIntegralNumber() == strict.isIntegralNumber()
          && (plain.isIntegralNumber()
              ? plain.longValue() == strict.longValue()
              : Double.doubleToLongBits(plain.doubleValue())
                  == Double.doubleToLongBits(strict.doubleValue()));
    }
    return plain.equals(strict);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        " { \"a\" : 1 , \"b\":{\"c\":-0.5E+2,\"d\":\"x\"} ,\"e\":true}\r\n",
        "{\"a\":-0,\"b\":-0.0,\"c\":null,\"d\":123456789012345678,\"e\":1.5e22,\"f\":1e-7}",
        "1",
        "\"text\"",
        "-12.25"
      })
  void reads_what_is_usual(String document) {
    assertThat(agrees(document.getBytes(StandardCharsets.UTF_8))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1}x",
        "{} {}",
        "[]",
        "{\"a\":[1]}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":tru}",
        "{\"a\":trueX}",
        "{\"a\":1 2}",
        "{\"a\" 1}",
        "{a:1}",
        "{\"a\":\"\\n\"}",
        "{\"a\":\"\u00e9\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":1234567890123456789}",
        "{\"a\":{\"b\":{\"c\":{}}}}",
        "}",
        "{\"a\":1}}"
      })
  void finds_the_rest_odd(String document) {
    assertThat(read(document.getBytes(StandardCharsets.UTF_8))).isEmpty();
  }

  // The end of a document is one thing, and a byte that is no ASCII another.
  @Test
  void takes_nothing_behind_the_value() {
    for (int tail = 0; tail < 256; tail++) {
      byte[] document = {'{', '}', (byte) tail, 'x'};
      assertThat(read(document)).as("tail %d", tail).isEmpty();
      boolean blank = tail == ' ' || tail == '\t' || tail == '\n' || tail == '\r';
      assertThat(read(Arrays.copyOf(document, 3)).isPresent()).as("tail %d", tail).isEqualTo(blank);
    }
  }

  @Test
  void numbers_are_the_doubles_that_are_nearest_to_them() {
    var decimals = new AtomicInteger();
    Cases.check(
        100_000,
        random -> {
          String number =
              switch (random.nextInt(4)) {
                case 0 -> Double.toString(Double.longBitsToDouble(random.nextLong()));
                case 1 -> Double.toString(random.nextInt(100_000) / 100.0);
                case 2 -> random.nextLong() + "." + random.nextInt(1_000_000);
                default -> random.nextInt() + "e" + (random.nextInt(60) - 30);
              };
          var in = new PlainJson(number.getBytes(StandardCharsets.US_ASCII), 1);
          if (in.next() == Token.DECIMAL) {
            decimals.incrementAndGet();
            assertThat(Double.doubleToLongBits(in.number()))
                .as(number)
                .isEqualTo(Double.doubleToLongBits(Double.parseDouble(number)));
          }
        });
    assertThat(decimals.get()).isGreaterThan(50_000);
  }

  @Test
  void mutated_documents_are_read_as_the_profile_reads_them_or_not_at_all() {
    String good =
        "{\"seq\":7,\"time\":1700000000001,\"values\":{\"t\":61.25,\"u\":\"Pa\"},\"x\":-1e3}";
    var plain = new AtomicInteger();
    Cases.check(
        50_000,
        random -> {
          var text = new StringBuilder(good);
          for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
            int at = random.nextInt(text.length() + 1);
            int end = Math.min(text.length(), at + random.nextInt(4));
            text.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
          }
          if (agrees(text.toString().getBytes(StandardCharsets.UTF_8))) {
            plain.incrementAndGet();
          }
        });
    System.out.printf("of 50,000 mutated documents %,d were plain%n", plain.get());
    assertThat(plain.get()).isPositive();
  }

  @FuzzTest
  void any_bytes_are_read_as_the_profile_reads_them_or_not_at_all(byte[] document) {
    agrees(document);
  }
}
