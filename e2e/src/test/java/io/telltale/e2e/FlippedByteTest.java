package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.Delivery;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Firm ground 35: one byte flipped in the middle of any file of a data folder is named by {@code
 * telltale check --deep}, with what to do, or is not part of anything.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class FlippedByteTest {
  /** Files that decide nothing, and why. */
  private static final Map<String, String> PART_OF_NOTHING =
      Map.of(
          "run/lock", "is only locked",
          "log/lock", "is only locked",
          "run/ports.json", "is written anew by each start, and removed before",
          "scrub", "says only where the next reading of everything begins",
          "logs/", "text for people",
          "ca/issuing.crl.number", "a lower bound beside the clock, which is higher",
          ".idx", "beside the segment that is written to: made anew when that is sealed");

  private Path made;

  @TempDir Path dir;

  @SuppressWarnings("NullAway.Init") // set in aFactoryThatHasRun
  FlippedByteTest() {}

  @BeforeAll
  void aFactoryThatHasRun(@TempDir Path shared) throws Exception {
    made = shared.resolve("made");
    try (ServerProcess server = ServerProcess.start(made);
        var connector = new MqttConnector(1)) {
      TestDevice device = TestDevice.enroll(server, "flip-01");
      TestDevice.register(server, "flip-02", "line-2");
      TestToken.create(server, "flip-02", shared);
      TestDevice other = TestDevice.enroll(server, "flip-03");
      MqttConnection session = device.connect(connector, server);
      for (long sequence = 1; sequence <= 10; sequence++) {
        assertThat(device.publish(session, sequence, 50.0 + sequence))
            .isEqualTo(new Delivery.Acknowledged());
        queryUntil(server, sequence);
      }
      Path policy = shared.resolve("policy.json");
      Files.writeString(policy, server.run("policy", "show").out());
      done(server, "policy", "apply", policy.toString(), "--reason", "the same again");
      done(server, "trace", "--query", "SELECT avg(value) FROM readings");
      done(server, "device", "revoke", other.name(), "--reason", "stolen");
      assertThat(server.stop()).isIn(0, 143);
    }
    // Another start, so that what a start leaves is there, too.
    try (ServerProcess again = ServerProcess.start(made)) {
      assertThat(again.stop()).isIn(0, 143);
    }
  }

  private static void done(ServerProcess server, String... arguments) {
    ServerProcess.Ran ran = server.run(arguments);
    assertThat(ran.exitCode()).as(ran.toString()).isZero();
  }

  private static void queryUntil(ServerProcess server, long rows) throws InterruptedException {
    Waiting.until(
        "the readings are stored",
        30,
        () ->
            server.json("query", "SELECT count(*) FROM readings").at("/rows/0/0").asLong() >= rows);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).map(folder::relativize).sorted().toList();
    }
  }

  private Path copy(String name) throws IOException {
    Path copy = dir.resolve(name);
    try (Stream<Path> all = Files.walk(made)) {
      for (Path one : (Iterable<Path>) all::iterator) {
        Files.copy(
            one,
            copy.resolve(made.relativize(one).toString()),
            StandardCopyOption.COPY_ATTRIBUTES,
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return copy;
  }

  private static ServerProcess.Ran check(Path data, String... more) {
    var arguments = new ArrayList<>(List.of("check", "--data", data.toString()));
    arguments.addAll(List.of(more));
    return ServerProcess.command(arguments.toArray(String[]::new));
  }

  @Test
  void what_a_server_left_is_as_it_was_written() throws IOException {
    Path data = copy("whole");
    ServerProcess.Ran shallow = check(data);
    assertThat(shallow.exitCode()).as(shallow.toString()).isZero();
    assertThat(shallow.out()).contains("what a start reads is as it was written; --deep reads all");
    ServerProcess.Ran deep = check(data, "--deep");
    assertThat(deep.exitCode()).as(deep.toString()).isZero();
    assertThat(deep.out()).contains("all is as it was written").doesNotContain("were not read");
  }

  @Test
  void what_nobody_can_read_now_is_counted_and_not_wrong() throws Exception {
    Path data = copy("disabled");
    try (ServerProcess server = ServerProcess.start(data)) {
      done(server, "key", "disable", scopeOfReadings(server), "--reason", "test");
      assertThat(server.stop()).isIn(0, 143);
    }
    ServerProcess.Ran deep = check(data, "--deep");
    assertThat(deep.exitCode()).as(deep.toString()).isZero();
    assertThat(deep.out())
        .containsPattern("(?m)^[1-9][0-9]* objects were not read: their key is disabled")
        .contains("all is as it was written");
  }

  /** Without the key of the tables' own files nobody could say what they name. */
  private static String scopeOfReadings(ServerProcess server) {
    for (JsonNode key : server.json("key", "list").get("keys")) {
      if (key.get("scope").asString().contains("/line-1/")) {
        return key.get("scope").asString();
      }
    }
    throw new AssertionError("no scope of line-1");
  }

  @Test
  void a_byte_flipped_in_any_file_is_named_with_what_to_do() throws IOException {
    List<Path> files = files(made);
    assertThat(files.stream().map(Path::toString))
        .contains(
            "ca/root.crl",
            "ca/root.key.sealed",
            "ca/root.crt.pem",
            "ca/issuing.crt.pem",
            "operator/operator.crt.pem",
            "operator/trust-bundle.json",
            "registry/control.db",
            "shred/shred.db",
            "lake/pipeline.db",
            "ledger/index.db",
            "keys/root.key")
        .anyMatch(name -> name.startsWith("lake/objects/data/"))
        .anyMatch(name -> name.startsWith("lake/objects/meta/"))
        .anyMatch(name -> name.startsWith("lake/objects/leaves/"))
        .anyMatch(name -> name.startsWith("ledger/tile/"))
        .anyMatch(name -> name.endsWith(".seg"));
    var silent = new TreeMap<String, String>();
    int index = 0;
    for (Path file : files) {
      Path data = copy("flipped-" + index++);
      if (Files.size(data.resolve(file.toString())) > 0) {
        flip(data.resolve(file.toString()));
        judge(data, file.toString(), silent);
      }
      delete(data);
    }
    assertThat(silent).as("files whose flipped byte is not named").isEmpty();
  }

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  private void judge(Path data, String file, Map<String, String> silent) throws IOException {
    boolean nothing =
        PART_OF_NOTHING.keySet().stream()
            .anyMatch(known -> file.startsWith(known) || file.endsWith(known));
    if (nothing || (file.endsWith(".db") && sameRows(made.resolve(file), data.resolve(file)))) {
      return;
    }
    ServerProcess.Ran ran = check(data, "--deep");
    String said = ran.out() + ran.err();
    boolean named = said.contains(file) || said.contains(file.substring(file.lastIndexOf('/') + 1));
    boolean remedied = said.matches("(?is).*\\b(put|delete|start|copy|move)\\b.*");
    if (ran.exitCode() != 1 || !named || !remedied || said.contains("Exception")) {
      silent.put(file, ran.toString());
    }
  }

  /** Whether the byte lies where SQLite keeps nothing: every row and the schema read the same. */
  private static boolean sameRows(Path before, Path after) {
    try {
      return rows(before).equals(rows(after));
    } catch (SQLException | IOException e) {
      return false;
    }
  }

  private static String rows(Path file) throws SQLException, IOException {
    Path copy = Files.createTempFile("rows", ".db");
    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
    var text = new StringBuilder();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + copy);
        Statement statement = connection.createStatement()) {
      var tables = new ArrayList<String>();
      try (ResultSet all =
          statement.executeQuery("SELECT name, sql FROM sqlite_schema ORDER BY name")) {
        while (all.next()) {
          text.append(all.getString(2)).append('\n');
          if (String.valueOf(all.getString(2)).startsWith("CREATE TABLE")) {
            tables.add(all.getString(1));
          }
        }
      }
      try (ResultSet integrity = statement.executeQuery("PRAGMA integrity_check")) {
        text.append(integrity.getString(1));
      }
      for (String table : tables) {
        try (ResultSet row = statement.executeQuery("SELECT * FROM " + table)) {
          while (row.next()) {
            for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
              Object value = row.getObject(i);
              text.append(value instanceof byte[] b ? HexFormat.of().formatHex(b) : value);
              text.append('|');
            }
          }
        }
      }
    } finally {
      Files.delete(copy);
    }
    return new String(text.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(one);
      }
    }
  }
}
