package io.telltale.message;

import tools.jackson.databind.JsonNode;

/** What a mapping made of a payload. */
sealed interface Mapped {
  /** A reading of the shape that our own devices send, without {@code seq} and {@code sent}. */
  record Document(JsonNode document) implements Mapped {}

  /** Not what the mapping reads; {@code why} holds words of the mapping and none of the payload. */
  record Refused(String why) implements Mapped {}
}
