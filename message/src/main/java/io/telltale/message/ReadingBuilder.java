package io.telltale.message;

import io.telltale.kernel.DeviceId;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Gathers the values of one reading. */
final class ReadingBuilder {
  private static final int VALUES_MAX = 256;
  private static final int NAME_MAX = 64;

  private final Mapping mapping;
  private final ObjectNode document = JsonMapper.shared().createObjectNode();
  private final ObjectNode values = JsonMapper.shared().createObjectNode();
  private final ObjectNode units = JsonMapper.shared().createObjectNode();

  ReadingBuilder(Mapping mapping) {
    this.mapping = mapping;
  }

  /** A value under a name from the payload, made fit to be one. */
  void addDerived(String raw, double number, String unit) {
    String name = raw.replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^[._-]+", "");
    if (name.isEmpty() || name.length() > NAME_MAX || !DeviceId.valid(name)) {
      throw new MappedReader.UnfitException("has a name that cannot be a value's");
    }
    add(name, number, unit);
  }

  /** {@code unit} is the payload's word for it; empty for the field's own. */
  void add(String name, double number, String unit) {
    if (!Double.isFinite(number)) {
      throw new MappedReader.UnfitException("has a number without a bound");
    }
    if (values.has(name) || values.size() >= VALUES_MAX) {
      throw new MappedReader.UnfitException(
          values.has(name) ? "has a value twice" : "has more than " + VALUES_MAX + " values");
    }
    values.put(name, number);
    if (!unit.isEmpty()) {
      units.put(name, mapping.units().getOrDefault(unit, unit));
    }
  }

  Mapped build(long time) {
    if (values.isEmpty()) {
      return new Mapped.Refused("has no value that the mapping knows");
    }
    document.put(ReadingMembers.TIME, time);
    document.set("values", values);
    if (!units.isEmpty()) {
      document.set("units", units);
    }
    return new Mapped.Document(document);
  }
}
