package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.Entropy;
import io.telltale.device.Agent;
import io.telltale.device.Delivery;
import io.telltale.device.Enroller;
import io.telltale.device.EnrollmentToken;
import io.telltale.device.MqttConnector;
import io.telltale.device.Telemetry;
import io.telltale.testkit.Ran;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** {@code telltale agent} in a process of its own, with a token file and nothing else (ID-4). */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class AgentTest {
  private Path folder;
  private ServerProcess server;

  @SuppressWarnings("NullAway.Init") // set in startServer
  AgentTest() {}

  @BeforeAll
  void startServer(@TempDir Path fresh) throws IOException, InterruptedException {
    folder = fresh;
    server = ServerProcess.start(folder.resolve("data"));
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  private TestToken token(String device) {
    TestDevice.register(server, device, "line-1");
    return TestToken.create(server, device, folder);
  }

  @Test
  void enrolls_publishes_its_input_and_needs_no_token_the_next_time() throws Exception {
    String token = token("agent-1").file().toString();
    Ran first =
        agent(
            "agent-1",
            "{\"temperature\": 61.5}\nnot a reading\n{\"temperature\": 61.7}\n",
            "--token-file",
            token);
    assertThat(first.output()).contains("2 acknowledged, 1 refused").contains("line 2 is not");
    assertThat(first.exitCode()).isEqualTo(1);

    Ran again = agent("agent-1", "{\"temperature\": 61.9}\n");
    assertThat(again.output()).contains("1 acknowledged, 0 refused");
    assertThat(again.exitCode()).isZero();

    Ran refused = agent("agent-1", "{\"temperature\": -400}\n");
    assertThat(refused.output()).contains("refused: 0x");
    assertThat(refused.exitCode()).isEqualTo(1);

    Ran other = agent("agent-2", "", "--token-file", token);
    assertThat(other.output()).contains("401").contains("used before");
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(agent("agent-3", "").output()).contains("give a token file");
  }

  @Test
  void a_token_for_another_device_than_the_folders_is_refused_and_nothing_is_sent()
      throws Exception {
    agent("agent-20", "", "--token-file", token("agent-20").file().toString());
    String another = token("agent-21").file().toString();

    Ran mistaken = agent("agent-20", "{\"temperature\": 61.5}\n", "--token-file", another);
    assertThat(mistaken.output()).contains("agent-20", "agent-21", "--device-data");
    assertThat(mistaken.output()).doesNotContain("acknowledged");
    assertThat(mistaken.exitCode()).isEqualTo(1);
    assertThat(agent("agent-21", "", "--token-file", another).exitCode()).isZero();
  }

  // Firm ground 26 and 31
  @Test
  void refuses_bad_options_before_anything_is_queued_or_sent() throws Exception {
    String token = token("agent-6").file().toString();
    for (String type : List.of("#", "a/b", "", "x".repeat(65))) {
      Ran bad = agent("agent-6", "{\"temperature\": 61}\n", "--token-file", token, "--type", type);
      assertThat(bad.output()).contains("--type must be the name of a message type");
      assertThat(bad.exitCode()).isEqualTo(2);
    }
    Ran clear = agent("agent-6", "", "--token-file", token, "--server", "http://localhost:9443");
    assertThat(clear.output()).contains("--server must be https://HOST:PORT");
    assertThat(clear.exitCode()).isEqualTo(2);
    assertThat(folder.resolve("agent-6")).doesNotExist();
    Ran operator =
        Ran.of(
            new ProcessBuilder(
                Product.command(List.of(), "device", "list", "--server", "http://localhost:1")),
            "");
    assertThat(operator.output()).contains("must be https://HOST:PORT");

    Ran empty = agent("agent-6", "", "--token-file", token);
    assertThat(empty.output().lines())
        .hasSize(3)
        .anyMatch(line -> line.contains("no reading to send"));
    assertThat(empty.exitCode()).isZero();

    Ran refused = agent("agent-6", "{\"temperature\": -400}\n");
    assertThat(refused.output())
        .contains("0x99 schema-violation: /properties/", "1 refused reading is kept apart");
    Ran listed = agent("agent-6", "", "--list-aside");
    assertThat(listed.output()).contains("schema-violation").contains("-400");
    var full = new ArrayList<>(List.of("sh", "-c", "\"$@\" > /dev/full", "sh"));
    full.addAll(command("agent-6", "--list-aside"));
    Ran lost = Ran.of(new ProcessBuilder(full), "");
    assertThat(lost.exitCode()).as("who kept them deletes the file").isEqualTo(1);
    assertThat(lost.output()).contains("not all of it could be written");
  }

  // Firm ground 25: another board, another key, and its numbers begin at the first again.
  @Test
  void a_replaced_board_begins_anew_and_nothing_of_it_is_lost() throws Exception {
    Ran first =
        agent(
            "agent-7",
            "{\"temperature\": 61.1}\n{\"temperature\": 61.2}\n",
            "--token-file",
            token("agent-7").file().toString());
    assertThat(first.output()).contains("2 acknowledged, 0 refused");
    assertThat(server.run("device", "disable", "agent-7", "--reason", "broken").exitCode())
        .isZero();
    assertThat(server.run("device", "readmit", "agent-7", "--reason", "repaired").exitCode())
        .isZero();
    Ran board =
        agent(
            "agent-7-new-board",
            "{\"temperature\": 62.1}\n{\"temperature\": 62.2}\n{\"temperature\": 62.3}\n",
            "--token-file",
            TestToken.create(server, "agent-7", folder.resolve("agent-7")).file().toString());
    assertThat(board.output()).contains("3 acknowledged, 0 refused");
    String count = "SELECT count(*) FROM readings WHERE device = 'agent-7'";
    Waiting.until(
        "all five are stored",
        60,
        () -> server.json("query", count).get("rows").get(0).get(0).asLong() == 5);
    assertThat(server.run("ledger", "search", "--type", "incident.fork").out())
        .doesNotContain("agent-7");
  }

  // Firm ground 24 and 25: the same board in its own folder. The new token was ignored there.
  @Test
  void a_new_token_in_the_devices_own_folder_enrolls_it_anew_and_what_waited_is_sent()
      throws Exception {
    String first = token("agent-30").file().toString();
    assertThat(agent("agent-30", "{\"temperature\": 61.1}\n", "--token-file", first).output())
        .contains("1 acknowledged, 0 refused");
    assertThat(server.run("device", "disable", "agent-30", "--reason", "away").exitCode()).isZero();
    assertThat(server.run("device", "readmit", "agent-30", "--reason", "back").exitCode()).isZero();
    Ran ended = agent("agent-30", "{\"temperature\": 61.2}\n", "--token-file", first);
    assertThat(ended.output())
        .contains("certificate_revoked", "--token-file", "kept for the next start")
        .doesNotContain("no answer in");
    assertThat(ended.exitCode()).isEqualTo(3);

    String next =
        TestToken.create(server, "agent-30", folder.resolve("agent-30")).file().toString();
    for (int start = 0; start < 2; start++) {
      Ran anew = agent("agent-30", "{\"temperature\": 61.3}\n", "--token-file", next);
      assertThat(anew.output()).contains("1 acknowledged, 0 refused").doesNotContain("the token");
      assertThat(anew.exitCode()).isZero();
    }
    String count = "SELECT count(*) FROM readings WHERE device = 'agent-30'";
    Waiting.until(
        "all four are stored",
        60,
        () -> server.json("query", count).get("rows").get(0).get(0).asLong() == 4);
  }

  // Firm ground 7, section 3: every row once, although the agent was killed in the middle.
  @Test
  void loads_a_file_of_years_ago_once_although_it_is_killed_in_the_middle() throws Exception {
    int rows = 1_500;
    allowHistory();
    Path file = folder.resolve("history.csv");
    var text = new StringBuilder("when;temp\n");
    for (int row = 0; row < rows; row++) {
      text.append("2019-03-31 %02d:%02d:%02d;".formatted(row / 3_600, row / 60 % 60, row % 60));
      text.append(row == 700 ? "n/a" : row == 1_400 ? "x" : "%d,%03d".formatted(row % 100, row));
      text.append('\n');
    }
    Files.writeString(file, text);
    String[] options = {
      "--replay",
      file.toString(),
      "--time-column",
      "when",
      "--time-format",
      "yyyy-MM-dd HH:mm:ss",
      "--zone",
      "+01:00",
      "--value-column",
      "temp",
      "--metric",
      "temperature",
      "--delimiter",
      ";",
      "--decimal",
      ",",
      "--missing",
      "n/a"
    };
    var first = new ArrayList<>(List.of(options));
    first.addAll(List.of("--token-file", token("agent-8").file().toString()));
    killInTheMiddle("agent-8", first);
    Ran rest = agent("agent-8", "", options);
    assertThat(rest.output())
        .contains("rows were taken before; goes on behind them", "line 1402 refused: 'temp' is no");
    assertThat(rest.exitCode()).isEqualTo(1);
    Ran again = agent("agent-8", "", options);
    assertThat(again.output()).contains("0 acknowledged, 0 refused");
    assertThat(again.exitCode()).isZero();

    Waiting.until("all are stored", 60, () -> count("readings", "count(*)") == rows - 2);
    assertThat(count("readings", "count(DISTINCT event_time)")).isEqualTo(rows - 2);
    Waiting.until("all minutes are final", 60, () -> finalMinutes() == rows - 2);
    Files.writeString(file, text.toString().replace("00:00:05;5,005", "00:00:05;6,005"));
    Ran changed = agent("agent-8", "", options);
    assertThat(changed.output()).contains("has changed in the 1,500 rows");
  }

  // 37 readings of a mistyped type waited for ever, and the right one could not go on.
  @Test
  void a_file_of_a_type_that_is_refused_stops_and_says_how_to_begin_again() throws Exception {
    Path file = folder.resolve("few.csv");
    Files.writeString(file, "timestamp,value\n%1$s,1\n%1$s,2\n".formatted(Instant.now()));
    String token = token("agent-10").file().toString();
    Ran nope = replay(file, "--type", "nope", "--token-file", token);
    assertThat(nope.output())
        .contains("2 readings wait in vain", "type nope: 0x87 type-not-allowed", "0 acknowledged")
        .contains("telltale agent --unsent-aside nope --device-data " + folder);
    assertThat(nope.exitCode()).isEqualTo(3);

    Ran right = replay(file);
    assertThat(right.output()).contains("2 acknowledged", "2 readings wait in vain");
    Ran aside = agent("agent-10", "", "--unsent-aside", "nope");
    assertThat(aside.output()).contains("2 readings of type nope are set aside");
    assertThat(agent("agent-10", "", "--list-aside").output()).contains("/nope", "by hand");
    assertThat(agent("agent-10", "", "--unsent-aside", "nope").exitCode()).isEqualTo(1);
    assertThat(replay(file).exitCode()).isZero();

    Files.writeString(file, "timestamp,value\n%s,-400\n".formatted(Instant.now()));
    Ran refused = replay(file);
    assertThat(refused.output()).contains("nothing was taken of 1 reading,", "--anew");
    assertThat(refused.exitCode()).isEqualTo(1);
  }

  private Ran replay(Path file, String... more) throws Exception {
    var all = new ArrayList<>(List.of("--replay", file.toString(), "--metric", "temperature"));
    all.addAll(List.of(more));
    return agent("agent-10", "", all.toArray(String[]::new));
  }

  // Firm ground 7, section 3
  @Test
  void a_dry_run_counts_what_another_policy_would_have_refused_and_shows_no_payload()
      throws Exception {
    Ran sent =
        agent(
            "agent-9",
            "{\"temperature\": 61.5}\n",
            "--token-file",
            token("agent-9").file().toString());
    assertThat(sent.exitCode()).isZero();
    Path document = folder.resolve("dry-run.json");
    String inForce = server.run("policy", "show").out();
    Files.writeString(document, inForce.replace("\"allow\"", "\"deny\""));
    ServerProcess.Ran denied = server.run("policy", "dry-run", document.toString(), "--last", "1h");
    assertThat(denied.exitCode()).as(denied.err()).isEqualTo(1);
    assertThat(denied.out())
        .contains("topic-denied", "t/{tenant}/d/{device}/telemetry", "agent-9")
        .doesNotContain("61.5");
    Files.writeString(document, inForce);
    ServerProcess.Ran same = server.run("policy", "dry-run", document.toString());
    assertThat(same.out().lines()).anyMatch(line -> line.startsWith("0 of "));
    assertThat(same.exitCode()).isZero();
    assertThat(server.run("ledger", "search", "--type", "policy.rehearsed").out())
        .contains("policy/candidate");
  }

  private void allowHistory() throws IOException {
    Path policy = folder.resolve("policy.json");
    Files.writeString(
        policy,
        server
            .run("policy", "show")
            .out()
            .replace("\"name\": \"telemetry\",", "\"name\": \"telemetry\", \"ageDaysMax\": 9000,")
            .replace("\"messagesPerSecond\": 100", "\"messagesPerSecond\": 400"));
    assertThat(server.run("policy", "apply", policy.toString()).out()).contains("in force");
  }

  private long count(String table, String what) {
    String sql = "SELECT %s FROM %s WHERE device = 'agent-8'".formatted(what, table);
    return server.json("query", sql).get("rows").get(0).get(0).asLong();
  }

  private long finalMinutes() {
    String sql =
        "SELECT coalesce(sum(count), 0) FROM minutes WHERE final AND minute < '2020-01-01'";
    return server.json("query", sql).get("rows").get(0).get(0).asLong();
  }

  private void killInTheMiddle(String name, List<String> options) throws Exception {
    var all = new ArrayList<>(List.of("agent", "--device-data", folder.resolve(name).toString()));
    all.addAll(options);
    Process agent =
        new ProcessBuilder(
                Product.command(List.of("-XX:TieredStopAtLevel=1"), all.toArray(String[]::new)))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve(name + ".out").toFile())
            .start();
    try {
      // Of 1,500 rows some 100: a question to the server would take longer than all of them.
      Waiting.until("some are taken", 60, () -> bytes(folder.resolve(name)) > 20_000);
    } finally {
      agent.destroyForcibly().waitFor();
    }
  }

  private static long bytes(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0; // Not there yet, or a file went while it was walked.
    }
  }

  @Test
  void ends_at_once_when_asked_while_its_input_is_silent() throws Exception {
    Path home = folder.resolve("agent-5");
    Path said = folder.resolve("agent-5.out");
    String token = token("agent-5").file().toString();
    Process agent =
        new ProcessBuilder(
                Product.command(
                    List.of("-XX:TieredStopAtLevel=1"),
                    "agent",
                    "--device-data",
                    home.toString(),
                    "--token-file",
                    token))
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      agent.getOutputStream().write("{\"temperature\": 61.5}\n".getBytes(StandardCharsets.UTF_8));
      agent.getOutputStream().flush();
      Waiting.until("connected", 60, () -> Files.readString(said).contains("valid until"));
      agent.destroy();
      assertThat(agent.waitFor(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      agent.destroyForcibly();
    }
    assertThat(Files.readString(said)).contains("acknowledged, 0 refused");
  }

  // Firm ground 31
  @Test
  void says_its_state_again_and_again_while_it_cannot_connect() throws Exception {
    Path said = folder.resolve("agent-22.out");
    // Bound and not listening: refuses whoever connects, and nobody else gets it meanwhile.
    try (var nobody = new Socket()) {
      nobody.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Path token = token("agent-22").file();
      Files.writeString(
          token,
          Files.readString(token)
              .replace(":" + server.port("mqtt") + "\"", ":" + nobody.getLocalPort() + "\""));
      Process agent =
          new ProcessBuilder(
                  Product.command(
                      List.of("-XX:TieredStopAtLevel=1"),
                      "agent",
                      "--device-data",
                      folder.resolve("agent-22").toString(),
                      "--token-file",
                      token.toString()))
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .start();
      try {
        agent.getOutputStream().write("{\"temperature\": 61.5}\n".getBytes(StandardCharsets.UTF_8));
        agent.getOutputStream().flush();
        Waiting.until(
            "it has said three times that it waits",
            120,
            () ->
                stateLines(said).size() >= 3
                    && stateLines(said).getLast().contains("; 1 reading waits"));
      } finally {
        agent.destroyForcibly().waitFor();
      }
    }
    assertThat(stateLines(said))
        .allMatch(
            line ->
                line.matches(
                    "(connecting|cannot connect to [^;]*: nobody listens there; tries again);"
                        + " (0 readings wait|1 reading waits)"));
  }

  private static List<String> stateLines(Path said) throws IOException {
    return Files.readAllLines(said).stream()
        .filter(line -> line.matches(".* (readings wait|reading waits)"))
        .toList();
  }

  @Test
  void renews_with_a_new_key_and_goes_on_publishing() throws Exception {
    EnrollmentToken token = token("agent-4").parsed();
    var timer = Executors.newSingleThreadScheduledExecutor();
    try (var connector = new MqttConnector(1)) {
      var parts =
          new Agent.Parts(
              connector, timer, InstantSource.system(), new SecureRandom(), Entropy.system());
      Agent.Opened opened = Agent.open(folder.resolve("agent-4"), Optional.of(token), parts);
      try (Agent agent = ((Agent.Opened.Ready) opened).agent()) {
        publish(agent);
        assertThat(agent.renew()).isInstanceOf(Enroller.Enrolled.Issued.class);
        publish(agent);
      }
    } finally {
      timer.shutdownNow();
    }
    Waiting.until("its renewal is in the ledger", 10, () -> renewals().contains("agent-4"));
  }

  private String renewals() {
    return server.run("ledger", "search", "--type", "credential.renewed").out();
  }

  private static void publish(Agent agent) throws Exception {
    var reading =
        new Telemetry(Instant.now(), Map.of("power", 7.5), Map.of(), Optional.empty(), "1.0.0");
    assertThat(agent.publish("telemetry", reading).get(20, TimeUnit.SECONDS))
        .isInstanceOf(Delivery.Acknowledged.class);
  }

  private Ran agent(String name, String input, String... arguments) throws Exception {
    return Ran.of(new ProcessBuilder(command(name, arguments)), input);
  }

  private List<String> command(String name, String... arguments) {
    var all = new ArrayList<>(List.of("agent", "--device-data", folder.resolve(name).toString()));
    all.addAll(List.of(arguments));
    return Product.command(List.of("-XX:TieredStopAtLevel=1"), all.toArray(String[]::new));
  }
}
