package io.telltale.device;

/** What became of one publish. */
public sealed interface Delivery {
  /** The server says that it is durable. */
  record Acknowledged() implements Delivery {}

  /**
   * The server will not take it; sending it again will not help.
   *
   * @param reasonCode of the PUBACK (MQTT 5 section 3.4.2.1)
   * @param reason the server's text, empty if it gave none
   */
  record Refused(int reasonCode, String reason) implements Delivery {
    String text() {
      return "0x%02x %s".formatted(reasonCode, reason).strip();
    }
  }

  /** The server cannot take it now (quota, unavailable): send it again later. */
  record TryLater(int reasonCode, String reason) implements Delivery {}

  /** The connection ended before an answer; it may or may not be durable: send it again, DUP. */
  record Unanswered(String why) implements Delivery {}
}
