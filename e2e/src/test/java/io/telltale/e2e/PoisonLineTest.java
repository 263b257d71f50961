package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.kernel.Bytes;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Firm ground 22 at a real door: whatever a schema that forbids nothing lets through is
 * acknowledged and stored, or refused with a reason, and the pipeline goes on for everybody.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PoisonLineTest {
  private static final int RANDOM = 300;
  private static final String POLICY =
      """
      {"deviceTypes": [{"name": "press", "messageTypes": ["telemetry"],
          "limits": {"messagesPerSecond": 10000, "burst": 10000, "bytesPerSecond": 1000000000},
          "replay": "sequence"}],
       "messageTypes": [{"name": "telemetry", "version": 2, "sensitivity": "internal",
          "schema": {"type": "object"},
          "fields": [{"name": "ranged", "unit": "degF", "canonicalUnit": "degC",
                      "min": -1e300, "max": 1e300}]}],
       "rules": [{"effect": "allow", "action": "publish",
                  "topic": "t/{tenant}/d/{device}/{type}"}]}
      """;
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "0.0",
          "-0.0",
          "1e-400",
          "4.9e-324",
          "-4.9e-324",
          "2.2250738585072014e-308",
          "1.7976931348623157e308",
          "-1.7976931348623157e308",
          "1e308",
          "1e309",
          "-1e999",
          "2147483647",
          "2147483648",
          "-2147483649",
          "9007199254740991",
          "9007199254740993",
          "1795857665303629437",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "-9223372036854775809",
          "1" + "0".repeat(60),
          "1".repeat(65),
          "0." + "3".repeat(60),
          "1e+00000000000000000001",
          "253402300799999",
          "253402300800000",
          "-62135596800000",
          "-62135596800001");
  private static final List<String> OTHERS =
      List.of(
          "null",
          "true",
          "\"\"",
          "\"x\"",
          "[]",
          "{}",
          "[[[[[1]]]]]",
          "{\"a\":{\"b\":{\"c\":1}}}",
          "[1,\"x\",null,{\"y\":2}]",
          "\"\\u0000\"",
          "\"\\ud83d\\ude00\"",
          "\"\\ud800\"",
          "\"" + "l".repeat(100_000) + "\"",
          "\"\\n\\t\\\\'\"");
  private static final List<String> NAMES =
      List.of(
          "ranged",
          "value",
          "",
          " ",
          "n".repeat(256),
          "n".repeat(257),
          "\\u0000",
          "a'b",
          "a\\\"b",
          "\\ud83d\\ude00",
          "längst",
          "device",
          "SELECT",
          "../..",
          "a.b.c",
          "__proto__");
  private static final List<String> MEMBERS =
      List.of(
          "sourceTime", "units", "firmware", "device", "labels", "scope", "time", "seq", "sent");

  private final MqttConnector connector = new MqttConnector(1);
  private ServerProcess server;
  private TestDevice device;
  private TestDevice honest;

  @SuppressWarnings("NullAway.Init") // set in startServer
  PoisonLineTest() {}

  @BeforeAll
  void startServer(@TempDir Path folder) throws IOException, InterruptedException {
    server = ServerProcess.start(folder.resolve("data"));
    device = TestDevice.enroll(server, "poison-01");
    honest = TestDevice.enroll(server, "honest-01");
    Path policy = folder.resolve("policy.json");
    Files.writeString(policy, POLICY);
    assertThat(server.run("policy", "apply", policy.toString(), "--reason", "test").exitCode())
        .isZero();
  }

  @AfterAll
  void stopServer() throws InterruptedException {
    connector.close();
    assertThat(server.stop()).isIn(0, 143);
  }

  /** Of {@code values} and {@code more}, which begins with a comma, of a message of now. */
  private static String message(String values, String more) {
    long now = Instant.now().toEpochMilli();
    return "{\"seq\":@,\"sent\":%d,\"time\":%d,\"values\":%s%s}".formatted(now, now, values, more);
  }

  private static List<String> messages() {
    var all = new ArrayList<String>();
    var every = new ArrayList<>(NUMBERS);
    every.addAll(OTHERS);
    for (String value : every) {
      all.add(message("{\"ranged\":" + value + "}", ""));
      all.add(message("{\"value\":" + value + "}", ""));
      all.add(message("{\"value\":1}", ",\"sourceTime\":" + value));
      all.add(message("{\"value\":1}", ",\"units\":" + value));
      all.add(message("{\"value\":1}", ",\"units\":{\"value\":" + value + "}"));
      all.add(message(value, ""));
    }
    for (String name : NAMES) {
      all.add(message("{\"" + name + "\":1}", ",\"units\":{\"" + name + "\":\"degF\"}"));
    }
    all.add(message(many(2_000, 10), ""));
    all.add(message(many(900, 256), ""));
    all.add(message("{\"value\":1}", ",\"units\":{\"value\":\"" + "u".repeat(64) + "\"}"));
    all.add(message("{\"value\":1}", ",\"units\":{\"value\":\"" + "u".repeat(65) + "\"}"));
    var random = new Random(22);
    for (int i = 0; i < RANDOM; i++) {
      String values =
          IntStream.range(0, random.nextInt(5))
              .mapToObj(one -> "\"" + NAMES.get(random.nextInt(NAMES.size())) + one + "\":")
              .map(name -> name + every.get(random.nextInt(every.size())))
              .collect(Collectors.joining(",", "{", "}"));
      String more =
          random.nextBoolean()
              ? ""
              : ",\"%s\":%s"
                  .formatted(
                      MEMBERS.get(random.nextInt(MEMBERS.size())),
                      every.get(random.nextInt(every.size())));
      all.add(message(values, more));
    }
    return all;
  }

  private static String many(int count, int nameChars) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"%s%d\":%d".formatted("m".repeat(nameChars - 5), 10_000 + i, i))
        .collect(Collectors.joining(",", "{", "}"));
  }

  @Test
  void whatever_a_schema_lets_through_is_stored_or_refused_and_everybody_goes_on()
      throws InterruptedException {
    MqttConnection session = device.connect(connector, server);
    long acknowledged = 0;
    long refused = 0;
    long sequence = 0;
    for (String message : messages()) {
      sequence++;
      Bytes payload = Bytes.utf8(message.replace("@", Long.toString(sequence)));
      Delivery delivery = TestDevice.await(session.publish(device.topic(), payload, false));
      String what = message.substring(0, Math.min(300, message.length()));
      assertThat(delivery)
          .as(what)
          .isInstanceOfAny(Delivery.Acknowledged.class, Delivery.Refused.class);
      if (delivery instanceof Delivery.Acknowledged) {
        acknowledged++;
      } else {
        refused++;
      }
    }
    MqttConnection other = honest.connect(connector, server);
    assertThat(honest.publish(other, 1, 21.5)).isEqualTo(new Delivery.Acknowledged());
    System.out.printf("poison: %d acknowledged, %d refused%n", acknowledged, refused);
    assertThat(acknowledged).isGreaterThan(100);
    assertThat(refused).isGreaterThan(100);

    assertThat(stored("honest-01", 1)).isEqualTo(1);
    assertThat(stored("poison-01", acknowledged)).isEqualTo(acknowledged);
    JsonNode dead = server.json("ledger", "search", "--type", "record.dead-lettered");
    assertThat(dead.toString())
        .as("nothing that was acknowledged is lost")
        .doesNotContain("reason");
  }

  /** How many records of a device there are, once there are as many as wanted. */
  private long stored(String name, long wanted) throws InterruptedException {
    String sql =
        "SELECT count(*) FROM (SELECT DISTINCT \"partition\", record_offset FROM readings"
            + " WHERE device = '%s')".formatted(name);
    return Waiting.until(
        "%d records of %s are stored".formatted(wanted, name),
        60,
        () -> server.json("query", sql).get("rows").get(0).get(0).asLong(),
        count -> count >= wanted);
  }
}
