package io.telltale.admission;

import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;

/** What reading a payload gave. */
sealed interface Reading {
  /**
   * A well-formed message.
   *
   * @param firmware empty when the device claims none
   */
  record Message(JsonNode document, OptionalLong sequence, long sent, long time, String firmware)
      implements Reading {}

  /** Not one. */
  record Malformed(Why why) implements Reading {}
}
