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
    // It says that a message is through before it counts it as that: of ten at most, some are left.
    options.setMaxInflight(20);
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

  // As nearly all firmware does.
  @Test
  void paho_leaves_a_will_that_speaks_for_it_in_both_versions() throws Exception {
    var options5 = new MqttConnectionOptions();
    options5.setSocketFactory(PLANT.ca.client(PLANT.device("will5", "plug")).getSocketFactory());
    options5.setHttpsHostnameVerificationEnabled(false);
    var will = new MqttMessage("Offline".getBytes(StandardCharsets.UTF_8));
    will.setQos(1);
    options5.setWill("tele/will5/LWT", will);
    var client5 =
        new MqttAsyncClient(
            "ssl://127.0.0.1:" + PLANT.door.port(),
            "",
            new org.eclipse.paho.mqttv5.client.persist.MemoryPersistence());
    client5.connect(options5).waitForCompletion(10_000);
    var none = new org.eclipse.paho.mqttv5.common.packet.MqttProperties();
    client5.disconnect(0, null, null, 0x04, none).waitForCompletion(10_000);
    client5.close();
    Plant.eventually(() -> wills() == 1);
    var options3 = new org.eclipse.paho.client.mqttv3.MqttConnectOptions();
    options3.setSocketFactory(PLANT.ca.client(PLANT.device("will3", "plug")).getSocketFactory());
    options3.setHttpsHostnameVerificationEnabled(false);
    options3.setWill("tele/will3/LWT", "Offline".getBytes(StandardCharsets.UTF_8), 1, true);
    try (var client3 =
        new MqttClient("ssl://127.0.0.1:" + PLANT.door.port(), "w3", new MemoryPersistence())) {
      client3.connect(options3);
      client3.disconnectForcibly(0, 1, false);
    }
    Plant.eventually(() -> wills() == 2);
  }

  private static long wills() {
    return PLANT.log.payloads().stream().filter("Offline"::equals).count();
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
    Key key = credential.key();
    Path secret = pem(folder.resolve("key.pem"), "PRIVATE KEY", key.getEncoded());
    var command =
        new ArrayList<>(
            List.of(program.toString(), "-h", "127.0.0.1", "-p", "" + PLANT.door.port(), "-V"));
    command.addAll(List.of(version, "-q", "1", "-t", "t/default/d/" + name + "/telemetry"));
    // As firmware does: kept by the broker, said by it when the device is gone.
    command.addAll(List.of("--will-topic", "tele/" + name + "/LWT", "--will-payload", "Offline"));
    if (version.equals("mqttv311")) {
      command.addAll(List.of("--will-retain", "--retain"));
    }
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
