package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.x509.Pem;
import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.identity.ServiceIdentity;
import io.telltale.kernel.SpiffeId;
import io.telltale.roster.Role;
import io.telltale.server.Server;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Firm ground 27: what a door has acknowledged and the pipeline cannot store is listed, shown to
 * the granted, counted by device, and stored once when the cause is gone.
 */
final class DeadLetterLineTest {
  private static final String WHY = "minute-unreadable";

  private final Instant longAgo =
      Instant.now().minus(Duration.ofDays(400)).truncatedTo(ChronoUnit.HOURS);

  @TempDir private Path folder;
  private Path data;

  @SuppressWarnings("NullAway.Init") // set in the test
  DeadLetterLineTest() {}

  // The disk damages the aggregates of a day of long ago before another device's history of that
  // day comes: no door can know.
  @Test
  void a_record_that_the_lake_cannot_take_yet_is_a_letter_until_it_can() throws Exception {
    data = folder.resolve("data");
    InstantSource clock = InstantSource.system();
    try (Server server = Server.start(InProcess.config(folder, "data"));
        var connector = new MqttConnector(1)) {
      allowHistory();
      send(InProcess.session(server, connector, clock, "press-1"), "press-1", 1, longAgo);
      awaitRows("press-1", 1);
      Waiting.until("its minute is final", 60, () -> pastMinutes().equals(List.of("true 1 21.0")));
    }
    Map<Path, byte[]> whole = damage();
    try (Server server = Server.start(InProcess.config(folder, "data"));
        var connector = new MqttConnector(1)) {
      MqttConnection second = InProcess.session(server, connector, clock, "press-2");
      send(second, "press-2", 1, longAgo.plus(Duration.ofMinutes(5)));
      Waiting.until("it is a dead letter", 60, () -> letters("press-2").size() == 1);
      JsonNode letter = letters("press-2").get(0);
      isToldOf(server, letter);
      isShownToTheGrantedOnly(server, letter.get("number").asString());
      send(second, "press-2", 2, Instant.now());
      Waiting.until(
          "the others go on", 60, () -> json("status").at("/pipeline/records").asLong() == 1);

      // Asked for while the cause stands: it is a letter still.
      replay(letter, 1);
      awaitReplayed(1);
      assertThat(letters("press-2")).hasSize(1);
      assertThat(letters("press-2").get(0).get("reason").asString()).isEqualTo(WHY);

      for (Map.Entry<Path, byte[]> object : whole.entrySet()) {
        Files.write(object.getKey(), object.getValue());
      }
      replay(letter, 1);
      awaitRows("press-2", 2);
      isInTheLakeOnce(letter);
      sendsNone(letter.get("number").asString());
      send(second, "press-2", 3, Instant.now());
      awaitRows("press-2", 3);
      isInTheLakeOnce(letter);
    }
  }

  private void sendsNone(String number) {
    ServerProcess.Ran again = run("deadletter", "replay", number);
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).contains("not-found", "no such dead letter");
    ServerProcess.Ran all = run("deadletter", "replay", "--reason", WHY);
    assertThat(all.exitCode()).isEqualTo(1);
    assertThat(all.err()).contains("none-matched");
    ServerProcess.Ran stranger = run("deadletter", "replay", "--device", "press-3");
    assertThat(stranger.exitCode()).isEqualTo(1);
    assertThat(stranger.err()).contains("not-found", "no such device");
    // What sent nothing is nothing that was done.
    assertThat(events("record.replay-asked")).hasSize(2);
    ServerProcess.Ran never = run("trace", "--row", "0:999999");
    assertThat(never.exitCode()).isEqualTo(1);
    assertThat(never.err()).contains("not-written");
  }

  private void allowHistory() throws IOException {
    Path policy = folder.resolve("policy.json");
    String document = run("policy", "show").out();
    Files.writeString(
        policy,
        document.replace(
            "\"name\": \"telemetry\",", "\"name\": \"telemetry\", \"ageDaysMax\": 9000,"));
    assertThat(run("policy", "apply", policy.toString()).out()).contains("in force");
  }

  private static void send(MqttConnection session, String name, long sequence, Instant time) {
    var payload =
        new Telemetry(time, Map.of("temperature", 20.0 + sequence), Map.of(), Optional.empty(), "1")
            .payload(sequence, Instant.now());
    assertThat(
            TestDevice.await(session.publish("t/default/d/" + name + "/telemetry", payload, false)))
        .isEqualTo(new Delivery.Acknowledged());
  }

  /** One byte of each data object changed; what each was. */
  private Map<Path, byte[]> damage() throws IOException {
    var whole = new HashMap<Path, byte[]>();
    try (Stream<Path> objects = Files.walk(data.resolve("lake/objects/data"))) {
      for (Path object : objects.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(object);
        whole.put(object, bytes.clone());
        bytes[bytes.length / 2] ^= 1;
        Files.write(object, bytes);
      }
    }
    return whole;
  }

  private void isToldOf(Server server, JsonNode letter) throws Exception {
    assertThat(letter.get("device").asString()).isEqualTo("press-2");
    assertThat(letter.get("reason").asString()).isEqualTo(WHY);
    assertThat(letter.get("replayable").asBoolean()).isTrue();
    assertThat(letters("press-1")).isEmpty();
    String record = letter.get("record").asString();
    String number = letter.get("number").asString();
    assertThat(run("deadletter", "list").out()).contains(record, "press-2", WHY);

    ServerProcess.Ran trace = run("trace", "--row", record);
    assertThat(trace.exitCode()).isNotZero();
    assertThat(trace.err()).contains(WHY, "telltale deadletter show " + number);

    assertThat(json("status").get("deadLetters").asLong()).isEqualTo(1);
    assertThat(run("status").out()).containsPattern("deadLetters: +1");
    assertThat(json("device", "show", "press-1").get("deadLetters").asLong()).isZero();
    assertThat(json("device", "show", "press-2").get("deadLetters").asLong()).isEqualTo(1);
    JsonNode events = events("record.dead-lettered");
    assertThat(events).hasSize(1);
    assertThat(events.toString()).contains("record/" + record, WHY, "device/press-2");
    assertThat(metrics(server))
        .contains("telltale_pipeline_rejected_total{cause=\"" + WHY + "\"} 1");
  }

  private void isShownToTheGrantedOnly(Server server, String number) throws IOException {
    JsonNode shown = json("deadletter", "show", number);
    assertThat(JsonMapper.shared().readTree(shown.get("payload").asString()).at("/values"))
        .hasToString("{\"temperature\":21.0}");
    assertThat(shown.at("/origin/sequence").asString()).isEqualTo("1");

    var id = SpiffeId.parse("spiffe://telltale.local/default/person/newcomer").orElseThrow();
    server.registry().addPrincipal(id, Set.of(Role.ANALYST), "test");
    ServiceIdentity newcomer = ServiceIdentity.person(server.authority(), id);
    Path chain = folder.resolve("newcomer.crt.pem");
    Path key = folder.resolve("newcomer.key.pem");
    Files.writeString(chain, Pem.certificates(newcomer.chain()));
    Files.writeString(key, Pem.encode("PRIVATE KEY", newcomer.key().getEncoded()));
    ServerProcess.Ran refused =
        run("deadletter", "show", number, "--cert", chain.toString(), "--key", key.toString());
    assertThat(refused.exitCode()).isNotZero();
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err()).contains("not-granted");
    // Who was refused is not in the ledger as one who saw it.
    assertThat(events("record.letter-shown")).hasSize(1);
    assertThat(events("record.letter-shown").toString()).contains("person/operator");
  }

  private void replay(JsonNode letter, int count) {
    assertThat(
            json("deadletter", "replay", letter.get("number").asString()).get("replaying").asInt())
        .isEqualTo(count);
  }

  private void awaitReplayed(int count) throws InterruptedException {
    Waiting.until("it was taken again", 60, () -> events("record.replayed").size() == count);
  }

  private void isInTheLakeOnce(JsonNode letter) throws Exception {
    awaitReplayed(2);
    assertThat(events("record.replayed").toString()).containsOnlyOnce("\"stored\"");
    assertThat(letters("press-2")).isEmpty();
    assertThat(json("status").get("deadLetters").asLong()).isZero();
    assertThat(json("device", "show", "press-2").get("deadLetters").asLong()).isZero();
    String record = letter.get("record").asString();
    assertThat(
            rows(
                "SELECT device, value FROM readings WHERE device = 'press-2' AND \"partition\""
                    + " || ':' || record_offset = '"
                    + record
                    + "'"))
        .containsExactly("press-2 21.0");
    assertThat(pastMinutes()).allMatch(row -> row.endsWith(" 1 21.0")).hasSize(2);
    assertThat(run("trace", "--row", record).exitCode()).isZero();
    ServerProcess.Ran audit = run("ledger", "verify");
    assertThat(audit.exitCode()).as(audit.toString()).isZero();
  }

  private void awaitRows(String device, long count) throws InterruptedException {
    String sql = "SELECT count(*) FROM readings WHERE device = '%s'".formatted(device);
    Waiting.until(
        count + " readings of " + device,
        60,
        () -> rows(sql).equals(List.of(Long.toString(count))));
  }

  private List<String> pastMinutes() {
    return rows(
        "SELECT final, count, sum FROM minutes WHERE metric = 'temperature' AND minute < now() -"
            + " INTERVAL 30 DAY");
  }

  private List<String> rows(String sql) {
    var all = new ArrayList<String>();
    for (JsonNode row : json("query", sql).get("rows")) {
      all.add(String.join(" ", row.valueStream().map(JsonNode::asString).toList()));
    }
    return all;
  }

  private JsonNode events(String type) {
    return json("ledger", "search", "--type", type).get("events");
  }

  private static String metrics(Server server) throws Exception {
    var page = URI.create("http://127.0.0.1:" + server.ports().metrics() + "/metrics");
    try (var client = HttpClient.newHttpClient()) {
      return client
          .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  private JsonNode letters(String device) {
    return json("deadletter", "list", "--device", device).get("letters");
  }

  private ServerProcess.Ran run(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--data");
    all.add(data.toString());
    return ServerProcess.command(all.toArray(String[]::new));
  }

  private JsonNode json(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.add("--json");
    ServerProcess.Ran ran = run(all.toArray(String[]::new));
    assertThat(ran.exitCode()).as(ran.toString()).isZero();
    return JsonMapper.shared().readTree(ran.out());
  }
}
