package io.telltale.admission;

import io.telltale.message.Measures;
import io.telltale.message.ReadingForm;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What reading a payload gave. */
sealed interface ParsedPayload {
  /**
   * A well-formed message.
   *
   * @param document null when it is known to fit its schema and to measure what its fields may
   * @param firmware empty when the device claims none
   */
  record Message(
      @Nullable JsonNode document, OptionalLong sequence, long sent, long time, String firmware)
      implements ParsedPayload {
    boolean fits(ReadingForm form) {
      return document == null || form.fits(document, sequence, sent);
    }

    /** Of one that does not fit: which part of the schema it violates first. */
    String violated(ReadingForm form) {
      return document == null ? "" : form.schema().violated(document);
    }

    /** What keeps it from being stored, beyond its schema; null when nothing does. */
    Outcome.@Nullable Refused fault(ReadingForm form) {
      if (document == null) {
        return null;
      }
      return switch (form.measures().of(document)) {
        case Measures.Judged.Good _ -> null;
        case Measures.Judged.Faulty(var fault, String field) ->
            new Outcome.Refused(RefusalReason.of(fault), field);
      };
    }

    /** Why a value lies outside its field's range, with both: for people who may see it. */
    Optional<String> outOfRange(ReadingForm form) {
      return document == null ? Optional.empty() : form.measures().outOfRange(document);
    }
  }

  /**
   * Not one.
   *
   * @param place what in it is wrong, in our words and names only; empty where that says no more
   */
  record Malformed(RefusalReason why, String place) implements ParsedPayload {
    Malformed(RefusalReason why) {
      this(why, "");
    }
  }
}
