package io.telltale.device;

import io.telltale.kernel.Bytes;
import java.io.StringWriter;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.json.JsonFactory;

/**
 * A telemetry message's content; {@link #payload} is its wire form ({@code docs/format/mqtt.md}).
 *
 * @param time when it was measured
 * @param values by metric
 * @param units of those values that are not in the schema's unit
 * @param sourceTime the original time of a replayed file
 * @param firmware the device's own claim; empty where it makes none
 */
public record Telemetry(
    Instant time,
    Map<String, Double> values,
    Map<String, String> units,
    Optional<Instant> sourceTime,
    String firmware) {
  private static final JsonFactory JSON = new JsonFactory();
  private static final Pattern SENT = Pattern.compile("\\A(\\{\"seq\":\\d+,\"sent\":)(\\d+)");

  public Telemetry {
    values = Map.copyOf(values);
    units = Map.copyOf(units);
  }

  /** The JSON payload under a sequence number, sent at {@code sent}. */
  public Bytes payload(long sequence, Instant sent) {
    var text = new StringWriter(160);
    try (JsonGenerator json =
        JSON.createGenerator(tools.jackson.core.ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeNumberProperty("seq", sequence);
      json.writeNumberProperty("sent", sent.toEpochMilli());
      json.writeNumberProperty("time", time.toEpochMilli());
      json.writeObjectPropertyStart("values");
      values.forEach(json::writeNumberProperty);
      json.writeEndObject();
      if (!units.isEmpty()) {
        json.writeObjectPropertyStart("units");
        units.forEach(json::writeStringProperty);
        json.writeEndObject();
      }
      sourceTime.ifPresent(time -> json.writeNumberProperty("sourceTime", time.toEpochMilli()));
      if (!firmware.isEmpty()) {
        json.writeStringProperty("firmware", firmware);
      }
      json.writeEndObject();
    }
    return Bytes.utf8(text.toString());
  }

  /** When a {@link #payload} says that it was sent; empty for anything else. */
  static Optional<Instant> sent(Bytes payload) {
    Matcher found = SENT.matcher(payload.asUtf8());
    return found.find()
        ? Optional.of(Instant.ofEpochMilli(Long.parseLong(found.group(2))))
        : Optional.empty();
  }

  /** The same reading, sent at {@code sent}: after it waited too long for the server's window. */
  static Bytes restamped(Bytes payload, Instant sent) {
    return Bytes.utf8(SENT.matcher(payload.asUtf8()).replaceFirst("$1" + sent.toEpochMilli()));
  }
}
