package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.device.CsvRows;
import io.telltale.http.HttpExchange.Request;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Whatever a body holds, reading it gives content or a refusal. */
class RequestFuzzTest {
  @FuzzTest
  void reading_csv_never_throws(byte[] text) throws IOException {
    try (var rows = CsvRows.of(new StringReader(new String(text, StandardCharsets.UTF_8)), ',')) {
      CsvRows.Next next = rows.next();
      while (next instanceof CsvRows.Next.Row(long line, List<String> cells)) {
        assertThat(line).isPositive();
        assertThat(cells).isNotEmpty();
        next = rows.next();
      }
    }
  }

  @FuzzTest
  void reading_json_never_throws(byte[] json) {
    var request =
        new Request(
            "POST",
            "/",
            Map.of(),
            Map.of("content-type", "application/json"),
            Bytes.copyOf(json),
            List.of(),
            "");
    if (JsonBody.read(request) instanceof JsonBody.Parsed.Body body) {
      DeviceJson.id(body.content(), "id");
      DeviceJson.asset(body.content());
      body.content().optionalWhole("ttlSeconds", 1, 1, 10);
      body.content().problem();
    }
  }
}
