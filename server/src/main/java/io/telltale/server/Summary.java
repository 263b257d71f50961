package io.telltale.server;

import io.telltale.device.SimulatedFleet;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** One calm line about everything. */
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

  String line() {
    long admitted = server.admitted();
    long now = System.nanoTime();
    double perSecond = (admitted - lastAdmitted) * 1e9 / Math.max(1, now - lastNanos);
    lastAdmitted = admitted;
    lastNanos = now;
    return String.format(
        Locale.ROOT,
        "sessions %d | admitted %,d (%.0f/s) | refused %s | waiting %d | lag %d |"
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
            .map(cause -> cause.getKey() + " " + cause.getValue())
            .collect(Collectors.joining(", "));
  }
}
