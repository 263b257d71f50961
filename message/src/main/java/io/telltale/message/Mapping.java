package io.telltale.message;

import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a payload that is not ours becomes a reading, as data: {@code docs/format/policy.md}.
 *
 * @param version raised with every change: a step of the provenance names it
 * @param time empty when the time is that of receipt, or in the payload by its format (SenML)
 * @param values in SenML empty for every record of the pack
 * @param units what the payload calls units, and what we call them
 */
public record Mapping(
    int version,
    Format format,
    Optional<Time> time,
    List<Value> values,
    Optional<Flatten> flatten,
    Map<String, String> units) {
  public Mapping {
    values = List.copyOf(values);
    units = Map.copyOf(units);
  }

  /** What the bytes are. */
  public enum Format {
    JSON,
    CBOR,
    /** One bare value in UTF-8. */
    TEXT,
    SENML_JSON,
    SENML_CBOR;

    boolean isSenml() {
      return this == SENML_JSON || this == SENML_CBOR;
    }

    boolean isCbor() {
      return this == CBOR || this == SENML_CBOR;
    }
  }

  /**
   * Where the time is.
   *
   * @param from a JSON pointer
   * @param zone of an ISO 8601 time that names none
   */
  public record Time(String from, TimeFormat format, ZoneId zone) {}

  /** How a time is written. */
  public enum TimeFormat {
    EPOCH_SECONDS,
    EPOCH_MILLIS,
    ISO_8601
  }

  /**
   * One value.
   *
   * @param name in the reading
   * @param from a JSON pointer; in SenML the name, with or without the base name
   * @param words texts and booleans that stand for numbers
   * @param unitFrom a JSON pointer, or empty
   * @param optional whether a payload without it is a reading all the same
   */
  public record Value(
      String name,
      String from,
      NumberFormat number,
      Map<String, Double> words,
      Optional<String> unitFrom,
      boolean optional) {
    public Value {
      words = Map.copyOf(words);
    }
  }

  /** How a number is written. */
  public enum NumberFormat {
    /** A number of JSON or CBOR. */
    NUMBER,
    /** That, or a text of decimal digits with a point. */
    TEXT,
    /** A text of decimal digits with a comma. */
    DECIMAL_COMMA
  }

  /**
   * Every number below a place becomes a value, named by the way to it.
   *
   * @param from a JSON pointer
   * @param prefix before each name
   * @param separator between the steps of a way
   */
  public record Flatten(String from, String prefix, String separator) {}
}
