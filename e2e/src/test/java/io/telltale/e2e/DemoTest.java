package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Peers;
import io.telltale.testkit.Ran;
import io.telltale.testkit.SharedFiles;
import io.telltale.testkit.Waiting;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./telltale demo --once}, on the generated factory and on real readings. */
final class DemoTest {
  @TempDir private Path folder;

  @Test
  void tells_the_whole_story_on_a_generated_factory() throws Exception {
    Ran demo = run("--once", "--devices", "8", "--seconds", "8");
    assertThat(demo.exitCode()).as(demo.output()).isZero();
    assertThat(demo.output())
        .contains("8 machines enrolled")
        .contains("ok    query answered")
        .contains("ok    trace answered")
        .contains("verified it offline")
        .contains("one byte changed was rejected")
        .contains("ok    a captured message sent again")
        .contains("ok    another reading under its sequence number")
        .contains("an enrollment token used a second time")
        .contains("not registered")
        .contains("was cut")
        .contains("found in 0")
        .doesNotContain("FAIL");
    assertThat(lineOf(demo, "result hash ([0-9a-f]{64}),"))
        .as("the number shown is the number proven")
        .isEqualTo(lineOf(demo, "result +SHA-256 ([0-9a-f]{64})"));
    String rows = lineOf(demo, "(\\d+) rows in \\d+ records");
    assertThat(rows).isEqualTo(lineOf(demo, "records +(\\d+) records of 1 device"));
    assertThat(demo.output()).containsPattern("[0-9.]+ +%s\\n".formatted(rows));

    // As the shell that it is pasted into parts it, in the same folder.
    String pasted = lineOf(demo, "\\$ \\./telltale (verify .*)");
    List<String> words = Ran.of("sh", "-c", "printf '%s\\n' " + pasted).output().lines().toList();
    Ran verified = Ran.of(Product.command(List.of(), words.toArray(String[]::new)));
    assertThat(verified.exitCode()).as(pasted + verified.output()).isZero();
    assertThat(demo.output().lines().filter(line -> line.startsWith("$ ./telltale query")))
        .allMatch(line -> line.endsWith("--data \"" + folder.resolve("my data") + '"'));
  }

  private static String lineOf(Ran demo, String pattern) {
    Matcher found = Pattern.compile(pattern).matcher(demo.output());
    assertThat(found.find()).as(pattern + " in " + demo.output()).isTrue();
    return found.group(1);
  }

  @Test
  void tells_it_on_real_readings_too_and_resumes_on_the_same_data() throws Exception {
    Path file = SharedFiles.require("data/nab/machine_temperature_system_failure.csv");
    Ran demo =
        run(
            "--once",
            "--devices",
            "25",
            "--seconds",
            "15",
            "--replay",
            file.toString(),
            "--unit",
            "degF");
    assertThat(demo.exitCode()).as(demo.output()).isZero();
    assertThat(demo.output())
        .contains("22,695 of 22,695 readings acknowledged")
        .doesNotContain("FAIL");
    Ran again = run("--once", "--devices", "25", "--seconds", "6");
    assertThat(again.exitCode()).as(again.output()).isZero();
  }

  @Test
  void a_person_publishes_and_asks_with_the_printed_lines_and_ends_it_with_ctrl_c()
      throws Exception {
    Peers.require("mosquitto_pub");
    Process demo = start("--devices", "2", "--seconds", "5");
    var printed = new ArrayList<String>();
    try (var lines = demo.inputReader(StandardCharsets.UTF_8)) {
      String line = lines.readLine();
      while (line != null && !line.startsWith("Ctrl-C")) {
        printed.add(line);
        line = lines.readLine();
      }
      assertThat(line).as(String.join("\n", printed)).isNotNull();

      int from = index(printed, "  mosquitto_pub");
      String publish = String.join("\n", printed.subList(from, from + 4));
      Ran published = Ran.of("sh", "-c", publish);
      assertThat(published.exitCode()).as(publish + published.output()).isZero();
      assertThat(published.output()).contains("RC:0");

      String ask = printed.get(index(printed, "  ./telltale query")).strip();
      assertThat(ask).contains("guest-01").contains("--data");
      demo.toHandle().destroy(); // SIGTERM; SIGINT takes the same way
      while (line != null) {
        printed.add(line);
        line = lines.readLine();
      }
    }
    assertThat(demo.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(printed).anyMatch(line -> line.startsWith("stopped;"));
  }

  @Test
  void ends_cleanly_whenever_it_is_asked_to_and_goes_on_with_the_same_data() throws Exception {
    var random = new Random(7);
    for (int round = 0; round < 3; round++) {
      Process demo = start("--once", "--devices", "3", "--seconds", "5");
      Waiting.pass(Duration.ofMillis(500 + random.nextInt(4_000)));
      demo.toHandle().destroy();
      String output = new String(demo.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(demo.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(output).doesNotContain("FAIL").doesNotContain("xception");
    }
    Ran whole = run("--once", "--devices", "3", "--seconds", "5");
    assertThat(whole.exitCode()).as(whole.output()).isZero();
  }

  private static int index(List<String> lines, String prefix) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith(prefix)) {
        return i;
      }
    }
    throw new AssertionError("no line begins with " + prefix + " in " + String.join("\n", lines));
  }

  private Ran run(String... arguments) throws IOException, InterruptedException {
    return Ran.of(builder(arguments), "");
  }

  private Process start(String... arguments) throws IOException {
    Process process = builder(arguments).start();
    process.getOutputStream().close();
    return process;
  }

  private ProcessBuilder builder(String... arguments) {
    var all = new ArrayList<>(List.of("demo", "--data", folder.resolve("my data").toString()));
    all.addAll(List.of(arguments));
    return Product.onFreePorts(Product.command(List.of("-Xmx768m"), all.toArray(String[]::new)));
  }
}
