package io.telltale.server.data;

import io.telltale.kernel.Bytes;
import io.telltale.kernel.UnavailableException;
import io.telltale.server.Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code run/ports.json}: where commands on this machine find the listeners. */
public final class PortsFile {
  private PortsFile() {}

  /** What is there was left by a server that did not end by itself. */
  public static void remove(DataFolder folder) {
    try {
      Files.deleteIfExists(file(folder));
    } catch (IOException e) {
      throw new UnavailableException("removing " + file(folder), e);
    }
  }

  public static void write(DataFolder folder, Config.Ports ports) {
    String json =
        "{\"mqtt\":%d,\"enroll\":%d,\"api\":%d,\"metrics\":%d}\n"
            .formatted(ports.mqtt(), ports.enroll(), ports.api(), ports.metrics());
    folder.write(file(folder), Bytes.utf8(json).borrow());
  }

  private static Path file(DataFolder folder) {
    return folder.part("run").resolve("ports.json");
  }
}
