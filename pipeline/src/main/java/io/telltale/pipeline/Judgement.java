package io.telltale.pipeline;

import io.telltale.message.Measures;
import io.telltale.message.StorableTime;
import io.telltale.record.Origin;
import io.telltale.roster.Beside;
import java.time.Duration;
import java.util.List;
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
   */
  record Good(long millis, List<Measures.Measure> measures) implements Judgement {
    public Good {
      measures = List.copyOf(measures);
    }
  }

  record Refused(String why) implements Judgement {}

  static Judgement of(MessageShapes.MessageShape shape, JsonNode document, Origin origin) {
    if (!fits(shape, document, origin)) {
      return new Refused(DeadLetterReason.SCHEMA_VIOLATION);
    }
    JsonNode time = document.get("time");
    if (!isMillis(time) || !isOf(origin, document.get("seq"))) {
      return new Refused(DeadLetterReason.METADATA);
    }
    long millis = time.longValue();
    long received = origin.received().toEpochMilli();
    if (!StorableTime.holds(millis)
        || !StorableTime.holds(received)
        || !StorableTime.holds(origin.sent().toEpochMilli())) {
      return new Refused(DeadLetterReason.TIME_UNSTORABLE);
    }
    if (millis < received - shape.ageMillisMax() - OLD_MILLIS || millis > received + EARLY_MILLIS) {
      return new Refused(DeadLetterReason.TIME_IMPLAUSIBLE);
    }
    return switch (shape.measures().of(document)) {
      case Measures.Judged.Faulty(var fault, _) -> new Refused(DeadLetterReason.of(fault));
      case Measures.Judged.Good(var measures) -> new Good(millis, measures);
    };
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

  // Where none was taken notice of, a member of that name is the device's own business.
  private static boolean isOf(Origin origin, @Nullable JsonNode sequence) {
    return sequence == null
        || origin.sequence().isEmpty()
        || (isMillis(sequence) && sequence.longValue() == origin.sequence().getAsLong());
  }
}
