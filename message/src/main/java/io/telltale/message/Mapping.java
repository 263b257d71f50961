package io.telltale.message;

import java.time.ZoneId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

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

  /** {@code map@<message type>@<version>}: what a record's provenance calls this. */
  public String step(String messageType) {
    return "map@%s@%d".formatted(messageType, version);
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
    private static final int WORDS_TOLD_MAX = 10;

    public Value {
      // In their order: they are told.
      words = Collections.unmodifiableMap(new LinkedHashMap<>(words));
    }

    /** What is wrong with a text or boolean that stands for no number here. */
    String noneOfIts() {
      String told = words.keySet().stream().limit(WORDS_TOLD_MAX).collect(Collectors.joining(", "));
      return "is none of the words %s%s%s"
          .formatted(
              told,
              words.size() > WORDS_TOLD_MAX ? " and others of the mapping" : "",
              number == NumberFormat.NUMBER ? "" : ", and no number as the mapping writes them");
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
