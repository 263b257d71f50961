package io.telltale.server;

import io.telltale.kernel.Bytes;

/** {@code run/ports.json}: where commands on this machine find the listeners. */
final class PortsFile {
  private PortsFile() {}

  static void write(DataFolder folder, Config.Ports ports) {
    String json =
        "{\"mqtt\":%d,\"enroll\":%d,\"api\":%d,\"metrics\":%d}\n"
            .formatted(ports.mqtt(), ports.enroll(), ports.api(), ports.metrics());
    folder.write(folder.part("run").resolve("ports.json"), Bytes.utf8(json).borrow());
  }
}
