package io.telltale.doors;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.testkit.Peers;
import io.telltale.testkit.Ran;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.Key;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.client.MqttAsyncClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that we did not write (IN-2). */
class ClientsTest {
  private static final Plant PLANT = new Plant();

  @AfterAll
  static void close() {
    PLANT.close();
  }

  @Test
  void paho_publishes_over_mqtt_5_and_learns_why_it_is_refused() throws Exception {
    var credential = PLANT.device("paho5");
    var options = new MqttConnectionOptions();
    options.setSocketFactory(PLANT.ca.client(credential).getSocketFactory());
    options.setHttpsHostnameVerificationEnabled(false);
    options.setCleanStart(true);
    var client =
        new MqttAsyncClient(
            "ssl://127.0.0.1:" + PLANT.door.port(),
            "",
            new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
    client.connect(options).waitForCompletion(10_000);
    for (int i = 1; i <= 20; i++) {
      var sent = client.publish("t/default/d/paho5/telemetry", message(i));
      sent.waitForCompletion(10_000);
      assertThat(sent.getReasonCodes()).containsExactly(0);
    }
    assertThat(stored(19.5)).isTrue();
    var refused = client.publish("t/default/d/someone/telemetry", message(21));
    refused.waitForCompletion(10_000);
    assertThat(refused.getReasonCodes()).containsExactly(0x87);
    client.disconnect().waitForCompletion(10_000);
    client.close();
  }

  private static MqttMessage message(int sequence) {
    var message = new MqttMessage(Plant.payload(sequence, sequence - 0.5));
    message.setQos(1);
    return message;
  }

  @Test
  void paho_publishes_over_mqtt_3_1_1() throws Exception {
    var credential = PLANT.device("paho3");
    var options = new org.eclipse.paho.client.mqttv3.MqttConnectOptions();
    options.setSocketFactory(PLANT.ca.client(credential).getSocketFactory());
    options.setHttpsHostnameVerificationEnabled(false);
    options.setMqttVersion(org.eclipse.paho.client.mqttv3.MqttConnectOptions.MQTT_VERSION_3_1_1);
    try (var client =
        new MqttClient("ssl://127.0.0.1:" + PLANT.door.port(), "p3", new MemoryPersistence())) {
      client.connect(options);
      for (int i = 1; i <= 20; i++) {
        client.publish("t/default/d/paho3/telemetry", Plant.payload(i, i + 19.5), 1, false);
      }
      client.disconnect();
    }
    assertThat(stored(39.5)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"mqttv311", "mqttv5"})
  void mosquitto_pub_publishes_with_a_minted_certificate(String version, @TempDir Path folder)
      throws Exception {
    Path program = Peers.require("mosquitto_pub");
    String name = "mosq-" + version;
    double value = version.length() + 0.25;
    var credential = PLANT.device(name);
    Path ca = pem(folder.resolve("ca.pem"), "CERTIFICATE", PLANT.ca.certificate.getEncoded());
    Path cert = folder.resolve("cert.pem");
    for (X509Certificate one : credential.chain()) {
      append(cert, "CERTIFICATE", one.getEncoded());
    }
    Key key = credential.keys().getPrivate();
    Path secret = pem(folder.resolve("key.pem"), "PRIVATE KEY", key.getEncoded());
    var command =
        new ArrayList<>(
            List.of(program.toString(), "-h", "127.0.0.1", "-p", "" + PLANT.door.port(), "-V"));
    command.addAll(List.of(version, "-q", "1", "-t", "t/default/d/" + name + "/telemetry"));
    command.addAll(List.of("--cafile", ca.toString(), "--cert", cert.toString()));
    command.addAll(List.of("--key", secret.toString(), "-m"));
    command.add(new String(Plant.payload(1, value), StandardCharsets.UTF_8));
    Ran ran = Ran.of(command);
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    assertThat(stored(value)).isTrue();
  }

  private static boolean stored(double value) {
    return PLANT.log.payloads().stream().anyMatch(one -> one.contains("\"t\":" + value));
  }

  private static Path pem(Path file, String label, byte[] der) throws Exception {
    append(file, label, der);
    return file;
  }

  private static void append(Path file, String label, byte[] der) throws Exception {
    String text =
        "-----BEGIN %s-----\n%s\n-----END %s-----\n"
            .formatted(
                label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der), label);
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
