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
 * @param bytes of the whole packet on the wire: what it costs its sender
 */
public record Submission(
    String topic,
    Bytes payload,
    boolean resend,
    int packet,
    OptionalLong sequence,
    OptionalLong sent,
    int bytes) {
  public static final int NO_PACKET = -1;

  public static Submission of(String topic, Bytes payload, boolean resend, int packet) {
    int bytes = topic.length() + payload.size();
    return new Submission(
        topic, payload, resend, packet, OptionalLong.empty(), OptionalLong.empty(), bytes);
  }
}
