package io.telltale.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class EventTypesTest {
  private static final Path PAGE = Path.of("..", "docs", "format", "events.md");

  // One that does not was on the page and in an outbox, and nothing behind it came through.
  @Test
  void every_type_of_the_page_fits_a_leaf() throws IOException {
    var types = new ArrayList<String>();
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("| `")) {
        Matcher type = Pattern.compile("`([^`]+)`").matcher(line.split(" \\| ", 2)[0]);
        while (type.find()) {
          types.add(type.group(1));
        }
      }
    }
    assertThat(types).hasSizeGreaterThan(40);
    var nothing = LedgerLeaf.commit(Bytes.EMPTY, Bytes.EMPTY);
    for (String type : types) {
      assertThat(new LedgerLeaf(type, Instant.EPOCH, nothing).type()).isEqualTo(type);
    }
  }
}
