package io.telltale.cli.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firm ground 30: a file of any size ends; one without rows, too. */
@Timeout(10)
final class CsvPartsTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "id,type\n", "id,type", "\uFEFF", "\n", "\n\n\n", "\r\n"})
  void a_file_without_rows_is_one_part_and_ends(String text) throws IOException {
    try (var parts =
        new CsvParts(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))) {
      StringBuilder given = new StringBuilder(parts.next().orElseThrow().text().asUtf8());
      parts.next().ifPresent(part -> given.append(part.text().asUtf8()));
      assertThat(given.toString()).startsWith(text);
      assertThat(parts.next()).isEmpty();
    }
  }
}
