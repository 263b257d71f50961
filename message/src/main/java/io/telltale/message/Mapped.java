package io.telltale.message;

import tools.jackson.databind.JsonNode;

/** What a mapping made of a payload. */
sealed interface Mapped {
  /**
   * A reading of the shape that our own devices send, without {@code seq} and {@code sent}.
   *
   * @param time milliseconds since 1970
   */
  record Document(JsonNode document, long time) implements Mapped {}

  /** Not what the mapping reads; {@code why} holds words of the mapping and none of the payload. */
  record Refused(String why) implements Mapped {}
}
