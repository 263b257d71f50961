package io.telltale.identity;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.telltale.http.HttpExchange.Request;
import io.telltale.http.HttpExchange.Response;
import io.telltale.kernel.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Whatever a request holds, the answer is a refusal in the table's words, never an exception. */
class EstFuzzTest {
  private static final House HOUSE = house();

  @FuzzTest
  void a_body_is_refused(byte[] body) {
    HOUSE.clock.move(Duration.ofMinutes(2));
    HOUSE.register.addToken(
        House.MACHINE, House.TOKEN, HOUSE.clock.instant().plus(Duration.ofMinutes(1)));
    refused(
        Map.of(
            "content-type",
            "application/pkcs10",
            "authorization",
            House.basic("machine-1", House.TOKEN)),
        Bytes.copyOf(body));
  }

  @FuzzTest
  void a_header_is_refused(byte[] header) {
    HOUSE.clock.move(Duration.ofMinutes(2));
    String text = new String(header, StandardCharsets.ISO_8859_1);
    refused(
        Map.of("content-type", "application/pkcs10", "authorization", text), Bytes.utf8("AAAA"));
    refused(
        Map.of("content-type", "application/pkcs10", "authorization", "Basic " + text),
        Bytes.utf8("AAAA"));
    refused(Map.of("content-type", text), Bytes.utf8("AAAA"));
  }

  private static void refused(Map<String, String> headers, Bytes body) {
    Response response =
        HOUSE.site.handle(
            new Request(
                "POST",
                "/.well-known/est/simpleenroll",
                Map.of(),
                headers,
                body,
                List.of(),
                "192.0.2.1"));
    String text = response.body().asUtf8().strip();
    for (Refusal refusal : Refusal.values()) {
      if (refusal.text().equals(text) && refusal.status() == response.status()) {
        return;
      }
    }
    throw new AssertionError("an answer that is no refusal: " + response.status());
  }

  private static House house() {
    try {
      return new House(Files.createTempDirectory("est-fuzz").resolve("ca"));
    } catch (IOException e) {
      throw new UncheckedIOException("a folder for the test's CA", e);
    }
  }
}
