package io.telltale.device;

import java.util.Set;

/** Whether sending a refused reading again can ever help ({@code docs/format/mqtt.md}). */
final class Refusal {
  private static final int NOT_AUTHORIZED = 0x87;

  /** An operator's act, a policy or the device's clock ends these. */
  private static final Set<String> PASSING =
      Set.of(
          "unknown-credential",
          "not-active",
          "attestation-required",
          "topic-not-allowed",
          "topic-denied",
          "type-not-allowed",
          "sent-outside-window",
          "time-in-future");

  private static final Set<String> OF_ONE_TOPIC =
      Set.of("topic-not-allowed", "topic-denied", "type-not-allowed");

  private Refusal() {}

  static boolean canPass(Delivery.Refused refused) {
    String cause = cause(refused);
    return cause.isEmpty() ? refused.reasonCode() == NOT_AUTHORIZED : PASSING.contains(cause);
  }

  /** Whether other topics of this device are refused for it as well. */
  static boolean concernsAll(Delivery.Refused refused) {
    return !OF_ONE_TOPIC.contains(cause(refused));
  }

  /** What a person who reads the refusal may not know; with a space before it. */
  static String advice(Delivery.Refused refused, String topic) {
    return cause(refused).equals("topic-not-allowed")
        ? (" (this agent sends our own JSON on %s; for a message type to which the policy gives a"
                + " topic or a mapping of its own only the device's own software can speak)")
            .formatted(topic)
        : "";
  }

  /** Our doors say it before the colon; empty for others'. */
  private static String cause(Delivery.Refused refused) {
    int colon = refused.reason().indexOf(':');
    return colon < 0 ? "" : refused.reason().substring(0, colon);
  }
}
