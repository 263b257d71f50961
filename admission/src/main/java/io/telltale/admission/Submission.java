package io.telltale.admission;

import io.telltale.kernel.Bytes;
import java.util.OptionalLong;

/**
 * What a door made of the bytes on a socket.
 *
 * @param topic as received
 * @param payload as received
 * @param resend whether the sender marks it as a retransmission (DUP in MQTT)
 * @param packet the protocol's message number within the session, or {@link #NO_PACKET}
 * @param sequence from the protocol's metadata, outside the payload
 * @param sent from the protocol's metadata, milliseconds
 */
public record Submission(
    String topic,
    Bytes payload,
    boolean resend,
    int packet,
    OptionalLong sequence,
    OptionalLong sent) {
  public static final int NO_PACKET = -1;

  /** What it costs its sender: the topic is text of the sender's, too. */
  int bytes() {
    return topic.length() + payload.size();
  }

  public static Submission of(String topic, Bytes payload, boolean resend, int packet) {
    return new Submission(
        topic, payload, resend, packet, OptionalLong.empty(), OptionalLong.empty());
  }
}
