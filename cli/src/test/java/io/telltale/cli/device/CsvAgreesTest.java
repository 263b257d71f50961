package io.telltale.cli.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.device.CsvRows;
import io.telltale.kernel.DeviceId;
import io.telltale.testkit.Cases;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** What the command line takes for rows and ids is what the server, which decides, reads. */
final class CsvAgreesTest {
  private static final List<String> PIECES =
      List.of(
          "a",
          "b-1",
          "x y",
          "é",
          " ",
          ",",
          ",",
          ",",
          "\n",
          "\n",
          "\r\n",
          "\"",
          "\"\"",
          "\"q,\n\"",
          "\"b\"",
          "5\" pipe",
          "a,\"p\"\"\nq\"\n",
          "\"b-1\",x\r\n",
          "\na,b");

  @Test
  void in_random_texts_both_find_the_same_ids_in_the_same_lines() {
    var read = new ArrayList<String>();
    Cases.check(
        20_000,
        random -> {
          String text = text(random);
          Optional<List<String>> wanted = byTheServer(text);
          if (wanted.isPresent()) {
            assertThat(byTheCommand(text)).as(text).isEqualTo(wanted.get());
            read.addAll(wanted.get());
          }
        });
    assertThat(read).hasSizeGreaterThan(500);
  }

  private static String text(RandomGenerator random) {
    var text = new StringBuilder(random.nextBoolean() ? "id,type\n" : "type,id\r\n");
    for (int left = random.nextInt(1, 24); left > 0; left--) {
      text.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return text.toString();
  }

  /** Empty when it refuses the file. */
  private static Optional<List<String>> byTheServer(String text) throws IOException {
    var ids = new ArrayList<String>();
    List<String> header = List.of();
    try (CsvRows rows = CsvRows.of(new StringReader(text), ',')) {
      while (true) {
        switch (rows.next()) {
          case CsvRows.Next.Malformed _ -> {
            return Optional.empty();
          }
          case CsvRows.Next.End _ -> {
            return Optional.of(ids);
          }
          case CsvRows.Next.Row(long line, List<String> cells) -> {
            if (header.isEmpty()) {
              header = cells;
            } else if (cells.size() == header.size()) {
              add(ids, line, cells.get(header.indexOf("id")).strip());
            }
          }
        }
      }
    }
  }

  private static List<String> byTheCommand(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    var ids = new ArrayList<String>();
    try (var parts = new CsvParts(new ByteArrayInputStream(bytes))) {
      for (var part = parts.next(); part.isPresent(); part = parts.next()) {
        CsvIds.of(part.get()).forEach(id -> add(ids, id.line(), id.name()));
      }
    }
    return ids;
  }

  private static void add(List<String> ids, long line, String id) {
    if (DeviceId.valid(id)) {
      ids.add(line + " " + id);
    }
  }
}
