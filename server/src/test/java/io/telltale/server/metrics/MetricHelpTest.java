package io.telltale.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Firm ground 34: no figure on the metrics page is without a word. */
final class MetricHelpTest {
  private static final Pattern COUNTED =
      Pattern.compile(
          "(?:counters\\(?\\)?|metrics\\(?\\)?)\\s*\\.(?:count|add|gauge)\\(\\s*\"([a-z.]+[a-z])\"");

  @Test
  void every_name_that_is_counted_has_its_help() throws IOException {
    var names = new TreeSet<String>();
    try (Stream<Path> files = Files.walk(Path.of(".."))) {
      for (Path file : files.filter(MetricHelpTest::isProduct).toList()) {
        Matcher counted = COUNTED.matcher(Files.readString(file));
        while (counted.find()) {
          names.add(counted.group(1));
        }
      }
    }
    assertThat(names).contains("handshakes", "ending.seconds", "pipeline.lag");
    assertThat(names).allSatisfy(name -> assertThat(MetricHelp.of(name)).as(name).endsWith("."));
  }

  private static boolean isProduct(Path file) {
    String name = file.toString();
    return name.endsWith(".java") && name.contains("/src/main/") && !name.contains("/bench/");
  }
}
