package io.telltale.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;

/** Our own server, asked over its API. */
final class WholeServer implements Line {
  private final TelltaleServer server;
  private final ApiClient api;

  WholeServer(TelltaleServer server) throws IOException, GeneralSecurityException {
    this.server = server;
    this.api = new ApiClient(server.api(), server.data().resolve("operator"));
  }

  @Override
  public Broker broker() {
    return server;
  }

  @Override
  public List<Part> parts() {
    Cpu cpu = server.figures().cpu();
    var parts = new ArrayList<Part>();
    double named = 0;
    for (Work work : Work.values()) {
      if (work != Work.OTHER) {
        parts.add(new Part(work.name().toLowerCase(java.util.Locale.ROOT), cpu.of(work)));
        named += cpu.of(work);
      }
    }
    // With the threads that have ended.
    parts.add(new Part("other", cpu.process() - named));
    // Each question has one.
    double all = ProcessFigures.withDescendants(server.process());
    parts.add(new Part("query workers", Math.max(0, all - cpu.process())));
    return parts;
  }

  @Override
  public Path stored() {
    return server.data();
  }

  @Override
  public boolean shows(String device, long sequence) throws IOException, InterruptedException {
    String sql =
        "SELECT sequence FROM readings WHERE device = '%s' AND sequence = %d LIMIT 1"
            .formatted(device, sequence);
    try {
      return !api.query(sql).isEmpty();
    } catch (IOException e) {
      // It says so itself when it asks to be asked again.
      if (String.valueOf(e.getMessage()).contains("\"unavailable\"")) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public void close() {
    api.close();
    server.close();
  }
}
