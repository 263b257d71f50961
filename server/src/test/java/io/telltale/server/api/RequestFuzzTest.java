package io.telltale.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.HttpExchange.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Whatever a body holds, reading it gives content or a refusal. */
class RequestFuzzTest {
  @FuzzTest
  void reading_csv_never_throws(byte[] text) {
    switch (Csv.read(new String(text, StandardCharsets.UTF_8))) {
      case Csv.Reading.Rows rows -> assertThat(rows.rows()).doesNotContainNull();
      case Csv.Reading.Malformed malformed -> malformed.why();
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
    if (JsonBody.read(request) instanceof JsonBody.Reading.Body body) {
      DeviceJson.id(body.content(), "id");
      DeviceJson.asset(body.content());
      body.content().optionalWhole("ttlSeconds", 1, 1, 10);
      body.content().problem();
    }
  }
}
