package io.telltale.message;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of a plain shape whose readings {@link Measures} surely finds good: numbers within their
 * ranges in the units that fields have by themselves. What is outside it is not wrong; it is the
 * full reader's to judge.
 */
final class MeasuredShape {
  private static final int MEMBERS_MAX = 64;

  private final Measures measures;

  private MeasuredShape(Measures measures) {
    this.measures = measures;
  }

  /** Null when there is no such part that is easily told. */
  static PlainShape.@Nullable Members of(PlainShape.Members reading, Measures measures) {
    return new MeasuredShape(measures).reading(reading);
  }

  private PlainShape.@Nullable Members reading(PlainShape.Members reading) {
    PlainShape.Members.Member values = reading.named().get("values");
    PlainShape good =
        values != null && values.shape() instanceof PlainShape.Members it ? values(it) : null;
    if (values == null || good == null) {
      return null;
    }
    var named = new HashMap<>(reading.named());
    named.put("values", new PlainShape.Members.Member(values.bit(), good));
    PlainShape.Members.Member units = named.get("units");
    if (units != null && units.shape() instanceof PlainShape.Members it) {
      PlainShape said = each(it, this::unit, 0);
      if (said == null) {
        return null;
      }
      named.put("units", new PlainShape.Members.Member(units.bit(), said));
    }
    return new PlainShape.Members(
        Map.copyOf(named),
        reading.others(),
        reading.required() | values.bit(),
        reading.min(),
        reading.max());
  }

  private @Nullable PlainShape values(PlainShape.Members values) {
    return each(values, this::value, 1);
  }

  /** What becomes of one member's shape; null when it has no part that is surely good. */
  @FunctionalInterface
  private interface Part {
    @Nullable PlainShape of(String metric, PlainShape shape);
  }

  private @Nullable PlainShape each(PlainShape.Members members, Part part, int min) {
    var named = new HashMap<String, PlainShape.Members.Member>();
    for (Map.Entry<String, PlainShape.Members.Member> one : members.named().entrySet()) {
      PlainShape good = part.of(one.getKey(), one.getValue().shape());
      if (good == null) {
        return null;
      }
      named.put(one.getKey(), new PlainShape.Members.Member(one.getValue().bit(), good));
    }
    PlainShape others = members.others();
    if (others != null) {
      for (String field : measures.fields()) {
        if (!named.containsKey(field)) {
          PlainShape good = part.of(field, others);
          if (good == null || named.size() == MEMBERS_MAX) {
            return null;
          }
          named.put(field, new PlainShape.Members.Member(1L << named.size(), good));
        }
      }
      others = part.of("", others);
      if (others == null) {
        return null;
      }
    }
    return new PlainShape.Members(
        Map.copyOf(named), others, members.required(), Math.max(members.min(), min), members.max());
  }

  private @Nullable PlainShape value(String metric, PlainShape shape) {
    if (!(shape instanceof PlainShape.Amount amount) || measures.unit(metric) == null) {
      return shape;
    }
    return measures.span(metric).map(amount::within).orElse(null);
  }

  private @Nullable PlainShape unit(String metric, PlainShape shape) {
    if (!(shape instanceof PlainShape.Text text)) {
      return shape;
    }
    String own = measures.unit(metric);
    return own == null
        ? text.upTo(Measures.UNIT_CHARS_MAX)
        : text.takes(own) && own.length() <= Measures.UNIT_CHARS_MAX
            ? new PlainShape.Word(own)
            : null;
  }
}
