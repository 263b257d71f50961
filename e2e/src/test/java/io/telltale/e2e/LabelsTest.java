package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.Connected;
import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.device.TlsMaterial;
import io.telltale.server.Server;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Firm ground 18 and 28: a label is the owner's word and stands in the place of no column. */
final class LabelsTest {
  private static final List<String> COLUMNS =
      List.of("device_type", "product_line", "owner_team", "provisioning");
  private static final Map<String, String> TRUE =
      Map.of(
          "device_type", "press",
          "product_line", "line-1",
          "owner_team", "team",
          "provisioning", "est-token");

  @TempDir private Path folder;

  @Test
  void labels_that_are_called_like_columns_mask_nothing_in_lake_and_trace() throws Exception {
    try (Server server = Server.start(InProcess.config(folder, "data"));
        var connector = new MqttConnector(1)) {
      var clock = InstantSource.system();
      TlsMaterial material = InProcess.enroll(server, clock, "press-1");
      var set = new ArrayList<>(List.of("device", "set", "press-1", "--reason", "test"));
      TRUE.keySet().forEach(name -> set.addAll(List.of("--label", name + "=label-" + name)));
      json(set.toArray(String[]::new));
      Connected connected = InProcess.connect(server, connector, clock, "press-1", material);
      publish(((Connected.Ready) connected).connection());
      InProcess.await(server, 1);

      JsonNode row =
          json(
                  "query",
                  "SELECT %s, labels, \"partition\", record_offset FROM readings"
                      .formatted(String.join(", ", COLUMNS)))
              .get("rows")
              .get(0);
      int column = 0;
      for (String name : COLUMNS) {
        assertThat(row.get(column++).asString()).as(name).isEqualTo(TRUE.get(name));
      }
      JsonNode labels = JsonMapper.shared().readTree(row.get(4).asString());
      TRUE.keySet()
          .forEach(
              name -> assertThat(labels.get(name).asString()).as(name).isEqualTo("label-" + name));

      String record = row.get(5).asString() + ":" + row.get(6).asString();
      JsonNode facts = json("trace", "--row", record).get("facts");
      String shown = run("trace", "--row", record).out();
      TRUE.forEach(
          (name, value) -> {
            assertThat(facts.get(name).asString()).as(name).isEqualTo(value);
            assertThat(shown.lines().map(String::strip))
                .filteredOn(line -> line.startsWith(name + ":"))
                .containsExactly(name + ": " + value);
          });
      assertThat(facts.get("labels").asString()).contains("label-device_type");

      String minute = "SELECT device_type, product_line FROM minutes";
      Waiting.until("its minute is told", 60, () -> json("query", minute).get("rows").size() == 1);
      assertThat(json("query", minute).get("rows").toString())
          .isEqualTo("[[\"press\",\"line-1\"]]");
    }
  }

  private static void publish(MqttConnection session) {
    Instant now = Instant.now();
    var payload =
        new Telemetry(now, Map.of("temperature", 21.5), Map.of(), Optional.empty(), "1")
            .payload(1, now);
    assertThat(TestDevice.await(session.publish("t/default/d/press-1/telemetry", payload, false)))
        .isEqualTo(new Delivery.Acknowledged());
  }

  private ServerProcess.Ran run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", folder.resolve("data").toString()));
    ServerProcess.Ran ran = ServerProcess.command(all.toArray(String[]::new));
    assertThat(ran.exitCode()).as(ran.toString()).isZero();
    return ran;
  }

  private JsonNode json(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    return JsonMapper.shared().readTree(run(all.toArray(String[]::new)).out());
  }
}
