package io.telltale.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.admission.PolicyTrial;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.TenantId;
import io.telltale.leases.RecordSealer;
import io.telltale.pipeline.intake.Judging;
import io.telltale.record.Origin;
import io.telltale.registry.Act;
import io.telltale.registry.PolicyChange;
import io.telltale.registry.PolicyDocument;
import io.telltale.roster.Identity;
import io.telltale.testkit.Cases;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Firm ground 27: what the door lets pass the pipeline stores, and what it would not store the door
 * refuses, so that nothing that was acknowledged becomes a dead letter for what it says.
 */
class DoorAgreesTest {
  private static final List<String> NUMBERS =
      List.of(
          "0",
          "-0",
          "0.0",
          "-0.0",
          "20",
          "250",
          "250.00000001",
          "-273.15",
          "-273.16",
          "300",
          "500",
          "1e2",
          "1e-320",
          "4.9e-324",
          "1.7976931348623157e308",
          "1e999",
          "9007199254740993",
          "9223372036854775807",
          "99999999999999999999",
          "\"20\"",
          "true",
          "null",
          "[20]",
          "{}");
  private static final List<String> UNITS =
      List.of("degC", "degF", "K", "kPa", "psi", "mm/s", "furlong", "", "%", "u".repeat(65));
  private static final List<String> METRICS =
      List.of("temperature", "pressure", "vibration", "power", "elsewhere", "längst");
  private static final List<String> SOURCE_TIMES =
      List.of("0", "1795857665303629437", "-62135596800001", "253402300799999", "1.5", "\"x\"");

  @TempDir Path folder;
  @AutoClose private Plant plant;
  private Identity press;

  @BeforeEach
  void build() {
    plant = new Plant(folder);
    press = plant.device("press-1", "prod");
  }

  private String payload(RandomGenerator random) {
    long now = plant.clock.millis();
    var json = new StringBuilder("{\"seq\":1,\"sent\":%d,\"time\":%d".formatted(now, now));
    if (random.nextInt(20) > 0) {
      json.append(",\"values\":{").append(members(random, NUMBERS, false)).append('}');
    }
    if (random.nextInt(3) == 0) {
      json.append(",\"units\":{").append(members(random, UNITS, true)).append('}');
    }
    if (random.nextInt(8) == 0) {
      json.append(",\"sourceTime\":").append(one(random, SOURCE_TIMES));
    }
    return json.append('}').toString();
  }

  private static String members(RandomGenerator random, List<String> of, boolean texts) {
    var members = new StringBuilder();
    for (String metric : METRICS) {
      if (random.nextInt(3) == 0) {
        String value = random.nextInt(2) == 0 ? one(random, of) : of.get(texts ? 0 : 4);
        members.append(members.isEmpty() ? "" : ",").append('"').append(metric).append("\":");
        members.append(texts ? "\"" + value + "\"" : value);
      }
    }
    return members.toString();
  }

  private static String one(RandomGenerator random, List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private boolean doorTakes(String payload, String topic) {
    var question =
        new PolicyTrial.Question(
            press, topic, Optional.of(Bytes.utf8(payload)), PolicyTrial.Assumption.NONE);
    return PolicyTrial.ask(
            plant.registry.policies().inForce(TenantId.DEFAULT), question, Plant.NOON)
        .allowed();
  }

  private int policyVersion() {
    return Math.toIntExact(plant.registry.policies().inForce(TenantId.DEFAULT).version());
  }

  /** How many were read without a tree. */
  private int agree(int cases, String topic) {
    var judging = new Judging(plant.registry.policies());
    var origin = plant.origin(press, 1, policyVersion());
    int[] taken = {0, 0};
    Cases.check(
        cases,
        random -> {
          String payload = payload(random);
          boolean door = doorTakes(payload, topic);
          taken[door ? 1 : 0]++;
          assertThat(judging.takes(payload, origin)).as(payload).isEqualTo(door);
        });
    System.out.printf("%,d of %,d were read without a tree%n", judging.plainly(), cases);
    assertThat(taken[0]).isPositive();
    assertThat(taken[1]).isPositive();
    return judging.plainly();
  }

  @Test
  void door_and_pipeline_agree_on_every_reading_of_the_factory() {
    assertThat(agree(5_000, "t/default/d/press-1/telemetry")).isPositive();
  }

  // A schema that asks for nothing: only what storage can hold and the fields' ranges count.
  @Test
  void door_and_pipeline_agree_under_a_schema_that_lets_everything_through() {
    put(
        """
        {"schema":{"type":"object"},
         "fields":[{"name":"temperature","unit":"degC","canonicalUnit":"degC","min":-273.15,
                    "max":250},
                   {"name":"pressure","unit":"psi","canonicalUnit":"kPa","min":0,"max":1000}]
        """);
    agree(5_000, "t/default/d/press-1/telemetry");
  }

  @Test
  void door_and_pipeline_agree_on_what_a_mapping_reads() {
    put(
        """
        {"schema":{"type":"object"},
         "mapping":{"version":1,"format":"json","flatten":{"from":"/values"}},
         "fields":[{"name":"temperature","unit":"degF","canonicalUnit":"degC","min":-40,
                    "max":150}]
        """);
    agree(5_000, "t/default/d/press-1/telemetry");
  }

  private void put(String messageType) {
    String replay = messageType.contains("mapping") ? "session-only" : "sequence";
    String policy =
        """
        {"deviceTypes":[{"name":"press","messageTypes":["telemetry"],"replay":"%s",
           "limits":{"messagesPerSecond":100,"burst":100,"bytesPerSecond":1000000},
           "attestationRequired":false}],
         "messageTypes":[%s,"name":"telemetry","version":1,"sensitivity":"internal"}],
         "rules":[{"effect":"allow","action":"publish","topic":"t/{tenant}/d/{device}/{type}"}]}
        """
            .formatted(replay, messageType.strip());
    var document =
        new PolicyDocument(TenantId.DEFAULT, Bytes.utf8(policy), OptionalLong.empty(), true);
    assertThat(plant.registry.putPolicy(document, new Act("test", "test")))
        .isInstanceOf(PolicyChange.InForce.class);
  }

  // A device whose type is session-only may number its readings for its own use.
  @Test
  void a_number_in_a_payload_whose_door_used_none_costs_no_record() {
    Origin numbered = plant.origin(press, 1);
    try (RecordSealer sealer = plant.sealer()) {
      for (int i = 0; i < 2; i++) {
        plant.append(Plant.sealed(sealer, 0, unnumbered(numbered), plant.payload(7, 20 + i)));
      }
    }
    plant.pump();
    assertThat(plant.deadLetters()).isEmpty();
    assertThat(plant.lake.rows()).extracting(TableLake.Row::value).containsExactly(20.0, 21.0);
  }

  /** As a door makes it for a device of a session-only type. */
  private static Origin unnumbered(Origin origin) {
    return new Origin(
        origin.device(),
        origin.deviceNumber(),
        origin.credential(),
        origin.issuer(),
        origin.gatewayChain(),
        origin.firmwareClaimed(),
        origin.attestation(),
        origin.scope(),
        origin.messageType(),
        origin.schema(),
        OptionalLong.empty(),
        origin.sent(),
        origin.received(),
        origin.door(),
        origin.endpoint(),
        origin.feedPosition(),
        origin.policyVersion(),
        origin.assurance(),
        origin.enrolment(),
        origin.mark());
  }
}
