package io.telltale.pipeline.intake;

import io.telltale.kernel.Bytes;
import io.telltale.message.Measures;
import io.telltale.message.PlainReading;
import io.telltale.message.ReadingForm;
import io.telltale.message.ReadingMembers;
import io.telltale.message.StorableTime;
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

  static Judgement of(CompiledType type, Bytes payload, Origin origin) {
    ReadingForm form = type.form();
    PlainReading reading = form.plainly(payload);
    if (reading != null && reading.time() >= 0 && isOf(origin, reading)) {
      List<Measures.Measure> measures = reading.measures(form.measures());
      if (measures != null) {
        return plain(form, reading, measures, origin);
      }
    }
    JsonNode document = form.read(payload, origin.received().toEpochMilli());
    return document == null ? new Refused(type.unreadable()) : ofDocument(form, document, origin);
  }

  private static Judgement plain(
      ReadingForm form, PlainReading reading, List<Measures.Measure> measures, Origin origin) {
    String untimely = untimely(form, reading.time(), origin);
    return untimely.isEmpty()
        ? new Good(
            reading.time(),
            measures,
            reading.firmware().isEmpty() ? Optional.empty() : Optional.of(reading.firmware()),
            reading.hasSourceTime()
                ? Optional.of(Instant.ofEpochMilli(reading.sourceTime()))
                : Optional.empty())
        : new Refused(untimely);
  }

  /** By the full way, of a payload that is a document. */
  static Judgement ofDocument(ReadingForm form, JsonNode document, Origin origin) {
    if (!fits(form, document, origin)) {
      return new Refused(DeadLetterReason.SCHEMA_VIOLATION);
    }
    // Not sent, nor how high a number may be: the door has judged those and put them in the origin,
    // and it is the origin that is stored.
    long millis = ReadingMembers.number(document.get(ReadingMembers.TIME));
    if (millis < 0 || !isOf(origin, document.get(ReadingMembers.SEQUENCE))) {
      return new Refused(DeadLetterReason.METADATA);
    }
    String untimely = untimely(form, millis, origin);
    if (!untimely.isEmpty()) {
      return new Refused(untimely);
    }
    return switch (form.measures().of(document)) {
      case Measures.Judged.Faulty(var fault, _) -> new Refused(DeadLetterReason.of(fault));
      case Measures.Judged.Good(var measures) ->
          new Good(millis, measures, firmware(document), sourceTime(document));
    };
  }

  /** Why a reading of that time is not stored; empty when it is. */
  private static String untimely(ReadingForm form, long millis, Origin origin) {
    long received = origin.received().toEpochMilli();
    if (!StorableTime.holds(millis)
        || !StorableTime.holds(received)
        || !StorableTime.holds(origin.sent().toEpochMilli())) {
      return DeadLetterReason.TIME_UNSTORABLE;
    }
    return millis < received - form.ageMillisMax() - OLD_MILLIS || millis > received + EARLY_MILLIS
        ? DeadLetterReason.TIME_IMPLAUSIBLE
        : "";
  }

  private static Optional<Instant> sourceTime(JsonNode document) {
    JsonNode sourceTime = document.get(ReadingMembers.SOURCE_TIME);
    return sourceTime != null && sourceTime.isNumber()
        ? Optional.of(Instant.ofEpochMilli(sourceTime.longValue()))
        : Optional.empty();
  }

  // Whatever its form: what an older door let pass is acknowledged.
  private static Optional<String> firmware(JsonNode document) {
    JsonNode firmware = document.get(ReadingMembers.FIRMWARE);
    return firmware != null && firmware.isString()
        ? Optional.of(firmware.stringValue())
        : Optional.empty();
  }

  private static boolean fits(ReadingForm form, JsonNode document, Origin origin) {
    return form.fits(document, origin.sequence(), origin.sent().toEpochMilli());
  }

  private static boolean isOf(Origin origin, PlainReading reading) {
    return reading.sequence() < 0 || isOf(origin, reading.sequence());
  }

  private static boolean isOf(Origin origin, @Nullable JsonNode sequence) {
    return sequence == null || isOf(origin, ReadingMembers.number(sequence));
  }

  // Where none was taken notice of, a member of that name is the device's own business.
  private static boolean isOf(Origin origin, long sequence) {
    return origin.sequence().isEmpty()
        || (sequence >= 0 && sequence == origin.sequence().getAsLong());
  }
}
