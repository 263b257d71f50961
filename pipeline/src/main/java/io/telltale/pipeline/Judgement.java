package io.telltale.pipeline;

import io.telltale.kernel.Bytes;
import io.telltale.message.Beside;
import io.telltale.message.Measures;
import io.telltale.message.PlainReading;
import io.telltale.message.StorableTime;
import io.telltale.pipeline.MessageShapes.PlainlyRead;
import io.telltale.record.Origin;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What a record's payload says, once it is read, or why it is not stored for what it says. */
sealed interface Judgement {
  // Beyond what the message type allows: admission judges, these only keep nonsense out.
  long OLD_MILLIS = Duration.ofDays(1).toMillis();
  long EARLY_MILLIS = Duration.ofHours(1).toMillis();

  /**
   * To be stored.
   *
   * @param millis the reading's own time
   * @param firmware what the device says that it runs
   */
  record Good(
      long millis,
      List<Measures.Measure> measures,
      Optional<String> firmware,
      Optional<Instant> sourceTime)
      implements Judgement {
    public Good {
      measures = List.copyOf(measures);
    }
  }

  record Refused(String why) implements Judgement {}

  static Judgement of(MessageShapes.MessageShape shape, Bytes payload, Origin origin) {
    PlainlyRead said = shape.plainly(payload);
    if (said != null && isOf(origin, said.reading())) {
      return plain(shape, said, origin);
    }
    return shape
        .read(payload, origin.received().toEpochMilli())
        .map(document -> ofDocument(shape, document, origin))
        .orElseGet(() -> new Refused(shape.unreadable()));
  }

  private static Judgement plain(
      MessageShapes.MessageShape shape, PlainlyRead said, Origin origin) {
    PlainReading reading = said.reading();
    String untimely = untimely(shape, reading.time(), origin);
    return untimely.isEmpty()
        ? new Good(
            reading.time(),
            said.measures(),
            reading.firmware().isEmpty() ? Optional.empty() : Optional.of(reading.firmware()),
            reading.hasSourceTime()
                ? Optional.of(Instant.ofEpochMilli(reading.sourceTime()))
                : Optional.empty())
        : new Refused(untimely);
  }

  /** By the full way, of a payload that is a document. */
  static Judgement ofDocument(MessageShapes.MessageShape shape, JsonNode document, Origin origin) {
    if (!fits(shape, document, origin)) {
      return new Refused(DeadLetterReason.SCHEMA_VIOLATION);
    }
    JsonNode time = document.get("time");
    if (!isMillis(time) || !isOf(origin, document.get("seq"))) {
      return new Refused(DeadLetterReason.METADATA);
    }
    long millis = time.longValue();
    String untimely = untimely(shape, millis, origin);
    if (!untimely.isEmpty()) {
      return new Refused(untimely);
    }
    return switch (shape.measures().of(document)) {
      case Measures.Judged.Faulty(var fault, _) -> new Refused(DeadLetterReason.of(fault));
      case Measures.Judged.Good(var measures) ->
          new Good(millis, measures, firmware(document), sourceTime(document));
    };
  }

  /** Why a reading of that time is not stored; empty when it is. */
  private static String untimely(MessageShapes.MessageShape shape, long millis, Origin origin) {
    long received = origin.received().toEpochMilli();
    if (!StorableTime.holds(millis)
        || !StorableTime.holds(received)
        || !StorableTime.holds(origin.sent().toEpochMilli())) {
      return DeadLetterReason.TIME_UNSTORABLE;
    }
    return millis < received - shape.ageMillisMax() - OLD_MILLIS || millis > received + EARLY_MILLIS
        ? DeadLetterReason.TIME_IMPLAUSIBLE
        : "";
  }

  private static Optional<Instant> sourceTime(JsonNode document) {
    JsonNode sourceTime = document.get("sourceTime");
    return sourceTime != null && sourceTime.isNumber()
        ? Optional.of(Instant.ofEpochMilli(sourceTime.longValue()))
        : Optional.empty();
  }

  private static Optional<String> firmware(JsonNode document) {
    JsonNode firmware = document.get("firmware");
    return firmware != null && firmware.isString()
        ? Optional.of(firmware.stringValue())
        : Optional.empty();
  }

  // What the door has let pass, with what came beside the payload.
  private static boolean fits(MessageShapes.MessageShape shape, JsonNode document, Origin origin) {
    long sent = origin.sent().toEpochMilli();
    return shape.fits(document)
        || (Beside.complete(document, origin.sequence(), sent) && shape.fits(document));
  }

  private static boolean isMillis(@Nullable JsonNode node) {
    return node != null
        && node.isIntegralNumber()
        && node.canConvertToLong()
        && node.longValue() >= 0;
  }

  private static boolean isOf(Origin origin, PlainReading reading) {
    return reading.sequence() < 0
        || origin.sequence().isEmpty()
        || reading.sequence() == origin.sequence().getAsLong();
  }

  // Where none was taken notice of, a member of that name is the device's own business.
  private static boolean isOf(Origin origin, @Nullable JsonNode sequence) {
    return sequence == null
        || origin.sequence().isEmpty()
        || (isMillis(sequence) && sequence.longValue() == origin.sequence().getAsLong());
  }
}
