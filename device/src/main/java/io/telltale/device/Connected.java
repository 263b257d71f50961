package io.telltale.device;

/** The outcome of connecting. */
public sealed interface Connected {
  /**
   * @param connection ready to publish
   */
  record Ready(MqttConnection connection) implements Connected {}

  /** TLS went through and CONNECT was answered with a refusal. */
  record Refused(int reasonCode, String reason) implements Connected {}

  /** No session: the certificate of who answers is not signed by the roots of this device. */
  record Foreign(String why) implements Connected {}

  /** No session: TLS refused, nobody there, or no answer in time. */
  record Failed(String why) implements Connected {}
}
