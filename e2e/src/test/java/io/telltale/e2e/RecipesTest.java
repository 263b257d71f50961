package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Checkout;
import io.telltale.testkit.Openssl;
import io.telltale.testkit.Peers;
import io.telltale.testkit.Ran;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pages in docs/how-to, word for word: their files are written and their commands typed, so
 * that a fleet of other makers' payloads can be connected by the docs alone (IN-12).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RecipesTest {
  private static final long QUERYABLE_SECONDS_MAX = 60;
  private static final Pattern BLOCK =
      Pattern.compile("(?ms)^```(sh|json (?<file>[a-z.]+))\\n(?<text>.*?)^```$");
  private static final String EST = "est-by-curl.md";
  private static final Pattern ENROLL = Pattern.compile("`DEVICE=([a-z0-9-]+)`");
  private Path folder;
  private ServerProcess server;

  @SuppressWarnings("NullAway.Init") // set in startServer
  RecipesTest() {}

  @BeforeAll
  void startServer(@TempDir Path fresh) throws IOException, InterruptedException {
    Peers.require("mosquitto_pub");
    Peers.require("curl");
    Openssl.require();
    folder = fresh;
    server = ServerProcess.start(folder.resolve("data"));
  }

  @AfterAll
  void stopServer() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void a_tasmota_plug_publishes_as_it_always_did() throws Exception {
    run("tasmota.md");
    assertThat(readings("plug-1", 5))
        .containsExactlyInAnyOrder(
            "temperature 21.5 degC",
            "humidity 41.0 %",
            "energy_Power 1.25 kW",
            "energy_Voltage 231.0 ",
            "online 1.0 ");
    requireItIsNotTakenAwayUnsaid();
  }

  @Test
  void a_zigbee_sensor_publishes_as_it_always_did() throws Exception {
    run("zigbee2mqtt.md");
    assertThat(readings("kitchen-window", 3))
        .containsExactlyInAnyOrder("temperature 19.2 degC", "open 1.0 ", "battery 97.0 %");
    requireItIsNotTakenAwayUnsaid();
  }

  @Test
  void an_esp32_publishes_as_it_always_did() throws Exception {
    run("esp32.md");
    assertThat(readings("esp-1", 2))
        .containsExactlyInAnyOrder("temperature 21.5 degC", "voltage 3.3 V");
    requireItIsNotTakenAwayUnsaid();
  }

  // The page went on behind a failed curl, and put a key in place that no certificate is for.
  @Test
  void a_certificate_that_was_not_given_costs_a_device_nothing() throws Exception {
    server.json("device", "add", "first-1", "--type", "machine");
    server.json("device", "add", "second-1", "--type", "machine");
    Path desk = desk("est");
    List<String> blocks = blocks(page(EST));
    String enroll = blocks.get(0) + blocks.get(1);
    String renew = blocks.get(0) + blocks.get(2);
    assertThat(typed(desk, "first-1", enroll).exitCode()).isZero();
    assertThat(typed(desk, "second-1", enroll).exitCode()).isZero();
    String first = credential(desk, "first-1");

    assertThat(typed(desk, "first-1", renew).exitCode()).isZero();
    String renewed = credential(desk, "first-1");
    assertThat(renewed).isNotEqualTo(first);

    Path address = desk.resolve("devices/first-1/enroll.txt");
    String where = Files.readString(address);
    Files.writeString(address, "https://127.0.0.1:1\n");
    assertThat(typed(desk, "first-1", renew).exitCode()).isNotZero();
    assertThat(credential(desk, "first-1")).isEqualTo(renewed);
    assertThat(typed(desk, "nobody-1", enroll).exitCode()).isNotZero();
    assertThat(typed(desk, "first-1", "TELLTALE_DATA=none; " + enroll).exitCode()).isNotZero();
    assertThat(credential(desk, "first-1")).isEqualTo(renewed);

    // An answer that is for another key.
    String swap =
        """
        openssl() {
          command openssl "$@" && case "$*" in *print_certs*) cp '%s' certificate.pem;; esac
        }
        """
            .formatted(desk.resolve("devices/second-1/device.pem"));
    Files.writeString(address, where);
    Ran swapped = typed(desk, "first-1", swap + renew);
    assertThat(swapped.exitCode()).as(swapped.output()).isNotZero();
    assertThat(swapped.output()).contains("differ");
    assertThat(credential(desk, "first-1")).isEqualTo(renewed);
    assertThat(typed(desk, "first-1", renew).exitCode()).isZero();
    requireIgnored(desk);
  }

  private static String credential(Path desk, String device) throws IOException {
    Path folder = desk.resolve("devices").resolve(device);
    return Files.readString(folder.resolve("device.key"))
        + Files.readString(folder.resolve("device.pem"));
  }

  /** As it is pasted into a shell, which goes on whatever fails. */
  private Ran typed(Path desk, String device, String commands) throws Exception {
    Path script = Files.writeString(folder.resolve("typed.sh"), commands);
    var program = new ProcessBuilder("bash", script.toString()).directory(desk.toFile());
    program.environment().put("TELLTALE_DATA", server.data().toString());
    program.environment().put("DEVICE", device);
    return Ran.of(program, "");
  }

  /** What lies there where the program was built must not come under version control. */
  private static void requireIgnored(Path desk) throws IOException {
    try (Stream<Path> left = Files.list(desk)) {
      List<String> names =
          left.map(path -> String.valueOf(path.getFileName()))
              .filter(name -> !name.equals("telltale"))
              .toList();
      assertThat(names).isNotEmpty().allMatch(Checkout::ignores, "is in .gitignore");
    }
  }

  // Firm ground 7: the second recipe on one server took the first one's devices away.
  private void requireItIsNotTakenAwayUnsaid() {
    ServerProcess.Ran refused = server.run("policy", "rollback", "--to", "1");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("1 registered device of the type", "--cut-off");
    assertThat(server.run("policy", "rollback", "--to", "1", "--cut-off").out())
        .contains("as version 1 was: 5 device types, 1 message type", "is not in it");
  }

  private void run(String page) throws Exception {
    Path desk = desk(page.replace(".md", ""));
    String text = page(page);
    Matcher enroll = ENROLL.matcher(text);
    assertThat(enroll.find()).as(page + " enrolls").isTrue();
    var before = new StringBuilder();
    var after = new StringBuilder();
    Matcher block = BLOCK.matcher(text);
    while (block.find()) {
      String file = block.group("file");
      if (file != null) {
        Files.writeString(desk.resolve(file), block.group("text"));
      } else {
        (block.start() < enroll.start() ? before : after).append(block.group("text"));
      }
    }
    String est = "(\nDEVICE=" + enroll.group(1) + "\n" + String.join("", blocks(page(EST))) + ")\n";
    Path script =
        Files.writeString(
            folder.resolve("recipe.sh"), "set -euo pipefail\n" + before + est + after);
    var program = new ProcessBuilder("bash", script.toString()).directory(desk.toFile());
    program.environment().put("TELLTALE_DATA", server.data().toString());
    Ran ran = Ran.of(program, "");
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    requireIgnored(desk);
  }

  private Path desk(String name) throws IOException {
    Path desk = Files.createDirectories(folder.resolve(name));
    putProgram(desk);
    return desk;
  }

  private static String page(String name) throws IOException {
    return Files.readString(Checkout.root().resolve("docs/how-to").resolve(name));
  }

  private static List<String> blocks(String page) {
    return BLOCK.matcher(page).results().map(block -> block.group("text")).toList();
  }

  /** As people have it where they built it. */
  private static void putProgram(Path desk) throws IOException {
    Path telltale = desk.resolve("telltale");
    Files.writeString(
        telltale,
        "#!/bin/sh\nexec '%s/bin/java' -XX:TieredStopAtLevel=1 -cp '%s' %s \"$@\"\n"
            .formatted(
                System.getProperty("java.home"),
                System.getProperty("java.class.path"),
                "io.telltale.server.command.Main"));
    Files.setPosixFilePermissions(telltale, PosixFilePermissions.fromString("rwx------"));
  }

  private List<String> readings(String device, int wanted) throws InterruptedException {
    String sql = "SELECT metric, value, unit FROM readings WHERE device = '%s'".formatted(device);
    return Waiting.until(
            wanted + " readings of " + device,
            QUERYABLE_SECONDS_MAX,
            () -> server.json("query", sql).path("rows"),
            rows -> rows.size() >= wanted)
        .valueStream()
        .map(
            row ->
                "%s %s %s"
                    .formatted(
                        row.path(0).asString(), row.path(1).asDouble(), row.path(2).asString()))
        .toList();
  }
}
