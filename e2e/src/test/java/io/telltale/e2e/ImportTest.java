package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Ran;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code telltale device import} in a process of its own and little memory, in the locale of cron
 * (firm ground 30). {@code -Dimport.rows=1000000} is the promise.
 */
final class ImportTest {
  // More than the 10,000 that a request may have.
  private static final int ROWS = Integer.getInteger("import.rows", 12_000);
  private static final int ROWS_A_LINE_OF_PROGRESS = 10_000;
  private static final long SECONDS_MAX = 600L + ROWS / 200;
  private static final int DEVICES_A_MIB = 1_000;
  private static final String SITE = "Gie\u00dferei \u5317";

  @TempDir Path folder;

  private Path file() throws IOException {
    Path file = folder.resolve("devices.csv");
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      out.write("id,type,environment,region,productLine,site\n");
      for (int i = 0; i < ROWS; i++) {
        out.write(row("machine-" + i));
      }
    }
    return file;
  }

  private static String row(String id) {
    return "%s,press,prod,eu,line-a,%s%n".formatted(id, SITE);
  }

  private static Ran imported(ServerProcess server, Path file, String... more) throws Exception {
    var arguments = new ArrayList<>(List.of("device", "import", file.toString()));
    arguments.addAll(List.of("--data", server.data().toString()));
    arguments.addAll(List.of(more));
    var client =
        new ProcessBuilder(Product.command(List.of("-Xmx128m"), arguments.toArray(String[]::new)));
    client.environment().put("LC_ALL", "C");
    return Ran.within(SECONDS_MAX, client, "");
  }

  private static String sum(int rows, int registered, int unchanged, int failed) {
    return "%,d rows: %,d registered, %,d unchanged, %,d failed"
        .formatted(rows, registered, unchanged, failed);
  }

  @Test
  void a_file_of_any_size_is_registered_in_flat_memory_with_progress_and_goes_on_from_a_line()
      throws Exception {
    Launch launch =
        Launch.in(folder.resolve("data")).withJvm("-Xmx" + (512 + ROWS / DEVICES_A_MIB) + "m");
    try (ServerProcess server = ServerProcess.start(launch)) {
      Path file = file();
      long began = System.nanoTime();
      Ran all = imported(server, file);
      System.out.printf(
          "%,d rows imported in %,d ms%n", ROWS, (System.nanoTime() - began) / 1_000_000);
      assertThat(all.output()).endsWith(sum(ROWS, ROWS, 0, 0) + System.lineSeparator());
      assertThat(all.exitCode()).isZero();
      assertThat(all.output().lines())
          .containsAll(
              IntStream.rangeClosed(1, ROWS / ROWS_A_LINE_OF_PROGRESS)
                  .map(lines -> lines * ROWS_A_LINE_OF_PROGRESS)
                  .mapToObj(rows -> sum(rows, rows, 0, 0))
                  .toList());
      assertThat(server.json("device", "show", "machine-" + (ROWS - 1)).path("site").asString())
          .isEqualTo(SITE);

      Files.writeString(
          file,
          row("machine-more") + row("a/b") + row("machine-7").replace("press", "pump"),
          StandardOpenOption.APPEND);
      Ran rest = imported(server, file, "--from-line", Integer.toString(ROWS + 2));
      assertThat(rest.exitCode()).isEqualTo(1);
      assertThat(rest.output())
          .contains("line %d, a/b, column id".formatted(ROWS + 3))
          .contains("line %d, machine-7: the device exists with other".formatted(ROWS + 4));
    }
  }
}
