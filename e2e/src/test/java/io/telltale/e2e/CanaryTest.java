package io.telltale.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.crypto.EcdsaP256;
import io.telltale.device.Delivery;
import io.telltale.device.Enroller;
import io.telltale.device.MqttConnection;
import io.telltale.device.MqttConnector;
import io.telltale.kernel.Bytes;
import io.telltale.server.demo.ByteSearch;
import io.telltale.testkit.Waiting;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Planted readings, texts and tokens turn up nowhere, a forced crash included (KM-2, KM-9). */
final class CanaryTest {
  private static final double READING = 88.27182818284;
  private static final String TEXT = "canary-c0ffee-in-a-bad-payload";
  private static final String TOKEN = "canary-b4dc0de-as-a-token";

  @TempDir private Path folder;

  @Test
  void nothing_planted_is_on_disk_in_a_log_or_in_metrics() throws Exception {
    String token;
    try (ServerProcess server = ServerProcess.start(folder.resolve("data"));
        MqttConnector connector = new MqttConnector(1)) {
      TestDevice device = TestDevice.enroll(server, "canary-1");
      MqttConnection session = device.connect(connector, server);
      assertThat(device.publish(session, 1, READING)).isInstanceOf(Delivery.Acknowledged.class);
      Delivery bad =
          TestDevice.await(
              session.publish(device.topic(), Bytes.utf8("{\"seq\":2,\"" + TEXT + "\":1}"), false));
      assertThat(bad).isInstanceOf(Delivery.Refused.class);
      assertThat(bad.toString()).doesNotContain(TEXT);
      token = unspentToken(server);
      var enroller =
          new Enroller(
              URI.create("https://127.0.0.1:" + server.port("enroll")),
              TestDevice.roots(server),
              TestDevice.DOOR,
              InstantSource.system());
      assertThat(enroller.enroll("canary-1", TOKEN, EcdsaP256.generate()))
          .isInstanceOf(Enroller.Enrolled.Refused.class);
      Waiting.until(
          "the reading is stored and its batch in the ledger",
          30,
          () ->
              server.json("ledger", "search", "--type", "batch.stored").path("events").size() > 0);
      assertThat(server.metrics())
          .doesNotContain("canary")
          .doesNotContain(Double.toString(READING));
      assertThat(withoutHelp(server.metrics())).isEmpty();
      server.kill();
    }
    var found =
        ByteSearch.search(
            folder.resolve("data"),
            List.of(
                ascii(Double.toString(READING)),
                little(READING),
                ascii(TEXT),
                ascii(TOKEN),
                ascii(token)));
    assertThat(found.files()).isGreaterThan(20);
    assertThat(found.hits()).isEmpty();
    String console = Files.readString(folder.resolve("data.console"));
    assertThat(console).doesNotContain(TEXT).doesNotContain(TOKEN).doesNotContain(token);
  }

  private String unspentToken(ServerProcess server) throws Exception {
    TestDevice.register(server, "canary-2", "line-1");
    return TestToken.create(server, "canary-2", folder).text();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] little(double value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array();
  }

  private static List<String> withoutHelp(String page) {
    return Pattern.compile("# TYPE (\\S+) ")
        .matcher(page)
        .results()
        .map(type -> type.group(1))
        .filter(name -> !Pattern.compile("# HELP " + name + " \\S").matcher(page).find())
        .toList();
  }
}
