package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.server.Main;
import io.telltale.testkit.SharedFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./telltale demo --once}, on the generated factory and on real readings. */
final class DemoTest {
  @TempDir private Path folder;

  @Test
  void tells_the_whole_story_on_a_generated_factory() throws Exception {
    Demo demo = run("--once", "--devices", "8", "--seconds", "8");
    assertThat(demo.exitCode()).as(demo.output()).isZero();
    assertThat(demo.output())
        .contains("8 machines enrolled")
        .contains("ok    query answered")
        .contains("ok    trace answered")
        .contains("verified it offline")
        .contains("one byte changed was rejected")
        .contains("ok    a captured message sent again")
        .contains("an enrollment token used a second time")
        .contains("not registered")
        .contains("was cut")
        .contains("found in 0")
        .doesNotContain("FAIL");
  }

  @Test
  void tells_it_on_real_readings_too_and_resumes_on_the_same_data() throws Exception {
    Path file = SharedFiles.require("data/nab/machine_temperature_system_failure.csv");
    Demo demo =
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
    Demo again = run("--once", "--devices", "25", "--seconds", "6");
    assertThat(again.exitCode()).as(again.output()).isZero();
  }

  private record Demo(int exitCode, String output) {}

  private Demo run(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx768m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "demo",
            "--data",
            folder.resolve("data").toString()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    for (String listener : List.of("MQTT", "ENROLL", "API", "METRICS")) {
      builder.environment().put("TELLTALE_LISTEN_" + listener, "0");
    }
    Process process = builder.start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    return new Demo(process.exitValue(), output);
  }
}
