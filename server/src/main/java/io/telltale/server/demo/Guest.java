package io.telltale.server.demo;

import io.telltale.crypto.x509.Pem;
import io.telltale.device.TlsMaterial;
import io.telltale.kernel.Bytes;
import io.telltale.kernel.PrivateFiles;
import io.telltale.kernel.ShellQuoting;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.Config;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * An enrolled device whose key and certificate lie in PEM files, for a person who wants to publish
 * with a program that is not ours. Its key is not encrypted: no program for that asks for less.
 */
final class Guest {
  private final String name;
  private final Path folder;
  private final int mqttPort;

  private Guest(String name, Path folder, int mqttPort) {
    this.name = name;
    this.folder = folder;
    this.mqttPort = mqttPort;
  }

  /** Writes the files, mode 0600, into {@code folder}. */
  static Guest of(Factory.Unit unit, Path folder, int mqttPort) {
    TlsMaterial material = unit.material();
    write(folder.resolve("ca.pem"), Pem.certificates(material.roots()));
    write(folder.resolve("cert.pem"), Pem.certificates(material.chain()));
    write(folder.resolve("key.pem"), Pem.encode("PRIVATE KEY", material.key().getEncoded()));
    return new Guest(unit.id().name(), folder, mqttPort);
  }

  /** A command that publishes one reading each time it is typed, in lines of one paste. */
  List<String> publishing() {
    return List.of(
        "mosquitto_pub -d -V 5 -q 1 -h localhost -p %d -i %s \\".formatted(mqttPort, name),
        "  --cafile %s --cert %s --key %s \\"
            .formatted(quoted("ca.pem"), quoted("cert.pem"), quoted("key.pem")),
        "  -t t/default/d/%s/telemetry \\".formatted(name),
        "  -m \"{\\\"seq\\\":$(date +%s),\\\"sent\\\":$(date +%s)000,\\\"time\\\":$(date +%s)000,"
            + "\\\"values\\\":{\\\"temperature\\\":21.5}}\"");
  }

  /** What it sent, a second later. */
  private String asking() {
    return "SELECT event_time, metric, value, partition, record_offset FROM readings"
        + " WHERE device = '%s'".formatted(name);
  }

  /** More for a person to type, on the server's data in {@code data}. */
  List<String> moreToTry(Path data) {
    String where =
        data.equals(Config.DATA_DEFAULT) ? "" : " --data " + ShellQuoting.quoted(data.toString());
    return Stream.of(
            "query " + ShellQuoting.quoted(asking()),
            "status",
            "device list",
            "device revoke press-01 --reason stolen",
            "ledger search --limit 10")
        .map(command -> "./telltale " + command + where)
        .toList();
  }

  private String quoted(String file) {
    return ShellQuoting.quoted(folder.resolve(file).toString());
  }

  private static void write(Path file, String text) {
    try {
      PrivateFiles.write(file, Bytes.utf8(text));
    } catch (IOException e) {
      throw new UnavailableException("writing " + file, e);
    }
  }
}
