package io.telltale.server.demo;

import io.telltale.device.ReplayFile;
import io.telltale.device.ReplayFile.Row;
import io.telltale.device.ReplayFile.Span;
import io.telltale.device.Telemetry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Hands a file's rows out to devices: row i goes to device i mod N, in order. */
final class ReplaySource {
  // Doors take readings of the last seven days; an hour is left for the run itself.
  private static final Duration SPAN_MAX = Duration.ofDays(7).minusHours(1);
  private static final Map<String, String> METRICS =
      Map.of(
          "degC",
          "temperature",
          "degF",
          "temperature",
          "K",
          "temperature",
          "mm/s",
          "vibration",
          "kPa",
          "pressure",
          "bar",
          "pressure",
          "psi",
          "pressure",
          "kW",
          "power",
          "W",
          "power");

  private final List<Row> rows;
  private final Span span;
  private final int devices;
  private final String metric;
  private final String unit;
  private final Instant end;
  private final int[] nextOf;

  private ReplaySource(List<Row> rows, int devices, String unit, Instant end) {
    this.rows = rows;
    this.span = Span.of(rows);
    this.devices = devices;
    this.unit = unit;
    this.metric = METRICS.getOrDefault(unit, "");
    this.end = end;
    this.nextOf = new int[devices];
    for (int i = 0; i < devices; i++) {
      nextOf[i] = i;
    }
  }

  static boolean knowsUnit(String unit) {
    return METRICS.containsKey(unit);
  }

  static String units() {
    return String.join(", ", METRICS.keySet().stream().sorted().toList());
  }

  static ReplaySource of(List<Row> rows, int devices, String unit, Instant end) {
    return new ReplaySource(rows, devices, unit, end);
  }

  int size() {
    return rows.size();
  }

  String metric() {
    return metric;
  }

  /** How long one device waits between readings so that the file takes {@code seconds}. */
  long intervalMillis(int seconds) {
    int perDevice = (rows.size() + devices - 1) / devices;
    return Math.max(1, seconds * 1_000L / perDevice);
  }

  /** Called by one thread for all devices. */
  synchronized Optional<Telemetry> next(int device, String firmware) {
    int at = nextOf[device];
    if (at >= rows.size()) {
      return Optional.empty();
    }
    nextOf[device] = at + devices;
    Row row = rows.get(at);
    return Optional.of(
        new Telemetry(
            ReplayFile.shifted(row.time(), span, end, SPAN_MAX),
            Map.of(metric, row.value()),
            Map.of(metric, unit),
            Optional.of(row.time()),
            firmware));
  }

  /** What the readings mean for a person. */
  String describe() {
    return "%,d readings of %s in %s from %s to %s"
        .formatted(rows.size(), metric, unit, span.first(), span.last())
        .toLowerCase(Locale.ROOT)
        .replace("degf", "degF")
        .replace("degc", "degC");
  }
}
