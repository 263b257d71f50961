package io.telltale.message;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Linear conversions between units of one dimension. Small on purpose: extend it by hand. */
final class Units {
  /** {@code base = (value * factor + shift) / divisor}. */
  private record Unit(String dimension, BigDecimal factor, BigDecimal shift, BigDecimal divisor) {}

  private static final Map<String, Unit> UNITS =
      Map.ofEntries(
          Map.entry("K", times("temperature", "1")),
          Map.entry("degC", linear("temperature", "1", "273.15", "1")),
          Map.entry("degF", linear("temperature", "5", "2298.35", "9")),
          Map.entry("m/s", times("speed", "1")),
          Map.entry("mm/s", times("speed", "0.001")),
          Map.entry("in/s", times("speed", "0.0254")),
          Map.entry("Pa", times("pressure", "1")),
          Map.entry("kPa", times("pressure", "1000")),
          Map.entry("MPa", times("pressure", "1000000")),
          Map.entry("mbar", times("pressure", "100")),
          Map.entry("bar", times("pressure", "100000")),
          Map.entry("psi", times("pressure", "6894.757293168361")),
          Map.entry("W", times("power", "1")),
          Map.entry("kW", times("power", "1000")),
          Map.entry("MW", times("power", "1000000")),
          Map.entry("hp", times("power", "745.6998715822702")),
          Map.entry("Wh", times("energy", "1")),
          Map.entry("kWh", times("energy", "1000")),
          Map.entry("J", linear("energy", "1", "0", "3600")),
          Map.entry("A", times("current", "1")),
          Map.entry("mA", times("current", "0.001")),
          Map.entry("V", times("voltage", "1")),
          Map.entry("mV", times("voltage", "0.001")),
          Map.entry("Hz", times("frequency", "1")),
          Map.entry("rpm", linear("frequency", "1", "0", "60")),
          Map.entry("m", times("length", "1")),
          Map.entry("mm", times("length", "0.001")),
          Map.entry("in", times("length", "0.0254")),
          Map.entry("1", times("ratio", "1")),
          Map.entry("%", times("ratio", "0.01")));

  private static final Conversion NONE =
      new Conversion(BigDecimal.ONE, BigDecimal.ZERO, BigDecimal.ONE);

  private Units() {}

  /** Like {@code A, mA; J, Wh, kWh}. */
  static String text() {
    var byDimension = new TreeMap<String, TreeSet<String>>();
    UNITS.forEach(
        (name, unit) ->
            byDimension.computeIfAbsent(unit.dimension(), _ -> new TreeSet<>()).add(name));
    return byDimension.values().stream()
        .map(names -> String.join(", ", names))
        .collect(Collectors.joining("; "));
  }

  private static Unit times(String dimension, String factor) {
    return linear(dimension, factor, "0", "1");
  }

  private static Unit linear(String dimension, String factor, String shift, String divisor) {
    return new Unit(
        dimension, new BigDecimal(factor), new BigDecimal(shift), new BigDecimal(divisor));
  }

  /**
   * {@code to = (value * factor + shift) / divisor}, in decimals as people write them: 70.7 degF
   * are 21.5 degC, not 21.500000000000007.
   */
  record Conversion(BigDecimal factor, BigDecimal shift, BigDecimal divisor) {
    double of(double value) {
      if (this.equals(NONE) || !Double.isFinite(value)) {
        return value;
      }
      return BigDecimal.valueOf(value)
          .multiply(factor)
          .add(shift)
          .divide(divisor, MathContext.DECIMAL128)
          .doubleValue();
    }

    /** About what {@link #of} makes {@code converted} of. */
    double back(double converted) {
      return (converted * divisor.doubleValue() - shift.doubleValue()) / factor.doubleValue();
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
            source.factor().multiply(target.divisor()),
            source
                .shift()
                .multiply(target.divisor())
                .subtract(target.shift().multiply(source.divisor())),
            source.divisor().multiply(target.factor())));
  }
}
