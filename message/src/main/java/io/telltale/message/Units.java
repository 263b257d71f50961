package io.telltale.message;

import java.util.Map;
import java.util.Optional;

/** Linear conversions between units of one dimension. Small on purpose: extend it by hand. */
final class Units {
  /** {@code base = value * factor + shift}. */
  private record Unit(String dimension, double factor, double shift) {}

  private static final Map<String, Unit> UNITS =
      Map.ofEntries(
          Map.entry("K", new Unit("temperature", 1, 0)),
          Map.entry("degC", new Unit("temperature", 1, 273.15)),
          Map.entry("degF", new Unit("temperature", 5.0 / 9.0, 459.67 * 5.0 / 9.0)),
          Map.entry("m/s", new Unit("speed", 1, 0)),
          Map.entry("mm/s", new Unit("speed", 0.001, 0)),
          Map.entry("in/s", new Unit("speed", 0.0254, 0)),
          Map.entry("Pa", new Unit("pressure", 1, 0)),
          Map.entry("kPa", new Unit("pressure", 1_000, 0)),
          Map.entry("MPa", new Unit("pressure", 1_000_000, 0)),
          Map.entry("mbar", new Unit("pressure", 100, 0)),
          Map.entry("bar", new Unit("pressure", 100_000, 0)),
          Map.entry("psi", new Unit("pressure", 6_894.757293168361, 0)),
          Map.entry("W", new Unit("power", 1, 0)),
          Map.entry("kW", new Unit("power", 1_000, 0)),
          Map.entry("MW", new Unit("power", 1_000_000, 0)),
          Map.entry("hp", new Unit("power", 745.6998715822702, 0)),
          Map.entry("Wh", new Unit("energy", 1, 0)),
          Map.entry("kWh", new Unit("energy", 1_000, 0)),
          Map.entry("J", new Unit("energy", 1.0 / 3_600, 0)),
          Map.entry("A", new Unit("current", 1, 0)),
          Map.entry("mA", new Unit("current", 0.001, 0)),
          Map.entry("V", new Unit("voltage", 1, 0)),
          Map.entry("mV", new Unit("voltage", 0.001, 0)),
          Map.entry("Hz", new Unit("frequency", 1, 0)),
          Map.entry("rpm", new Unit("frequency", 1.0 / 60, 0)),
          Map.entry("m", new Unit("length", 1, 0)),
          Map.entry("mm", new Unit("length", 0.001, 0)),
          Map.entry("in", new Unit("length", 0.0254, 0)),
          Map.entry("1", new Unit("ratio", 1, 0)),
          Map.entry("%", new Unit("ratio", 0.01, 0)));

  private static final Conversion NONE = new Conversion(1, 0);

  private Units() {}

  /** {@code to = value * factor + shift}. */
  record Conversion(double factor, double shift) {
    double of(double value) {
      return value * factor + shift;
    }
  }

  /** Empty when either is unknown, unless they are the same, or they measure different things. */
  static Optional<Conversion> between(String from, String to) {
    if (from.equals(to)) {
      return Optional.of(NONE);
    }
    Unit source = UNITS.get(from);
    Unit target = UNITS.get(to);
    if (source == null || target == null || !source.dimension().equals(target.dimension())) {
      return Optional.empty();
    }
    return Optional.of(
        new Conversion(
            source.factor() / target.factor(),
            (source.shift() - target.shift()) / target.factor()));
  }
}
