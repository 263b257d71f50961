package io.telltale.server.demo;

import io.telltale.device.SimulatedFleet;
import io.telltale.server.Server;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The demo's state at a glance. */
final class Summary {
  private final Server server;
  private final SimulatedFleet fleet;
  private long lastAdmitted;
  private long lastNanos = System.nanoTime();

  Summary(Server server, SimulatedFleet fleet) {
    this.server = server;
    this.fleet = fleet;
    this.lastAdmitted = server.admitted();
  }

  void show(Screen screen) {
    long admitted = server.admitted();
    long now = System.nanoTime();
    double perSecond = (admitted - lastAdmitted) * 1e9 / Math.max(1, now - lastNanos);
    lastAdmitted = admitted;
    lastNanos = now;
    screen.status(panel(admitted, perSecond), line(admitted, perSecond));
  }

  private List<String> panel(long admitted, double perSecond) {
    return List.of(
        "  devices   %,d connected".formatted(server.sessions()),
        "  readings  %,d admitted, %.0f/s, %d waiting for their answer"
            .formatted(admitted, perSecond, fleet.counts().waiting()),
        "  refused   " + refusals(),
        "  pipeline  %,d records behind".formatted(server.lag()),
        "  ledger    %,d events, last checkpoint at %,d"
            .formatted(server.ledgerSize(), server.checkpointSize()));
  }

  private String line(long admitted, double perSecond) {
    return String.format(
        Locale.ROOT,
        "devices %d | admitted %,d (%.0f/s) | refused %s | waiting %d | lag %d |"
            + " ledger %,d, checkpoint %,d",
        server.sessions(),
        admitted,
        perSecond,
        refusals(),
        fleet.counts().waiting(),
        server.lag(),
        server.ledgerSize(),
        server.checkpointSize());
  }

  private String refusals() {
    Map<String, Long> causes = server.refusals();
    return causes.isEmpty()
        ? "none"
        : causes.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(cause -> cause.getKey() + " " + cause.getValue())
            .collect(Collectors.joining(", "));
  }
}
