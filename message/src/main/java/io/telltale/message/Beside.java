package io.telltale.message;

import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Members that came beside a payload: where its schema wants them they count as present. The door
 * and the pipeline judge by this one rule, or what the first acknowledges the second would refuse.
 */
final class Beside {
  private Beside() {}

  /**
   * Adds {@code seq} and {@code sent} to {@code document} where it lacks them; false when it lacks
   * none.
   */
  static boolean complete(JsonNode document, OptionalLong sequence, long sentMillis) {
    if (!(document instanceof ObjectNode object)) {
      return false;
    }
    boolean lacksSequence = sequence.isPresent() && !object.has(ReadingMembers.SEQUENCE);
    boolean lacksSent = !object.has(ReadingMembers.SENT);
    if (lacksSequence) {
      object.put(ReadingMembers.SEQUENCE, sequence.getAsLong());
    }
    if (lacksSent) {
      object.put(ReadingMembers.SENT, sentMillis);
    }
    return lacksSequence || lacksSent;
  }
}
