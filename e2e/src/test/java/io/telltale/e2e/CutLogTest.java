package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.kernel.Bytes;
import io.telltale.record.DoorStatement;
import io.telltale.record.DoorStatementCodec;
import io.telltale.record.LeaseCodec;
import io.telltale.record.LeaseId;
import io.telltale.record.RecordCodec;
import io.telltale.testkit.Waiting;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Who edits the segments of a stopped log can take acknowledged records away, and cannot do so
 * unseen (row 12).
 */
final class CutLogTest {
  // The first commit takes in that the door began; the next one would come too late.
  private static final Map<String, String> LATE =
      Map.of("TELLTALE_PIPELINE_COMMIT_EVERY_MS", "60000");

  @TempDir private Path folder;

  @Test
  void a_cut_tail_and_a_removed_lease_are_named_and_everybody_goes_on() throws Exception {
    Path data = folder.resolve("data");
    try (MqttConnector connector = new MqttConnector(1)) {
      TestDevice cut;
      TestDevice whole;
      TestDevice gone;
      try (ServerProcess server = ServerProcess.start(data)) {
        cut = TestDevice.enroll(server, "cut-1");
        whole = TestDevice.enroll(server, "whole-1");
        gone = TestDevice.enroll(server, "gone-1", "line-2");
        server.stop();
      }
      try (ServerProcess server = ServerProcess.start(data, LATE)) {
        publish(server, connector, whole, 1, 20);
        publish(server, connector, gone, 1, 7);
        publish(server, connector, cut, 1, 12);
        Waiting.until("the door has stated all", 20, () -> stated(server) == 20 + 7 + 12);
        assertThat(records(server)).as("all wait in the log").isZero();
        server.kill();
      }
      Path segment = LogSurgery.segment(data);
      Set<LeaseId> leases =
          LogSurgery.read(segment).stream()
              .flatMap(frame -> LeaseCodec.decode(frame.body()).stream())
              .map(LeaseCodec.Signed::announcement)
              .filter(lease -> lease.scope().path().contains("/line-2/"))
              .map(lease -> lease.id())
              .collect(Collectors.toSet());
      assertThat(LogSurgery.remove(segment, frame -> isOf(frame, leases))).isEqualTo(1 + 7);
      int frames = LogSurgery.read(segment).size();
      var seen = new int[1];
      assertThat(LogSurgery.remove(segment, _ -> ++seen[0] > frames - 5)).isEqualTo(5);

      try (ServerProcess server = ServerProcess.start(data)) {
        Waiting.until("it is named", 30, () -> missing(server) == 12);
        JsonNode incidents = server.json("ledger", "search", "--type", "incident.missing");
        assertThat(incidents.get("events"))
            .allSatisfy(
                incident -> {
                  JsonNode details = incident.get("details");
                  assertThat(details.get("door").asString()).isEqualTo(TestDevice.DOOR);
                  assertThat(details.get("cut").asString()).isEqualTo("true");
                });
        assertThat(server.metric("telltale_pipeline_missing_total{cause=\"records\"}"))
            .isEqualTo(12);
        publish(server, connector, gone, 8, 10);
        publish(server, connector, cut, 13, 20);
        LakeCheck.holdsOnce(
            server,
            Map.of("whole-1", numbers(1, 20), "gone-1", numbers(8, 10), "cut-1", numbers(13, 20)));
        assertThat(missing(server)).as("told once").isEqualTo(12);
        server.stop();
      }
      try (ServerProcess server = ServerProcess.start(data)) {
        assertThat(missing(server)).as("and for good").isEqualTo(12);
      }
    }
  }

  private static boolean isOf(LogSurgery.Frame frame, Set<LeaseId> leases) {
    return LeaseCodec.decode(frame.body())
            .filter(read -> leases.contains(read.announcement().id()))
            .isPresent()
        || RecordCodec.decode(frame.body())
            .filter(read -> leases.contains(read.lease()))
            .isPresent();
  }

  private static void publish(
      ServerProcess server, MqttConnector connector, TestDevice device, long from, long to) {
    MqttConnection session = device.connect(connector, server);
    for (long sequence = from; sequence <= to; sequence++) {
      assertThat(device.publish(session, sequence, 21.5)).isInstanceOf(Delivery.Acknowledged.class);
    }
    session.close();
  }

  /** How many records the door has stated as acknowledged since its last start. */
  private static long stated(ServerProcess server) {
    JsonNode opened = server.json("ledger", "search", "--type", "door.opened").get("events").get(0);
    Bytes run = statement(opened).run();
    var records = new HashMap<Integer, Long>();
    for (JsonNode event : server.json("ledger", "search", "--type", "door.stated").get("events")) {
      if (statement(event).run().equals(run)) {
        for (DoorStatement.Mark mark : statement(event).marks()) {
          records.merge(mark.partition(), mark.records(), Math::max);
        }
      }
    }
    return records.values().stream().mapToLong(Long::longValue).sum();
  }

  private static DoorStatement statement(JsonNode event) {
    String text = event.get("details").get("statement").asString();
    return DoorStatementCodec.decode(Bytes.adopt(Base64.getDecoder().decode(text)))
        .orElseThrow()
        .statement();
  }

  private static long records(ServerProcess server) {
    return server.json("status").get("pipeline").get("records").asLong();
  }

  private static long missing(ServerProcess server) {
    return server.json("status").get("pipeline").get("missing").asLong();
  }

  private static Set<Long> numbers(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().collect(Collectors.toSet());
  }
}
