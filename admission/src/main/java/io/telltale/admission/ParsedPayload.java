package io.telltale.admission;

import io.telltale.message.Beside;
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
    /**
     * As it is, or with what came beside it: a schema may ask for these members or not know them.
     */
    boolean fits(Shape shape) {
      return document == null
          || shape.fits(document)
          || (Beside.complete(document, sequence, sent) && shape.fits(document));
    }

    /** Of one that does not fit: which part of the schema it violates first. */
    String violated(Shape shape) {
      return document == null ? "" : shape.schema().violated(document);
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
